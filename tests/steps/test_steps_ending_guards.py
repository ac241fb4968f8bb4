"""What keeps a subscription from being ended at the last look; not knowing keeps it too."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runner.model.ids import sku_id
from runner.model.outcome import Check, Verdict
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import CancelWhen, Channel, SubscriptionWant
from runner.model.state import SubscriptionState, TenantState
from runner.steps import KIND_OF
from tests.builders import (
    E1,
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
    refundable_until=NOW + timedelta(days=5),
)
LATER = want_cancelled(when=CancelWhen.END_OF_TERM)
ENDINGS = pytest.mark.parametrize("entry", [want_cancelled(), LATER], ids=["cancel", "let end"])


def _have(*sales: Sale, people: Any = (), seats: int = 10) -> TenantState:
    subscriptions = (subscription(E4, seats, commerce_id="e4"), subscription(E5, 10))
    return tenant_state(*subscriptions, users=people, sales=sales)


def _check(have: TenantState, entry: SubscriptionWant) -> Check:
    """Plan the end with everything in order, and look again at what has become of it."""
    before = _have(SALE)
    (step,) = plan_of(before, spec(want_active(E5, 10), entry)).tenants[0].steps
    return KIND_OF[type(step)].check(step, have, NOW)


@ENDINGS
def test_with_everything_in_order_it_ends(entry: SubscriptionWant) -> None:
    assert _check(_have(SALE), entry).verdict is Verdict.TODO


@ENDINGS
def test_it_does_not_end_for_a_user_in_error_who_still_has_it(entry: SubscriptionWant) -> None:
    ailing = user("ailing", holding(E4, status="ActiveWithError"))
    assert _check(_have(SALE, people=(ailing,)), entry).verdict is Verdict.WAIT


@ENDINGS
@pytest.mark.parametrize("status", ["Warning", "Suspended", "LockedOut"])
def test_it_does_not_end_when_what_users_moved_to_is_not_live(
    entry: SubscriptionWant, status: str
) -> None:
    have = _have(SALE, people=(user("moved", E5),))
    lapsed = tuple(replace(s, status=status) if s.sku == E5 else s for s in have.subscriptions)
    skus = {**have.skus, E5: replace(have.skus[E5], enabled=0)}
    found = _check(replace(have, subscriptions=lapsed, skus=skus), entry)
    assert found.verdict is Verdict.STALE


@ENDINGS
def test_it_does_not_end_while_its_channel_is_at_work(entry: SubscriptionWant) -> None:
    found = _check(_have(replace(SALE, locked="a change is under way")), entry)
    assert (found.verdict, found.why) == (Verdict.WAIT, "a change is under way")


@ENDINGS
def test_it_does_not_end_when_it_has_grown(entry: SubscriptionWant) -> None:
    found = _check(_have(replace(SALE, seats=11), seats=11), entry)
    assert (found.verdict, "has 11 seats and had 10" in found.why) == (Verdict.STALE, True)


@pytest.mark.parametrize("until", [NOW, NOW + timedelta(minutes=59), None])
def test_it_is_not_cancelled_after_its_window_or_shortly_before(until: Any) -> None:
    found = _check(_have(replace(SALE, refundable_until=until)), want_cancelled())
    assert found.verdict is Verdict.STALE


@ENDINGS
def test_it_does_not_end_when_its_channel_shows_it_no_more(entry: SubscriptionWant) -> None:
    found = _check(_have(), entry)
    why = "its channel shows subscription e4-subscription no more"
    assert (found.verdict, found.why) == (Verdict.STALE, why)


@ENDINGS
@pytest.mark.parametrize(
    "sale",
    [
        replace(SALE, has_scheduled_change=True),
        replace(SALE, has_scheduled_change=True, next_seats=4),
        replace(SALE, sku=E5),
        replace(SALE, channel=Channel.AZURE_BILLING),
    ],
    ids=["scheduled", "fewer at the renewal", "another product", "another channel"],
)
def test_it_does_not_end_when_it_is_not_what_was_planned_with(
    entry: SubscriptionWant, sale: Sale
) -> None:
    assert _check(_have(sale), entry).verdict is Verdict.STALE


@ENDINGS
def test_it_does_not_end_once_it_has_become_another_product(entry: SubscriptionWant) -> None:
    have = _have(SALE)
    turned = tuple(replace(s, sku=E5) if s.commerce_id == "e4" else s for s in have.subscriptions)
    assert _check(replace(have, subscriptions=turned), entry).verdict is not Verdict.TODO


@pytest.mark.parametrize("gone", [True, False])
def test_one_that_is_not_listed_is_over_only_where_its_product_says_so(gone: bool) -> None:
    have = _have(SALE)
    rest = tuple(each for each in have.subscriptions if each.sku != E4)
    ids = () if gone else tuple(each.id for each in have.subscriptions if each.sku == E4)
    skus = {**have.skus, E4: replace(have.skus[E4], subscription_ids=ids)}
    found = _check(replace(have, subscriptions=rest, skus=skus), want_cancelled())
    assert found.verdict is (Verdict.DONE if gone else Verdict.WAIT)


def test_a_product_nobody_knows_is_not_ended_where_it_may_be_the_last_with_mail() -> None:
    unknown = replace(subscription(E4, 10), sku=sku_id("00000000-0000-4000-8000-000000000001"))
    have = tenant_state(subscription(E1, 5))
    want = spec(want_cancelled(unknown.sku), assignments=())

    def codes(*listed: SubscriptionState) -> set[str]:
        found = plan_of(replace(have, subscriptions=listed), want).tenants[0].findings
        return {each.code for each in found if each.severity == "error"}

    assert codes(unknown) == {"last-mail-or-files"}
    assert codes(unknown, subscription(E1, 5)) == set()
