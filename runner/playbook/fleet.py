"""Inventory, variables and `--limit` together: the tenants that are meant, and their scopes."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.model.findings import Finding, Origin
from runner.playbook.computed import FactGroups, compute_groups, read_conditions
from runner.playbook.extra_vars import read_extra_vars
from runner.playbook.found import find_tenants
from runner.playbook.inventory import Inventory, Place
from runner.playbook.inventory_files import read_inventory
from runner.playbook.members import Member
from runner.playbook.names import Names
from runner.playbook.options import LoadOptions
from runner.playbook.patterns import Pattern, Selector, pattern_of
from runner.playbook.problems import Problems, problem
from runner.playbook.scope import Scope, Unrendered
from runner.playbook.tenants import make_tenant, read_reserved
from runner.playbook.tree import MarkedMap
from runner.playbook.variables import TenantVariables

_LIMIT_AT = Origin(file="--limit", line=0)


def require_inventory(options: LoadOptions, problems: Problems) -> None:
    """Tell that no inventory is given, where one is needed."""
    if not options.inventories:
        at = Origin(file="the command line", line=0)
        hint = "name one with `-i PATH`"
        problems.add(problem("no-inventory", "no inventory is given", at=at, hint=hint))


class Fleet:
    """Every tenant of the inventories; what is wrong with one is told when it is asked for."""

    def __init__(
        self, options: LoadOptions, *, playbook_dirs: Iterable[Path], problems: Problems
    ) -> None:
        self._problems = problems
        self._names = Names(options, problems)
        self.extra = read_extra_vars(options.extra_vars, problems)
        told = len(problems)
        self.inventory: Inventory = read_inventory(
            options.inventories, run_script=options.run_script, problems=problems
        )
        if len(problems) == told:
            find_tenants(
                self.inventory, options.find_customers, names=self._names, extra=self.extra
            )
            conditions = read_conditions(self.inventory, problems)
        self.is_usable = bool(options.inventories) and len(problems) == told
        if not self.is_usable:
            return
        beside = [path if path.is_dir() else path.parent for path in options.inventories]
        directories = (*beside, *playbook_dirs)
        self._variables = TenantVariables(
            self.inventory, directories, extra=self.extra, problems=problems
        )
        compute_groups(self.inventory, conditions, variables=self._variables, problems=problems)
        self.is_usable = len(problems) == told
        self._facts = FactGroups(
            conditions, read=options.read_facts, member=self.member, names=self._names
        )
        self._selector = Selector(
            self.inventory, named_sets=options.named_sets, ask=self._ask, problems=problems
        )
        self._members: dict[str, Member | None] = {}
        self._limit = dict.fromkeys(self.inventory.tenants)
        self._limit = self._limited(options.limit)

    def select(self, pattern: Pattern) -> tuple[str, ...]:
        """Return the names a pattern means, without those that `--limit` leaves out.

        A pattern without any tenant is a problem, a limit that leaves none of them is not.
        """
        chosen = self._chosen(pattern)
        return tuple(n for n in chosen if n in self._limit and n not in self._facts.unread)

    @property
    def unread(self) -> Mapping[str, Finding]:
        """Return the tenants of whom nobody knows whether a pattern means them, each with why."""
        return self._facts.unread

    def layers(self, name: str) -> list[MarkedMap]:
        """Return every layer that gives a tenant variables, the weakest first."""
        return self._variables.layers(self.inventory.tenants[name])

    def check(self) -> None:
        """Tell every problem of every tenant that `--limit` leaves."""
        for name in self._limit:
            self.member(name)

    def limit_missed(self) -> None:
        """Tell that nothing is left after `--limit`."""
        if self._is_open():
            return
        summary = "`--limit` leaves no tenant of the playbook"
        hint = "name tenants or groups that the plays name too"
        self._problems.add(problem("no-such-tenant", summary, at=_LIMIT_AT, hint=hint))

    def member(self, name: str) -> Member | None:
        """Return a tenant by name, or None where it has a problem, which is told."""
        if name not in self._members:
            self._members[name] = self._make(self.inventory.tenants[name])
        return self._members[name]

    def _limited(self, texts: tuple[str, ...]) -> dict[str, None]:
        if not texts:
            return dict.fromkeys(self.inventory.tenants)
        return self._chosen(pattern_of(texts, _LIMIT_AT))

    def _chosen(self, pattern: Pattern) -> dict[str, None]:
        told = len(self._problems)
        chosen = self._selector.select(pattern)
        if not chosen and len(self._problems) == told and not self._is_open():
            summary = "this pattern matches no tenant"
            hint = "look at the tenants of the groups it names"
            self._problems.add(problem("no-such-tenant", summary, at=pattern.at, hint=hint))
        return chosen

    def _ask(self, group: str) -> list[str] | None:
        return self._facts.members(group, self._limit) if self._facts.has(group) else None

    def _is_open(self) -> bool:
        """Return whether there may be tenants that only a plan finds."""
        return self.inventory.is_open or self._facts.is_pending or bool(self._facts.unread)

    def _make(self, place: Place) -> Member | None:
        variables = self._variables.of(place)
        groups = tuple(self.inventory.ancestors(place.parents))
        facts: dict[str, object] = {"name": place.name, "groups": list(groups)}
        scope = Scope([variables], problems=self._problems, tenant=facts)
        try:
            reserved = read_reserved(variables, scope)
        except Unrendered:
            return None
        tenant = make_tenant(place, reserved=reserved, groups=groups, names=self._names)
        if tenant is None:
            return None
        return Member(tenant=tenant, variables=variables, wave=reserved.get("wave"))
