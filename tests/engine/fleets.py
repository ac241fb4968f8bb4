"""Several small tenants in memory, carried out wave by wave over real records."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runner.engine import Stop, TenantResult, apply_plan
from runner.model.findings import Finding, Severity, Unreachable
from runner.model.ids import tenant_id
from runner.model.outcome import Event, EventKind
from runner.model.plan import Plan, UnreadTenant
from runner.model.spec import Pace, TenantSpec
from runner.planning import make_plan
from runner.store import Store
from tests.builders import (
    E4,
    E5,
    catalog,
    loaded,
    spec,
    subscription,
    tenant_state,
    users,
    want_active,
    want_moved,
)
from tests.engine.runs import Bench, surroundings

MOVES = (want_moved(),)


class Fleet:
    """Tenants by name with their waves; each has two users on E4 and seats of E5 for them.

    `unread` are tenants that cannot be read at planning.
    """

    def __init__(self, waves: Sequence[Sequence[str]], folder: Path, **pace: object) -> None:
        self.paces = tuple(Pace(**pace) for _ in waves)  # type: ignore[arg-type]
        self.wants: dict[str, TenantSpec] = {}
        self.benches: dict[str, Bench] = {}
        self.unread: set[str] = set()
        self.store = Store(folder)
        self.stop = Stop()
        self.runs = 0
        for number, wave in enumerate(waves, 1):
            for name in wave:
                self._add(name, wave=number, waves=len(waves))

    def _add(self, name: str, *, wave: int, waves: int) -> None:
        want = spec(want_active(E5, 10), assignments=MOVES, name=name, wave=wave, waves=waves)
        place = len(self.benches)
        state = tenant_state(
            subscription(E4, 10),
            subscription(E5, 10),
            users=users(2, E4),
            tenant_id=tenant_id(f"8f14e45f-ceea-467f-9575-{place:012d}"),
        )
        self.wants[name] = want
        self.benches[name] = Bench(state, want)

    @property
    def events(self) -> list[Event]:
        """Return everything that was told."""
        return next(iter(self.benches.values())).events

    def told(self, kind: EventKind) -> list[Event]:
        """Return the events of one kind, in order."""
        return [event for event in self.events if event.kind is kind]

    def fails(self, *names: str) -> None:
        """Have every change of these tenants refused."""
        for name in names:
            bench = self.benches[name]
            bench.directory.refusals |= dict.fromkeys(bench.world.state.users, "conflict")

    def vanishes(self, *names: str) -> None:
        """Have these tenants give no answer once they are worked on."""
        for name in names:
            self.benches[name].directory.troubles.append(Unreachable("no answer"))

    def waits(self, *names: str) -> None:
        """Have these tenants wait for a person who buys seats."""
        for name in names:
            self.wants[name] = replace(
                self.wants[name], subscriptions=(want_active(E5, 20),), assignments=()
            )

    def plan(self) -> Plan:
        """Plan all tenants as they are now."""
        finding = Finding(severity=Severity.ERROR, code="unreachable", summary="no answer")
        states = {
            name: UnreadTenant(tenant=name, wave=self.wants[name].wave, finding=finding)
            if name in self.unread
            else bench.world.state
            for name, bench in self.benches.items()
        }
        wanted = replace(loaded(*self.wants.values()), paces=self.paces)
        now = next(iter(self.benches.values())).clock.now()
        return make_plan(wanted, states, catalog=catalog(), now=now)

    def apply(self, *, forks: int = 3, patience_s: float = 0) -> Mapping[str, TenantResult]:
        """Carry a plan out, made now, and return how every tenant ended."""
        self.runs += 1
        records = self.store.for_run(f"run-{id(self)}-{self.runs}", playbook="book.yaml")
        around = replace(surroundings(self.benches, records), stop=self.stop)
        work = apply_plan(self.plan(), around=around, forks=forks, patience_s=patience_s)
        return {each.tenant: each for each in asyncio.run(work)}

    def standings(self) -> dict[str, str]:
        """Carry a plan out and return every standing."""
        return {name: each.standing.value for name, each in self.apply().items()}
