"""Section 4.3 as a table: what is left to do for every life, channel, state and `when`."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runner.model.ids import sku_id, subscription_id, tenant_id
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import CancelWhen, Channel, SubscriptionGoal, SubscriptionWant
from runner.model.state import Memory, SubscriptionState, TenantState
from runner.steps import KIND_OF
from runner.steps.naming import step_id
from runner.steps.ordering import OrderStep
from tests.builders import (
    E1,
    E4,
    NOW,
    plan_of,
    spec,
    subscription,
    tenant_state,
    user,
    want_cancelled,
)

DAY = timedelta(days=1)
PARTNER = tenant_id("99999999-1111-4111-8111-111111111111")
PARTNERS = Channel.PARTNER_CENTER
AZURE = Channel.AZURE_BILLING

WISHES = {
    "renewal_off": replace(want_cancelled(), goal=SubscriptionGoal.RENEWAL_OFF),
    "soonest": want_cancelled(),
    "now": want_cancelled(when=CancelWhen.NOW),
    "end_of_term": want_cancelled(when=CancelWhen.END_OF_TERM),
}

SOLD: dict[str, dict[str, Any]] = {
    "in its window": {"refundable_until": NOW + 5 * DAY},
    "past its window": {},
    "renewal off alone": {"renews": False},
    "set to end": {"renews": False, "ends_at_term": True},
    "extended": {"renews": False, "term_ends_at": NOW - 5 * DAY},
    "in grace there": {"status": SaleStatus.LAPSED, "renews": False}
    | {"term_ends_at": NOW - 5 * DAY},
    "suspended there": {"status": SaleStatus.SUSPENDED},
    "over there": {"status": SaleStatus.OVER},
    "trial": {"is_trial": True, "refundable_until": None},
    "trial set to end": {"is_trial": True, "refundable_until": None}
    | {"renews": False}
    | {"ends_at_term": True},
    "legacy": {"is_legacy": True, "refundable_until": None},
    "legacy set to end": {"is_legacy": True, "refundable_until": None}
    | {"renews": False}
    | {"ends_at_term": True},
}
"""Lives of a subscription as its channel shows them, all of them Enabled in Graph."""

TABLE = """
life              | renewal_off | soonest     | now         | end_of_term
in its window     | let end     | cancel      | cancel      | let end
past its window   | let end     | let end     | refused     | let end
renewal off alone | let end     | let end     | refused     | let end
set to end        | satisfied   | satisfied   | refused     | satisfied
extended          | satisfied   | cancel      | cancel      | cancel
in grace there    | satisfied   | satisfied   | refused     | satisfied
suspended there   | satisfied   | satisfied   | satisfied   | satisfied
over there        | satisfied   | satisfied   | satisfied   | satisfied
trial             | let end     | let end     | refused     | let end
trial set to end  | satisfied   | satisfied   | refused     | satisfied
"""

LEGACY = """
life              | renewal_off | soonest     | now         | end_of_term
legacy            | ask: let end | cancel     | cancel      | ask: let end
legacy set to end | satisfied   | cancel      | cancel      | satisfied
"""

BY_HAND = """
life              | renewal_off  | soonest      | now         | end_of_term
Enabled           | ask: let end | ask: cancel  | ask: cancel | ask: let end
by a partner      | ask: let end | ask: cancel  | ask: cancel | ask: let end
trial             | ask: let end | ask: let end | refused     | ask: let end
Warning           | satisfied    | satisfied    | ask: cancel | satisfied
Suspended         | satisfied    | satisfied    | satisfied   | satisfied
LockedOut         | satisfied    | satisfied    | satisfied   | satisfied
Deleted           | satisfied    | satisfied    | satisfied   | satisfied
absent            | satisfied    | satisfied    | satisfied   | satisfied
"""


def _rows(table: str, *channels: Channel) -> Iterator[tuple[Channel, str, str, str]]:
    head, *lines = (
        [cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()
    )
    for channel in channels:
        for line in lines:
            for wish, outcome in zip(head[1:], line[1:], strict=True):
                yield channel, line[0], wish, outcome


def _sold(channel: Channel, life: str) -> TenantState:
    start = Sale(
        channel=channel,
        id="e4",
        product="",
        sku=E4,
        status=SaleStatus.LIVE,
        seats=10,
        renews=True,
        ends_at_term=False,
        term_ends_at=NOW + 100 * DAY,
        refundable_until=NOW - 30 * DAY,
    )
    shown = subscription(E4, 10, commerce_id="e4", is_trial=life.startswith("trial"))
    return tenant_state(shown, subscription(E1, 5), sales=(replace(start, **SOLD[life]),))


def _unsold(life: str) -> TenantState:
    shown = subscription(E4, 10, next_lifecycle_at=NOW + 50 * DAY)
    if life == "by a partner":
        shown = replace(shown, owner_tenant=PARTNER)
    elif life == "trial":
        shown = replace(shown, is_trial=True)
    else:
        shown = replace(shown, status=life)
    return tenant_state(*([] if life == "absent" else [shown]), subscription(E1, 5))


def _outcome(have: TenantState, wish: SubscriptionWant) -> str:
    plan = plan_of(have, spec(wish, assignments=())).tenants[0]
    if any(each.severity == "error" for each in plan.findings):
        return "refused"
    words = []
    for step in plan.steps:
        assert isinstance(step, OrderStep)
        assert step.subscription == "e4-subscription"
        asked = "ask: " if step.channel is Channel.MANUAL else ""
        words.append(asked + KIND_OF[type(step)].describe(step).verb)
    return ", ".join(words) or "satisfied"


@pytest.mark.parametrize(
    ("channel", "life", "wish", "outcome"),
    [*_rows(TABLE, PARTNERS, AZURE), *_rows(LEGACY, PARTNERS), *_rows(BY_HAND, Channel.MANUAL)],
)
def test_every_life_of_a_subscription_leaves_this_to_do(
    channel: Channel, life: str, wish: str, outcome: str
) -> None:
    have = _unsold(life) if channel is Channel.MANUAL else _sold(channel, life)
    assert _outcome(have, WISHES[wish]) == outcome


@pytest.mark.parametrize("have", [_unsold("Enabled"), _sold(PARTNERS, "legacy")])
def test_a_persons_word_that_it_does_not_renew_holds_where_no_channel_shows_it(
    have: TenantState,
) -> None:
    wish = spec(WISHES["renewal_off"], assignments=())
    (step,) = plan_of(have, wish).tenants[0].steps
    said = replace(have, memory=Memory(confirmed={step.id: NOW}))
    assert plan_of(said, wish).tenants[0].steps == ()
    assert KIND_OF[type(step)].check(step, said, NOW).verdict == "done"


@pytest.mark.parametrize("wish", WISHES)
def test_seats_paid_by_the_month_beyond_the_term_are_told_although_nothing_is_left_to_do(
    wish: str,
) -> None:
    plan = plan_of(_sold(PARTNERS, "extended"), spec(WISHES[wish], assignments=())).tenants[0]
    (told,) = [each for each in plan.findings if each.code == "no-renewal"]
    assert "goes on by the month since 2026-11-18" in told.summary
    assert told.severity == ("info" if plan.steps else "warning")


@pytest.mark.parametrize("wish", ["soonest", "now", "end_of_term"])
def test_what_goes_on_by_the_month_is_not_ended_under_its_users(wish: str) -> None:
    have = _sold(PARTNERS, "extended")
    (step,) = plan_of(have, spec(WISHES[wish], assignments=())).tenants[0].steps
    used = tenant_state(*have.subscriptions, users=[user("late", E4)], sales=have.sales)
    assert KIND_OF[type(step)].check(step, used, NOW).verdict == "wait"


@pytest.mark.parametrize(("seen", "severity"), [(True, "info"), (False, "warning")])
def test_one_that_is_absent_is_asked_about_unless_a_run_has_seen_it(
    seen: bool, severity: str
) -> None:
    memory = Memory(unheld_since={E4: NOW - DAY} if seen else {})
    have = replace(_unsold("absent"), memory=memory)
    (told,) = plan_of(have, spec(want_cancelled(), assignments=())).tenants[0].findings
    assert (told.code, told.severity) == ("nothing-to-cancel", severity)


def test_an_id_that_a_run_has_ended_and_the_tenant_forgot_refuses_nothing() -> None:
    gone = subscription_id("purged")
    wish = spec(want_cancelled(subscription_ids=(gone,)), assignments=())
    have = _unsold("Enabled")
    asked = step_id("contoso", "cancel_subscription", gone)

    def codes(state: TenantState) -> list[str]:
        return [each.code for each in plan_of(state, wish).tenants[0].findings]

    assert codes(have) == ["unknown-subscription"]
    assert codes(replace(have, memory=Memory(ended=frozenset([asked])))) == []


def test_a_product_nobody_knows_is_not_ended_where_it_may_be_the_last_with_mail() -> None:
    unknown = replace(subscription(E4, 10), sku=sku_id("00000000-0000-4000-8000-000000000001"))
    have = tenant_state(subscription(E1, 5))
    want = spec(want_cancelled(unknown.sku), assignments=())

    def codes(*listed: SubscriptionState) -> set[str]:
        found = plan_of(replace(have, subscriptions=listed), want).tenants[0].findings
        return {each.code for each in found if each.severity == "error"}

    assert codes(unknown) == {"last-mail-or-files"}
    assert codes(unknown, subscription(E1, 5)) == set()


@pytest.mark.parametrize(
    ("holders", "kind"), [(0, "cancel_subscription"), (1, "stop_renewal")], ids=["nobody", "back"]
)
def test_a_soak_that_has_passed_counts_while_nobody_holds_the_product_again(
    holders: int, kind: str
) -> None:
    bought = _sold(PARTNERS, "in its window")
    back = [user(f"back-{number}", E4) for number in range(holders)]
    have = replace(
        tenant_state(*bought.subscriptions, users=back, sales=bought.sales),
        memory=Memory(unheld_since={E4: NOW - 6 * DAY}),
    )
    wish = want_cancelled(soak_s=int((6 * DAY).total_seconds()))
    (step,) = plan_of(have, spec(wish, assignments=())).tenants[0].steps
    assert KIND_OF[type(step)].name == kind
