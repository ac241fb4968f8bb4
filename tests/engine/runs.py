"""A plan carried out over worlds in memory, once or again and again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

from runner.engine import Surroundings, Tell, TenantResult
from runner.engine.run import run_tenant
from runner.model.outcome import Event, EventKind
from runner.model.plan import Plan
from runner.model.spec import TenantSpec
from runner.model.state import TenantState
from runner.planning import make_plan
from runner.ports import Ports, Records
from runner.steps import KIND_OF
from tests.builders import catalog, loaded, spec
from tests.fakes import FakeCommerce, FakeDirectory, MemoryRecords, World


class Bench:
    """One tenant with its world, its ports and its records."""

    def __init__(self, state: TenantState, want: TenantSpec | None = None) -> None:
        self.want = want or spec()
        self.world = World(state)
        self.clock = self.world.clock
        self.directory = FakeDirectory(self.world)
        self.commerce: Any = FakeCommerce(self.world)
        self.records = MemoryRecords()
        self.events: list[Event] = []

    def plan(self) -> Plan:
        """Plan from the world as it is now."""
        have = replace(
            self.world.state,
            read_at=self.clock.now(),
            sales=asyncio.run(self.commerce.read(self.world.state.tenant_id)),
            memory=self.records.recall(self.world.state.tenant_id),
        )
        name = self.want.tenant.name
        return make_plan(loaded(self.want), {name: have}, catalog=catalog(), now=self.clock.now())

    def apply(
        self, plan: Plan | None = None, *, patience_s: float = 0, records: Records | None = None
    ) -> TenantResult:
        """Carry a plan out, one made now unless one is given."""
        plan = plan or self.plan()
        around = surroundings({self.want.tenant.name: self}, records or self.records)
        (tenant,) = plan.tenants

        async def work() -> TenantResult:
            turns = asyncio.Semaphore(1)
            return await run_tenant(tenant, around=around, turns=turns, patience_s=patience_s)

        return asyncio.run(work())

    def ports(self) -> Ports:
        """Return what stands for the outside."""
        return Ports(directory=self.directory, commerce=self.commerce, clock=self.clock)


def surroundings(benches: dict[str, Bench], records: Records) -> Surroundings:
    """Return what a run over these tenants works with."""
    first = next(iter(benches.values()))

    @asynccontextmanager
    async def open_ports(name: str) -> AsyncIterator[Ports]:
        yield benches[name].ports()

    @contextmanager
    def lock(tenant: str) -> Iterator[None]:
        yield

    return Surroundings(
        run="run-1",
        open_ports=open_ports,
        lock=lock,
        records=records,
        tell=Tell(write=records.record, show=(first.events.append,)),
        now=first.clock.now,
    )


def statuses(result: TenantResult) -> dict[str, str]:
    """Return how every kind of step ended."""
    return {KIND_OF[type(each.step)].name: str(each.status) for each in result.steps}


def told(bench: Bench, kind: EventKind) -> list[Event]:
    """Return the events of one kind, in order."""
    return [event for event in bench.events if event.kind is kind]
