"""What users hold now says nothing of what they held before, also where they share it."""

import pytest

from runner.model.ids import user_id
from runner.model.state import License, Memory
from tests.builders import (
    E4,
    E5,
    license,
    plan_id,
    plan_of,
    spec,
    subscription,
    tenant_state,
    users,
    want_active,
)

QUIET = license(E4, "SWAY")
OFF = (plan_id("SWAY"),)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ((License(sku=E5),), (License(sku=E4),)),
        ((QUIET, License(sku=E5)), (QUIET, License(sku=E5))),
    ],
)
def test_users_with_the_same_licenses_are_told_apart_by_their_past(
    now: tuple[License, ...], before: tuple[License, ...]
) -> None:
    one, two = users(2, *now)
    assert one.holdings is two.holdings
    memory = Memory(before={user_id("user-1"): before, user_id("user-2"): (QUIET,)})
    sold = (subscription(E4, 10), subscription(E5, 10))
    have = tenant_state(*sold, users=(one, two), memory=memory)
    plan = plan_of(have, spec(want_active(seats=10)))
    given = {u: s.add for s in plan.tenants[0].steps for u in getattr(s, "users", ()) if s.add}
    assert given == {"user-2": (License(sku=E5, disabled_plans=OFF),)}
