"""How seats are counted."""

from dataclasses import replace

import pytest

from runner.model.ids import group_id
from runner.model.spec import SeatsMatch, SeatsNeeded, SeatsWanted
from runner.model.state import Group, TenantState
from runner.planning import is_refused
from runner.steps.buy_seats import BuySeats
from runner.steps.seats import free_seats, paid_seats
from tests.builders import (
    E4,
    E5,
    holding,
    license,
    plan_of,
    sku,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
    want_cancelled,
    want_moved,
)


def test_paid_seats_are_those_of_enabled_subscriptions_without_trials() -> None:
    have = tenant_state(
        subscription(E5, 5, id="one"),
        subscription(E5, 25, id="trial", is_trial=True),
        subscription(E5, 7, id="old", status="Warning"),
        subscription(E5, 9, id="older", status="Suspended"),
    )
    assert paid_seats(have, E5) == 5
    assert paid_seats(have, E5, ("Enabled", "Warning")) == 12


def test_units_that_no_subscription_explains_count_as_bought() -> None:
    have = tenant_state(subscription(E5, 5))
    shown = replace(have, skus={E5: sku(E5, enabled=30)})
    assert paid_seats(shown, E5) == 30


def test_free_seats_are_enabled_ones_and_never_below_zero() -> None:
    assert free_seats(tenant_state(subscription(E5, 5), users=users(2, E5)), E5) == 3
    assert free_seats(tenant_state(subscription(E5, 1), users=users(2, E5)), E5) == 0
    assert free_seats(tenant_state(subscription(E5, 5, status="Warning")), E5) == 0
    assert free_seats(tenant_state(), E5) == 0


def _total(have: TenantState, seats: SeatsWanted) -> int:
    """Return the total that a plan of nothing but these seats buys."""
    steps = (
        plan_of(have, spec(want_active(E5, seats), assignments=(want_moved(),))).tenants[0].steps
    )
    return next(step.seats for step in steps if isinstance(step, BuySeats))


def test_match_asks_for_as_many_as_the_other_product_has() -> None:
    have = tenant_state(subscription(E4, 10), subscription(E5, 3))
    assert _total(have, SeatsMatch(sku=E4)) == 10


@pytest.mark.parametrize(
    ("holders", "percent", "seats"),
    [(1, 10, 2), (20, 5, 21), (21, 5, 23), (100, 0.5, 101), (750, 4.4, 783)],
)
def test_headroom_in_percent_is_rounded_up_once(holders: int, percent: float, seats: int) -> None:
    have = tenant_state(subscription(E4, 1000), users=users(holders, E4))
    assert _total(have, SeatsNeeded(headroom_percent=percent)) == seats


def test_needed_counts_who_is_there_and_who_comes() -> None:
    people = (*users(10, E5), *users(5, E4, prefix="new"))
    have = tenant_state(subscription(E4, 5), subscription(E5, 10), users=people)
    assert _total(have, SeatsNeeded(headroom=1)) == 16


def _bought_for(have: TenantState) -> list[int]:
    want = spec(want_active(seats=SeatsNeeded()), want_cancelled())
    return [s.seats for s in plan_of(have, want).tenants[0].steps if isinstance(s, BuySeats)]


def test_who_is_counted_already_and_listed_as_before_needs_one_seat() -> None:
    have = tenant_state(subscription(E4, 10), subscription(E5, 10), users=users(10, E4))
    ahead = replace(have, skus={**have.skus, E5: replace(have.skus[E5], consumed=7)})
    assert _bought_for(ahead) == []
    told = [f for f in plan_of(ahead).tenants[0].findings if f.code == "counted-apart"]
    assert [f.summary for f in told] == [
        "7 of the seats in use of Office 365 E5 are of no user that is listed, "
        "so 7 users may find none free"
    ]
    assert not any(f.code == "counted-apart" for f in plan_of(have).tenants[0].findings)


def test_who_is_to_get_it_from_a_group_and_has_it_promised_needs_one_seat() -> None:
    holds = [holding(E4, by_group="g")] * 6 + [holding(E5, by_group="g")] * 4
    people = [user(f"user-{number}", each) for number, each in enumerate(holds)]
    members = frozenset(each.id for each in people)
    group = Group(id=group_id("g"), name="G", licenses=(license(E5),), members=members)
    others = users(2, E4, prefix="other")
    have = tenant_state(
        subscription(E4, 12), subscription(E5, 12), users=(*people, *others), groups=(group,)
    )
    assert _bought_for(have) == []
    assert not is_refused(plan_of(have).tenants[0])
