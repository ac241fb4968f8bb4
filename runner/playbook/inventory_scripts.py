"""Inventories that are programs: asked with `--list`, and with `--host` where that says too little.

Source: ansible-core 2.19, `plugins/inventory/script.py`, read 2026-11-23.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runner.model.findings import Origin
from runner.playbook.complaints import schema_problems
from runner.playbook.inventory import Inventory, Place
from runner.playbook.inventory_tree import add_tree
from runner.playbook.json_text import parse_json
from runner.playbook.options import RunScript
from runner.playbook.problems import Problems, problem, short
from runner.playbook.schemas import validator
from runner.playbook.tree import MarkedMap


def add_script(path: Path, inventory: Inventory, *, run: RunScript, problems: Problems) -> None:
    """Run a program with `--list` and add the groups and tenants that it prints."""
    _Script(path, inventory, run=run, problems=problems).add()


class _Script:
    """One program and what it said."""

    def __init__(
        self, path: Path, inventory: Inventory, *, run: RunScript, problems: Problems
    ) -> None:
        self._path = path
        self._at = Origin(file=str(path))
        self._inventory = inventory
        self._run = run
        self._problems = problems

    def add(self) -> None:
        """Add what `--list` says; without `_meta` each selected tenant is asked for later."""
        said = self._ask("--list")
        if said is None:
            return
        meta = said.pop("_meta", None)
        tree = MarkedMap(self._at)
        for name, group in said.items():
            tree.put(name, self._group(group), key_at=self._at, value_at=self._at)
        if not tree or not add_tree(tree, self._inventory, problems=self._problems):
            return
        names = dict.fromkeys(self._tenants(tree))
        by_tenant = self._of_meta(meta)
        if by_tenant is None:
            for name in names:
                self._ask_later(self._inventory.tenants[name])
            return
        for name, variables in by_tenant.items():
            if name in names:
                self._add_variables(self._inventory.tenants[name], variables)
            else:
                summary = f"it gives variables to `{short(name)}`, which it puts into no group"
                self._tell(summary, hint="name the tenant in a group too")

    def _of_meta(self, meta: Any) -> MarkedMap | None:
        """Return the variables by tenant, or None where the program says none of them."""
        if not isinstance(meta, MarkedMap):
            return None
        found = meta.get("tenantvars", meta.get("hostvars"))
        return found if isinstance(found, MarkedMap) else None

    def _group(self, said: Any) -> Any:
        """Return a group as files say it: mappings of tenants and of children."""
        if isinstance(said, list):
            said = {"tenants": said}
        if not isinstance(said, dict):
            return said
        group = MarkedMap(self._at)
        for key, value in said.items():
            word = "tenants" if key == "hosts" else key
            listed = isinstance(value, list) and all(isinstance(each, str) for each in value)
            if listed and word in ("tenants", "children"):
                value = MarkedMap(self._at)  # noqa: PLW2901
                for name in said[key]:
                    value.put(name, None, key_at=self._at, value_at=self._at)
            group.put(word, value, key_at=self._at, value_at=self._at)
        return group

    def _tenants(self, tree: MarkedMap) -> Iterator[str]:
        for group in tree.values():
            yield from (group or {}).get("tenants") or ()

    def _ask_later(self, tenant: Place) -> None:
        piece = MarkedMap(self._at)
        tenant.pieces.append(piece)

        def ask() -> None:
            said = self._ask("--host", tenant.name)
            if said is not None and self._is_sound(said):
                piece.take(said, said)

        tenant.questions.append(ask)

    def _add_variables(self, tenant: Place, variables: Any) -> None:
        if self._is_sound(variables) and variables:
            self._inventory.add_variables(tenant, variables)

    def _is_sound(self, variables: Any) -> bool:
        told = len(self._problems)
        for wrong in schema_problems(variables, validator("inventory", part="variables")):
            self._problems.add(wrong)
        return len(self._problems) == told

    def _ask(self, *words: str) -> MarkedMap | None:
        answer = self._run(self._path, words)
        shown = " ".join(words)
        if answer.wrong:
            hint = f"see for yourself with `{self._path} {shown}`"
            self._tell(f"asked with `{shown}` it {answer.wrong}", hint=hint)
            return None
        if words[0] == "--host" and not answer.text.strip():
            return MarkedMap(self._at)
        try:
            return parse_json(answer.text, self._at)
        except ValueError as error:
            hint = "print one JSON object of groups, as Ansible's inventory scripts do"
            self._tell(f"what it prints for `{shown}` is not used: {error}", hint=hint)
            return None

    def _tell(self, summary: str, *, hint: str) -> None:
        self._problems.add(problem("inventory-script", summary, at=self._at, hint=hint))
