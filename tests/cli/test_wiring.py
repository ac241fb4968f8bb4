"""Many tenants at once: each is planned as soon as it is read, and never too many are open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from runner.cli.wiring import Planner, each_in_turn, plan_tenants
from runner.model.findings import Unreachable
from runner.model.plan import TenantPlan, UnreadTenant
from runner.model.spec import TenantSpec
from runner.model.state import Memory, TenantState
from runner.ports import Ports
from tests.builders import E4, loaded, plan_of, spec, subscription, tenant_state, users
from tests.fakes import FakeCommerce, FakeDirectory, World

NAMES = [f"tenant-{number}" for number in range(6)]


class Fleet:
    """Connections to tenants in memory; what happens is noted in order."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.open_now = 0
        self.most_open = 0

    @asynccontextmanager
    async def open(self, name: str) -> AsyncIterator[Ports]:
        """Open a tenant; one of them gives no answer."""
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        await asyncio.sleep(0)
        try:
            if name == NAMES[3]:
                raise Unreachable("no answer")
            have = tenant_state(subscription(E4, 3), users=users(2, E4), tenant_id=name)
            world = World(have)
            self.noted.append(f"read {name}")
            yield Ports(
                directory=FakeDirectory(world), commerce=FakeCommerce(world), clock=world.clock
            )
        finally:
            self.open_now -= 1

    def plan(self, want: TenantSpec, have: TenantState) -> TenantPlan:
        """Plan one tenant."""
        self.noted.append(f"plan {want.tenant.name}")
        (plan,) = plan_of(have, want).tenants
        return plan


def _plans(fleet: Any, *, forks: int) -> Any:
    wanted = loaded(*(spec(name=name) for name in NAMES))
    told: list[TenantPlan | UnreadTenant] = []
    planner = Planner(remember=lambda _: Memory(), plan=fleet.plan, told=told.append)
    work = plan_tenants(wanted, fleet, planner=planner, forks=forks)
    plans = asyncio.run(work)
    assert len(told) == len(plans)
    return plans


def test_a_tenant_is_planned_before_the_next_one_is_read() -> None:
    fleet = Fleet()
    _plans(fleet, forks=1)
    read = [name for name in NAMES if name != NAMES[3]]
    assert fleet.noted == [f"{verb} {name}" for name in read for verb in ("read", "plan")]


@pytest.mark.parametrize("forks", [1, 2, 50])
def test_never_more_tenants_are_open_than_asked_for(forks: int) -> None:
    fleet = Fleet()
    plans = _plans(fleet, forks=forks)
    assert fleet.most_open == min(forks, len(NAMES))
    assert list(plans) == NAMES
    assert [name for name in NAMES if isinstance(plans[name], UnreadTenant)] == [NAMES[3]]


def test_results_come_in_the_order_of_the_items() -> None:
    async def work(item: int) -> int:
        for _ in range(10 - item):
            await asyncio.sleep(0)
        return item * item

    assert asyncio.run(each_in_turn(work, range(8), forks=3)) == [n * n for n in range(8)]
