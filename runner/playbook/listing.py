"""An inventory as it is understood: groups, tenants, and where every value comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.model.findings import Origin
from runner.playbook.fleet import Fleet, require_inventory
from runner.playbook.members import Member
from runner.playbook.options import LoadOptions
from runner.playbook.patterns import pattern_of
from runner.playbook.problems import Problems
from runner.playbook.scope import Scope, Unrendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One value and where it stands."""

    value: Any
    where: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedVariable:
    """A variable of a tenant: the value that holds, and those it overrides, strongest first.

    A value whose template needs variables that only a play has is given as it is written.
    """

    name: str
    value: Any
    where: Origin
    overridden: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedGroup:
    """A group with the groups and the chosen tenants directly in it."""

    name: str
    children: tuple[str, ...]
    tenants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All groups by name, and the chosen tenants with their groups and variables."""

    groups: Mapping[str, ListedGroup]
    tenants: Mapping[str, tuple[ListedVariable, ...]]
    groups_of: Mapping[str, tuple[str, ...]]


def list_inventory(
    options: LoadOptions,
    *,
    tenants: Sequence[str] = ("all",),
    playbook_dirs: Sequence[Path] = (),
) -> Listing:
    """Return the inventory with the tenants that patterns name and `--limit` leaves.

    Raises: PlaybookError with all problems, when there is any.
    """
    problems = Problems()
    fleet = Fleet(options, playbook_dirs=playbook_dirs, problems=problems)
    require_inventory(options, problems)
    problems.refuse()
    names = fleet.select(pattern_of(tenants, Origin(file="the command line", line=0)))
    members = [member for name in names if (member := fleet.member(name))]
    variables = {each.tenant.name: _variables(fleet, each, problems) for each in members}
    problems.refuse()
    chosen = frozenset(names)
    return Listing(
        groups={
            group.name: ListedGroup(
                name=group.name,
                children=tuple(group.children),
                tenants=tuple(name for name in group.tenants if name in chosen),
            )
            for group in fleet.inventory.groups.values()
        },
        tenants=variables,
        groups_of={each.tenant.name: each.tenant.groups for each in members},
    )


def _variables(fleet: Fleet, member: Member, problems: Problems) -> tuple[ListedVariable, ...]:
    layers = fleet.layers(member.tenant.name)
    scope = Scope([member.variables], problems=problems, tenant=member.facts(), is_partial=True)
    found = []
    for name, raw in sorted(member.variables.items()):
        where = member.variables.values_at[name]
        try:
            value = scope.render(raw, where)
        except Unrendered:
            value = raw
        weaker = [
            Said(value=layer[name], where=layer.values_at[name])
            for layer in reversed(layers)
            if name in layer and layer.values_at[name] is not where
        ]
        found.append(ListedVariable(name=name, value=value, where=where, overridden=tuple(weaker)))
    return tuple(found)
