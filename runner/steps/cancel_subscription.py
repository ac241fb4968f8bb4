"""End a subscription that nobody uses any more; the last step, and alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from runner.model.orders import OrderVerb
from runner.model.outcome import Check
from runner.model.sales import SaleStatus
from runner.model.spec import TenantSpec
from runner.model.state import TenantState
from runner.steps.before_ending import ALWAYS, AT_ONCE, ONCE_FREED, first_objection
from runner.steps.ending import (
    Ending,
    EndStep,
    end_fields,
    ended_skus,
    missing,
    subscriptions_ending,
)
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import step_id
from runner.steps.ordering import Ask, place_orders, which_one, who_and_when
from runner.steps.sales import sale_with_id
from runner.steps.seats import OVER
from runner.steps.verdicts import done, look_again, todo, wait
from runner.steps.words import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSubscription(EndStep):
    """The subscription to cancel."""


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[CancelSubscription]:
    """Yield one cancellation for every live subscription that shall end at once."""
    for entry, subscription in subscriptions_ending(want, have, Ending.CANCEL):
        fields: dict[str, Any] = end_fields(
            want, have, context, entry=entry, subscription=subscription
        )
        yield CancelSubscription(
            id=step_id(want.tenant.name, "cancel_subscription", subscription.id),
            reason="the playbook wants it cancelled",
            **fields,
        )


def check(step: CancelSubscription, have: TenantState, now: datetime) -> Check:
    """Hold the cancellation back until nothing and nobody depends on the subscription.

    Source: commerce.md 4.3 and 4.4, read 2026-11-23.
    """
    found = [each for each in have.subscriptions if each.id == step.subscription]
    named = f"subscription {step.subscription} of {step.product}"
    if found and found[0].status in OVER:
        return done(f"{named} is {found[0].status}")
    if not found:
        return missing(step, have, now) or done(f"{named} is gone")
    return (
        _cancelled(step, have, now)
        or first_objection(step, have, now, looks=(*ALWAYS, *ONCE_FREED, *AT_ONCE))
        or todo(f"nobody needs {named}")
    )


def _cancelled(step: CancelSubscription, have: TenantState, now: datetime) -> Check | None:
    """Wait where the channel has ended it and the tenant does not show it yet."""
    sale = sale_with_id(have, step.sale)
    if sale is None or sale.status not in (SaleStatus.OVER, SaleStatus.SUSPENDED):
        return None
    why = f"subscription {step.subscription} is cancelled and the tenant still shows it"
    return wait(why, again=look_again(now, now + timedelta(hours=1)))


def _ask(step: CancelSubscription, have: TenantState) -> Ask:
    found = [each for each in have.subscriptions if each.id == step.subscription]
    return Ask(verb=OrderVerb.CANCEL, seats=0, seats_now=found[0].seats if found else 0)


def describe(step: CancelSubscription) -> Line:
    """Say what ends, and after what."""
    soak = f"once nobody has held it for {in_words(timedelta(seconds=step.soak_s))}"
    when = soak if step.soak_s else "once nobody holds it"
    until = step.refundable_until
    refund = f", refunded until {until:%Y-%m-%d}" if until else ""
    return Line(
        symbol="-",
        verb="cancel",
        subject=step.product,
        amount=f"{step.seats} seats, {when}{refund}",
        detail=who_and_when(step),
        which=which_one(step, is_given_back=True),
    )


def totals(step: CancelSubscription) -> Totals:
    """Count the subscription."""
    return Totals(subscriptions_cancelled=1)


def ordered_seats(step: CancelSubscription) -> int:
    """Return that none remain, however many there are now."""
    return 0


KIND = Kind(
    name="cancel_subscription",
    step=CancelSubscription,
    plan=plan,
    check=check,
    perform=partial(place_orders, ask=_ask),
    describe=describe,
    totals=totals,
    skus=ended_skus,
    ordered_seats=ordered_seats,
)
