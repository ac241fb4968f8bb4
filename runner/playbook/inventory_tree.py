"""One file of an inventory, as YAML or a script says it, to groups and tenants."""

from collections.abc import Iterable

from runner.model.findings import Origin
from runner.playbook.complaints import schema_problems
from runner.playbook.inventory import Inventory
from runner.playbook.problems import Problems
from runner.playbook.ranges import expand
from runner.playbook.schemas import validator
from runner.playbook.tree import MarkedMap


def add_tree(tree: MarkedMap, inventory: Inventory, *, problems: Problems) -> bool:
    """Add the groups of a mapping, or keep a plugin's configuration; return whether it is sound."""
    wrong = tuple(schema_problems(tree, validator("inventory")))
    for each in wrong:
        problems.add(each)
    if not wrong and isinstance(tree.get("plugin"), str):
        inventory.plugins.append(tree)
    elif not wrong:
        _Adder(inventory, problems).add(tree)
    return not wrong


class _Adder:
    """Adds in the order of the text, because patterns answer in that order."""

    def __init__(self, inventory: Inventory, problems: Problems) -> None:
        self._inventory = inventory
        self._problems = problems

    def add(self, tree: MarkedMap) -> None:
        """Add every group of a file."""
        for name, group in tree.items():
            self._group(name, group, at=tree.keys_at[name], inside="")

    def _group(self, name: str, node: MarkedMap | None, *, at: Origin, inside: str) -> None:
        group = self._inventory.add_group(name, at=at, inside=inside)
        for section in node or ():
            if section == "vars" and node and node["vars"]:
                self._inventory.add_variables(group, node["vars"])
            for key, inner, key_at in _entries(node, section):
                if section == "children":
                    self._group(key, inner, at=key_at, inside=name)
                elif section == "tenants":
                    self._tenants(key, inner, at=key_at, inside=name)

    def _tenants(self, key: str, variables: MarkedMap | None, *, at: Origin, inside: str) -> None:
        for name in expand(key, at, problems=self._problems):
            tenant = self._inventory.add_tenant(name, at=at, inside=inside)
            if variables:
                self._inventory.add_variables(tenant, variables)


def _entries(
    node: MarkedMap | None, section: str
) -> Iterable[tuple[str, MarkedMap | None, Origin]]:
    inner = node.get(section) if node else None
    return [(key, inner[key], inner.keys_at[key]) for key in inner] if inner else ()
