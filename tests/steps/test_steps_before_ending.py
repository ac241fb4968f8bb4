"""Every look before an end stops it where its case is given, and where nobody can tell."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from runner.model.ids import group_id
from runner.model.outcome import Check, Verdict
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import CancelWhen, Channel
from runner.model.state import Group, License, Memory, TenantState
from runner.steps import KIND_OF, before_ending
from tests.builders import (
    E4,
    E5,
    NOW,
    holding,
    plan_of,
    spec,
    subscription,
    tenant_state,
    user,
    want_active,
    want_cancelled,
)

SOAK = timedelta(hours=72)
WINDOW = NOW + timedelta(days=6)
SALE = Sale(
    channel=Channel.PARTNER_CENTER,
    id="e4",
    product="",
    sku=E4,
    status=SaleStatus.LIVE,
    seats=10,
    renews=True,
    ends_at_term=False,
    term_ends_at=NOW + timedelta(days=100),
    refundable_until=WINDOW,
)
SOAKED = Memory(unheld_since=MappingProxyType({E4: NOW - SOAK}))
MOVED = user("moved", E5)

Change = Callable[[TenantState], TenantState]


def _have(*people: Any, sale: Sale = SALE, seats: int = 10) -> TenantState:
    subscriptions = (subscription(E4, seats, commerce_id="e4"), subscription(E5, 10))
    have = tenant_state(*subscriptions, users=(MOVED, *people), sales=(sale,))
    return replace(have, memory=SOAKED)


def _sold(**change: Any) -> Change:
    return lambda have: replace(have, sales=tuple(replace(each, **change) for each in have.sales))


def _joined(*people: Any) -> Change:
    return lambda _: _have(*people)


def _lapsed(status: str) -> Change:
    def change(have: TenantState) -> TenantState:
        subscriptions = tuple(
            replace(each, status=status) if each.sku == E5 else each for each in have.subscriptions
        )
        skus = {**have.skus, E5: replace(have.skus[E5], enabled=0)}
        return replace(have, subscriptions=subscriptions, skus=skus)

    return change


def _turned(have: TenantState) -> TenantState:
    turned = (replace(s, sku=E5) if s.sku == E4 else s for s in have.subscriptions)
    return replace(have, subscriptions=tuple(turned))


def _unlisted(have: TenantState) -> TenantState:
    """Return the tenant without the subscription, which its product still names."""
    return replace(have, subscriptions=tuple(s for s in have.subscriptions if s.sku != E4))


def _nameless(have: TenantState) -> TenantState:
    """Return the tenant without the successor, which a user still holds."""
    listed = tuple(each for each in have.subscriptions if each.sku != E5)
    return replace(have, subscriptions=listed, skus={E4: have.skus[E4]})


def _counted(used: int) -> Change:
    return lambda have: replace(have, skus={**have.skus, E4: replace(have.skus[E4], consumed=used)})


def _uncounted(have: TenantState) -> TenantState:
    return replace(have, skus={E5: have.skus[E5]})


def _remembered(memory: Memory) -> Change:
    return lambda have: replace(have, memory=memory)


SOAKING = Memory(unheld_since=MappingProxyType({E4: NOW - timedelta(hours=71)}))
CARRYING = Group(id=group_id("g"), name="Sales", licenses=(License(sku=E4),))

CASES: Mapping[str, Mapping[str, tuple[Change, Verdict]]] = {
    "not_as_planned": {
        "another product": (_sold(sku=E5), Verdict.STALE),
        "it has become another product": (_turned, Verdict.STALE),
        "sold through another channel": (_sold(channel=Channel.AZURE_BILLING), Verdict.STALE),
        "fewer at the renewal": (_sold(has_scheduled_change=True, next_seats=4), Verdict.STALE),
        "a schedule since": (_sold(has_scheduled_change=True), Verdict.STALE),
        "its channel shows it no more": (lambda have: replace(have, sales=()), Verdict.STALE),
    },
    "grown": {
        "more seats": (lambda _: _have(seats=11, sale=replace(SALE, seats=11)), Verdict.STALE),
        "not listed": (_unlisted, Verdict.WAIT),
    },
    "successor_lapsed": {
        "in its grace period": (_lapsed("Warning"), Verdict.STALE),
        "a state nobody knows": (_lapsed("Resting"), Verdict.STALE),
        "not listed": (_nameless, Verdict.STALE),
    },
    "successor_in_error": {
        "in error": (_joined(user("ailing", holding(E5, status="Error"))), Verdict.WAIT),
        "a state nobody knows": (_joined(user("odd", holding(E5, status="Resting"))), Verdict.WAIT),
    },
    "channel_at_work": {
        "locked": (_sold(locked="a change is under way"), Verdict.WAIT),
    },
    "held_by_groups": {
        "a group carries it": (lambda have: replace(have, groups=(CARRYING,)), Verdict.WAIT),
        "groups cannot be read": (lambda have: replace(have, groups=None), Verdict.STALE),
    },
    "held_by_users": {
        "directly": (_joined(user("left", E4)), Verdict.WAIT),
        "by a group": (_joined(user("member", holding(E4, by_group="g"))), Verdict.WAIT),
        "in error": (_joined(user("ailing", holding(E4, status="Error"))), Verdict.WAIT),
        "a state nobody knows": (_joined(user("odd", holding(E4, status="Resting"))), Verdict.WAIT),
    },
    "seats_count_as_used": {
        "the count lags": (_counted(3), Verdict.WAIT),
        "there is no count": (_uncounted, Verdict.WAIT),
    },
    "soaking": {
        "an hour is left": (_remembered(SOAKING), Verdict.WAIT),
        "no record says since when": (_remembered(Memory()), Verdict.WAIT),
    },
    "window_closed": {
        "closed": (_sold(refundable_until=NOW), Verdict.STALE),
        "closes within the margin": (
            _sold(refundable_until=NOW + timedelta(minutes=59)),
            Verdict.STALE,
        ),
        "nobody tells when": (_sold(refundable_until=None), Verdict.STALE),
    },
}
PARAMETERS = [
    pytest.param(look, change, verdict, id=f"{look}: {case}")
    for look, cases in CASES.items()
    for case, (change, verdict) in cases.items()
]


def _check(have: TenantState, when: CancelWhen = CancelWhen.SOONEST) -> Check:
    entry = want_cancelled(when=when, soak_s=int(SOAK.total_seconds()))
    (step,) = plan_of(_have(), spec(want_active(E5, 10), entry)).tenants[0].steps
    return KIND_OF[type(step)].check(step, have, NOW)


@pytest.mark.parametrize("when", [CancelWhen.SOONEST, CancelWhen.END_OF_TERM])
def test_nothing_stops_an_end_where_everything_is_as_it_should_be(when: CancelWhen) -> None:
    assert _check(_have(), when).verdict is Verdict.TODO


@pytest.mark.parametrize(("look", "change", "verdict"), PARAMETERS)
def test_it_is_not_cancelled(look: str, change: Change, verdict: Verdict) -> None:
    have = change(_have())
    assert _check(have).verdict is verdict, look


@pytest.mark.parametrize(("look", "change", "verdict"), PARAMETERS)
def test_its_renewal_is_not_stopped(look: str, change: Change, verdict: Verdict) -> None:
    have = change(_have())
    expected = Verdict.TODO if look == "window_closed" else verdict
    assert _check(have, CancelWhen.END_OF_TERM).verdict is expected


def test_every_look_has_cases() -> None:
    looks = (*before_ending.ALWAYS, *before_ending.ONCE_FREED, *before_ending.AT_ONCE)
    assert set(CASES) == {look.__module__.rpartition(".")[2] for look in looks}


@pytest.mark.parametrize("is_gone", [True, False])
def test_one_that_is_not_listed_is_over_only_where_its_product_says_so(is_gone: bool) -> None:
    have = _unlisted(_have())
    ids = () if is_gone else have.skus[E4].subscription_ids
    skus = {**have.skus, E4: replace(have.skus[E4], subscription_ids=ids)}
    found = _check(replace(have, skus=skus))
    assert found.verdict is (Verdict.DONE if is_gone else Verdict.WAIT)
