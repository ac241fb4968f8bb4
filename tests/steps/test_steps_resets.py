"""What users hold now says nothing of what they held before, also where they share it."""

import pytest

from runner.model.ids import user_id
from runner.model.state import License, Memory, OpenOrder, User
from tests.builders import (
    E4,
    E5,
    NOW,
    license,
    plan_id,
    plan_of,
    spec,
    subscription,
    tenant_state,
    user,
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


def _upgraded(*people: User, reference: str = "transition:now") -> dict[str, tuple[License, ...]]:
    """Return what a plan gives to people without any license after an upgrade in place."""
    order = OpenOrder(
        key="key",
        step="contoso/transition_subscription/1",
        kind="transition_subscription",
        sku=E4,
        seats=10,
        opened_at=NOW,
        reference=reference,
    )
    memory = Memory(before={each.id: (QUIET,) for each in people}, orders=(order,))
    have = tenant_state(subscription(E5, 10), users=people, memory=memory)
    plan = plan_of(have, spec(want_active(seats=10)))
    return {u: s.add for s in plan.tenants[0].steps for u in getattr(s, "users", ()) if s.add}


def test_who_has_nothing_after_an_upgrade_in_place_gets_what_the_upgrade_was_to_bring() -> None:
    given = {"ada": (License(sku=E5, disabled_plans=OFF),)}
    assert _upgraded(user("ada"), user("blocked", is_enabled=False)) == given


@pytest.mark.parametrize("reference", ["", "again:now"])
def test_who_has_nothing_gets_nothing_where_no_upgrade_was_taken(reference: str) -> None:
    assert _upgraded(user("ada"), reference=reference) == {}
