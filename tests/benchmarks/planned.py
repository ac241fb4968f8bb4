"""Planning: what one user costs as tenants grow."""

import tracemalloc
from collections.abc import Iterator

from runner.model.state import TenantState
from tests.benchmarks.table import Row, Sizes, typical
from tests.builders import E4, E5, license, plan_of, subscription, tenant_state, users

SWITCHED_OFF = ((), ("SWAY",), ("YAMMER_ENTERPRISE",), ("SWAY", "YAMMER_ENTERPRISE"))
PREFIX = "8f14e45f-ceea-467f-a0e6"
US = 1_000_000


def planning_rows(sizes: Sizes) -> Iterator[Row]:
    """Yield what planning a user costs in time and memory, against the smallest tenant."""
    costs = {size: _cost_us(size, rounds=sizes.rounds) for size in sizes.plans}
    smallest, *larger = sizes.plans
    for size in larger:
        yield Row(
            measured=f"planning a user, of {size:,}",
            ours=costs[size],
            alternative=f"the same, of {smallest:,}",
            theirs=costs[smallest],
            unit="µs",
        )
    largest = sizes.plans[-1]
    yield Row(
        measured=f"memory for a user and the plan, of {largest:,}",
        ours=_cost_bytes(largest),
        alternative=f"the same, of {smallest:,}",
        theirs=_cost_bytes(smallest),
        unit="bytes",
    )


def _cost_us(size: int, *, rounds: int) -> float:
    state = _state(size)
    return typical(lambda: plan_of(state), rounds=rounds) / size * US


def _cost_bytes(size: int) -> float:
    """Return the most memory in use while a tenant is held and planned, for each user."""
    plan_of(_state(1))
    tracemalloc.start()
    try:
        plan_of(_state(size))
        return tracemalloc.get_traced_memory()[1] / size
    finally:
        tracemalloc.stop()


def _state(size: int) -> TenantState:
    """Return a tenant whose users have E4 with four choices of services."""
    everybody = (
        user
        for number, off in enumerate(SWITCHED_OFF)
        for user in users(
            len(range(number, size, len(SWITCHED_OFF))),
            license(E4, *off),
            prefix=f"{PREFIX}-{number}",
        )
    )
    return tenant_state(subscription(E4, size), subscription(E5, size), users=everybody)
