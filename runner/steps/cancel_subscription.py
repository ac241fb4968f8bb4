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
from runner.steps.ending import (
    Ending,
    EndStep,
    end_fields,
    ended_skus,
    grown_or_alone,
    is_extended,
    is_refundable,
    missing,
    still_needed,
    subscriptions_ending,
)
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import step_id
from runner.steps.ordering import Ask, place_orders, unlike_planned, which_one, who_and_when
from runner.steps.sales import sale_with_id
from runner.steps.seats import OVER
from runner.steps.verdicts import done, look_again, stale, todo, wait
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

    Source: commerce.md 4.3 and 4.4 (G1, G2, G4, G5, G7, G8, G9, G11, G14), read 2026-11-23.
    """
    found = [each for each in have.subscriptions if each.id == step.subscription]
    named = f"subscription {step.subscription} of {step.product}"
    if found and found[0].status in OVER:
        return done(f"{named} is {found[0].status}")
    if not found:
        return missing(step, have, now) or done(f"{named} is gone")
    return (
        _cancelled(step, have, now)
        or unlike_planned(step, have)
        or grown_or_alone(step, found[0], have)
        or still_needed(step, have, now)
        or _closed(step, have, now)
        or todo(f"nobody needs {named}")
    )


def _cancelled(step: CancelSubscription, have: TenantState, now: datetime) -> Check | None:
    """Wait where the channel has ended it and the tenant does not show it yet."""
    sale = sale_with_id(have, step.sale)
    if sale is None or sale.status not in (SaleStatus.OVER, SaleStatus.SUSPENDED):
        return None
    why = f"subscription {step.subscription} is cancelled and the tenant still shows it"
    return wait(why, again=look_again(now, now + timedelta(hours=1)))


def _closed(step: CancelSubscription, have: TenantState, now: datetime) -> Check | None:
    """Refuse where the window has passed, and wait where something else is under way."""
    sale = sale_with_id(have, step.sale)
    if sale is None:
        return None
    if sale.locked:
        return wait(sale.locked, again=look_again(now, now + timedelta(days=1)))
    is_free = sale.is_legacy or is_extended(sale, now) or is_refundable(sale, now)
    if is_free:
        return None
    until = sale.refundable_until
    ended = f"could be cancelled until {until:%Y-%m-%d %H:%M} UTC" if until else "has no refund"
    return stale(f"subscription {step.subscription} {ended}; a new plan lets it end with its term")


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
