"""Inventory files to groups and tenants, every problem with file and line."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runner.model.findings import Origin
from runner.playbook.complaints import schema_problems
from runner.playbook.parse import parse_text
from runner.playbook.problems import Problems, problem
from runner.playbook.schemas import validator
from runner.playbook.text import read_text
from runner.playbook.tree import MarkedMap

_INI_SECTION = re.compile(r"\[[^\]]*\]")
_YAML_SUFFIXES = (".yaml", ".yml")


@dataclass(slots=True, kw_only=True)
class Place:
    """A group or a tenant while the inventory is read: where it stands, its parents, its vars."""

    name: str
    at: Origin
    parents: dict[str, None] = field(default_factory=dict)
    variables: MarkedMap


@dataclass(slots=True)
class Inventory:
    """All groups and tenants by name, in the order of the files.

    `plugins` are the files that find tenants or compute groups; `is_open` says that tenants are yet
    to be found.
    """

    groups: dict[str, Place] = field(default_factory=dict)
    tenants: dict[str, Place] = field(default_factory=dict)
    plugins: list[MarkedMap] = field(default_factory=list)
    is_open: bool = False

    def ancestors(self, names: Iterable[str]) -> dict[str, None]:
        """Return the groups with all groups around them, nearest first."""
        found: dict[str, None] = {}
        ahead = list(names)
        while ahead:
            name = ahead.pop(0)
            if name not in found:
                found[name] = None
                ahead += self.groups[name].parents
        return found


def read_inventory(paths: Iterable[Path], problems: Problems) -> Inventory:
    """Return the groups and tenants of all inventories together, the later ones winning."""
    inventory = Inventory()
    for path in paths:
        for file in _files(path, problems):
            _read_file(file, inventory, problems=problems)
    _refuse_cycles(inventory, problems)
    return inventory


def _files(path: Path, problems: Problems) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    try:
        found = sorted(each for each in path.iterdir() if each.suffix in _YAML_SUFFIXES)
    except OSError:
        found = []
    if not found:
        problems.add(
            problem(
                "empty-inventory",
                "this directory holds no inventory",
                at=Origin(file=str(path)),
                hint="put a `.yaml` file in it",
            )
        )
    yield from found


def _read_file(path: Path, inventory: Inventory, *, problems: Problems) -> None:
    told = len(problems)
    text = read_text(path, problems)
    if text is None:
        return
    tree = None if _is_ini_or_script(text) else parse_text(text, file=str(path), problems=problems)
    if len(problems) > told and tree is None:
        return
    if not isinstance(tree, MarkedMap):
        problems.add(
            problem(
                "not-an-inventory",
                "this file holds no YAML mapping of groups",
                at=Origin(file=str(path)),
                hint="start with `all:`; INI files and scripts are not read",
            )
        )
        return
    wrong = tuple(schema_problems(tree, validator("inventory")))
    for each in wrong:
        problems.add(each)
    if not wrong and isinstance(tree.get("plugin"), str):
        inventory.plugins.append(tree)
    elif not wrong:
        _FileReader(inventory, problems).read(tree)


def _is_ini_or_script(text: str) -> bool:
    lines = (line.strip() for line in text[:10_000].splitlines())
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    return text.startswith("#!") or bool(_INI_SECTION.fullmatch(first))


class _FileReader:
    """Adds one file to the inventory."""

    def __init__(self, inventory: Inventory, problems: Problems) -> None:
        self._inventory = inventory
        self._problems = problems

    def read(self, tree: MarkedMap) -> None:
        """Add every group of a file; a top-level group other than `all` is a child of `all`."""
        self._enter(self._inventory.groups, "all", at=tree.at)
        for name, group in tree.items():
            parent = None if name == "all" else "all"
            self._group(name, group, at=tree.keys_at[name], parent=parent)

    def _group(self, name: str, node: MarkedMap | None, *, at: Origin, parent: str | None) -> None:
        group = self._enter(self._inventory.groups, name, at=at)
        if parent:
            group.parents[parent] = None
        if node is None:
            return
        self._vars(group, node.get("vars"))
        for child, inner in _entries(node, "children"):
            self._group(child, inner, at=node["children"].keys_at[child], parent=name)
        for each, variables in _entries(node, "tenants"):
            tenant = self._enter(self._inventory.tenants, each, at=node["tenants"].keys_at[each])
            tenant.parents[name] = None
            self._vars(tenant, variables)

    def _enter(self, places: dict[str, Place], name: str, *, at: Origin) -> Place:
        if name not in places:
            places[name] = Place(name=name, at=at, variables=MarkedMap(at))
        return places[name]

    def _vars(self, owner: Place, variables: MarkedMap | None) -> None:
        if not variables:
            return
        known = owner.variables
        for name in [name for name in variables if name in known]:
            first, second = known.keys_at[name], variables.keys_at[name]
            if first.file == second.file and known[name] != variables[name]:
                summary = f"`{name}` of `{owner.name}` has another value in {first}"
                hint = "keep one of the two"
                self._problems.add(problem("variable-conflict", summary, at=second, hint=hint))
        known.take(variables, variables)


def _entries(node: MarkedMap, key: str) -> Iterable[tuple[str, MarkedMap | None]]:
    inner = node.get(key)
    return inner.items() if inner else ()


def _refuse_cycles(inventory: Inventory, problems: Problems) -> None:
    for group in inventory.groups.values():
        if group.name in inventory.ancestors(group.parents):
            problems.add(
                problem(
                    "group-cycle",
                    f"the group `{group.name}` is inside itself",
                    at=group.at,
                    hint="take it out of its own children",
                )
            )
