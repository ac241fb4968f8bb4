"""The variables of each tenant, in layers: those of its groups, then its own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.model.findings import Finding
from runner.playbook.inventory import Inventory, Place
from runner.playbook.problems import Problems, problem
from runner.playbook.tree import MarkedMap
from runner.playbook.variable_files import VariableFiles

_Layer = list[tuple[str, MarkedMap]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _FromGroups:
    """What some groups give together: every layer, the values that win, and who disagrees."""

    layers: list[MarkedMap]
    combined: MarkedMap
    conflicts: dict[str, Finding] = field(default_factory=dict)


class TenantVariables:
    """Answers which variables a tenant has, weaker layers overridden by stronger ones.

    Order: the inventories' own variables of groups; files of `all`; files of the other groups;
    the inventories' variables of the tenant; files of the tenant; `-e`. Among groups the inner
    ones are stronger, among directories the later ones.
    Source: ansible-core 2.19, `VariableManager.get_vars`, read 2026-11-23.
    """

    def __init__(
        self,
        inventory: Inventory,
        directories: Iterable[Path],
        *,
        extra: MarkedMap,
        problems: Problems,
    ) -> None:
        self._inventory = inventory
        self._extra = extra
        self._problems = problems
        last_first = dict.fromkeys(reversed(tuple(directories)))
        self._group_files, self._tenant_files = (
            [VariableFiles(each / kind, problems=problems) for each in reversed(last_first)]
            for kind in ("group_vars", "tenant_vars")
        )
        self._from_groups: dict[tuple[str, ...], _FromGroups] = {}

    def of(self, tenant: Place) -> MarkedMap:
        """Return the variables of a tenant, `-e` the strongest, unrendered."""
        around = self._around(tenant)
        variables = MarkedMap(tenant.at)
        variables.take(around.combined, around.combined)
        for each in self._own(tenant):
            variables.take(each, each)
        for name, conflict in around.conflicts.items():
            if variables.values_at[name] is around.combined.values_at[name]:
                self._problems.add(conflict)
        return variables

    def layers(self, tenant: Place) -> list[MarkedMap]:
        """Return every layer that gives a tenant variables, the weakest first."""
        return [*self._around(tenant).layers, *self._own(tenant)]

    def of_group(self, name: str) -> MarkedMap:
        """Return what a group itself says, in the inventories and in files."""
        group = self._inventory.groups[name]
        variables = MarkedMap(group.at)
        files = (each for files in self._group_files for each in files.of(name))
        for each in (*group.all_pieces(), *files):
            variables.take(each, each)
        return variables

    def _own(self, tenant: Place) -> list[MarkedMap]:
        files = (each for files in self._tenant_files for each in files.of(tenant.name))
        return [*tenant.all_pieces(), *files, self._extra]

    def _around(self, tenant: Place) -> _FromGroups:
        key = tuple(tenant.parents)
        if key not in self._from_groups:
            self._from_groups[key] = self._combine(tenant)
        return self._from_groups[key]

    def _combine(self, tenant: Place) -> _FromGroups:
        groups = self._outside_in(self._inventory.ancestors(tenant.parents))
        found = _FromGroups(layers=[], combined=MarkedMap(tenant.at))
        for layer in self._layers(groups):
            for _, variables in layer:
                found.layers.append(variables)
                found.combined.take(variables, variables)
            for name in {name for _, variables in layer for name in variables}:
                found.conflicts.pop(name, None)
                for conflict in self._conflicts(name, layer, tenant=tenant):
                    found.conflicts[name] = conflict
        return found

    def _outside_in(self, groups: Iterable[str]) -> list[str]:
        return sorted(groups, key=lambda name: (self._inventory.depth(name), name))

    def _layers(self, groups: Sequence[str]) -> Iterator[_Layer]:
        """Yield the layers of groups, each from the outside in, the weakest first."""
        places = self._inventory.groups
        yield [(name, piece) for name in groups for piece in places[name].all_pieces()]
        for names in (groups[:1], groups[1:]):
            for files in self._group_files:
                yield [(name, each) for name in names for each in files.of(name)]

    def _conflicts(self, variable: str, layer: _Layer, *, tenant: Place) -> Iterator[Finding]:
        """Yield where two groups disagree of which neither is inside the other."""
        said = {name: variables for name, variables in layer if variable in variables}
        if len(said) == 1:
            return
        ancestors = self._inventory.ancestors
        outer = {each for name in said for each in ancestors(self._inventory.groups[name].parents)}
        (first, mine), *others = [(name, each) for name, each in said.items() if name not in outer]
        for name, other in others:
            if other[variable] != mine[variable]:
                yield problem(
                    "variable-conflict",
                    f"the groups `{first}` and `{name}` disagree on `{variable}`,"
                    f" the other value is in {mine.keys_at[variable]}",
                    at=other.keys_at[variable],
                    hint=f"set `{variable}` for the tenant, or in one of the two only",
                    detail=f"tenant {tenant.name}",
                )
