"""Let a subscription end with its term instead of renewing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from runner.model.orders import OrderVerb
from runner.model.outcome import Check
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import Channel, SubscriptionGoal, TenantSpec
from runner.model.state import SubscriptionState, TenantState
from runner.steps.before_ending import ALWAYS, ONCE_FREED, first_objection
from runner.steps.channels import who_acts
from runner.steps.ending import (
    Ending,
    EndStep,
    end_fields,
    ended_skus,
    is_extended,
    missing,
    subscriptions_ending,
)
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import step_id
from runner.steps.ordering import Ask, place_orders, which_one
from runner.steps.sales import sale_of, sale_with_id
from runner.steps.seats import OVER
from runner.steps.verdicts import done, todo
from runner.steps.words import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRenewal(EndStep):
    """The subscription that shall not renew.

    `is_freed_first` says that nobody may hold the product any more before this is done.
    """

    is_freed_first: bool


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[StopRenewal]:
    """Yield one step for every subscription that shall end with its term and is not set to.

    Source: commerce.md 3.3 (no call turns off a renewal of before new commerce), read 2026-11-23.
    """
    for entry, subscription in subscriptions_ending(want, have, Ending.STOP_RENEWAL):
        sale = sale_of(have, subscription)
        name = step_id(want.tenant.name, "stop_renewal", _term(subscription, sale))
        if _is_stopped(name, sale, have):
            continue
        is_freed_first = entry.goal is SubscriptionGoal.CANCELLED
        fields: dict[str, Any] = end_fields(
            want, have, context, entry=entry, subscription=subscription
        )
        yield StopRenewal(
            id=name,
            reason="the playbook wants it to end with its term",
            is_freed_first=is_freed_first,
            **fields | ({"channel": Channel.MANUAL} if sale and sale.is_legacy else {}),
        )


def _term(subscription: SubscriptionState, sale: Sale | None) -> str:
    """Return what names one term of a subscription.

    A person's word is for the term it was given in: once it has renewed, it is another step.
    """
    ends = subscription.next_lifecycle_at if sale is None else None
    if sale is not None and sale.is_legacy:
        ends = sale.term_ends_at or subscription.next_lifecycle_at
    return f"{subscription.id} until {ends:%Y-%m-%d}" if ends else subscription.id


def _is_stopped(step: str, sale: Sale | None, have: TenantState) -> bool:
    """Say whether no renewal follows: by what the channel shows, else by a person's word.

    Source: commerce.md 4.3 (`stop_renewal`: not renewing alone does not end it in the channels
    with an Extended Service Term; a term that has ended is no renewal), read 2026-11-23.
    """
    if sale is None:
        return step in have.memory.confirmed
    if sale.is_legacy and step in have.memory.confirmed:
        return True
    is_over = sale.status in (SaleStatus.OVER, SaleStatus.SUSPENDED, SaleStatus.LAPSED)
    return is_over or is_extended(sale, have.read_at) or (not sale.renews and sale.ends_at_term)


def check(step: StopRenewal, have: TenantState, now: datetime) -> Check:
    """Say whether the subscription ends with its term, or what keeps it from being set to.

    Source: commerce.md 4.3, 4.4, R01 and R03, read 2026-11-23.
    """
    found = [each for each in have.subscriptions if each.id == step.subscription]
    named = f"subscription {step.subscription} of {step.product}"
    if found and found[0].status in (*OVER, "Warning"):
        return done(f"{named} is {found[0].status}")
    if not found:
        return missing(step, have, now) or done(f"{named} is gone")
    sale = sale_with_id(have, step.sale)
    if _is_stopped(step.id, sale, have):
        return done(f"{named} does not renew")
    looks = (*ALWAYS, *ONCE_FREED) if step.is_freed_first else ALWAYS
    return first_objection(step, have, now, looks=looks) or todo(f"{named} would renew")


def _ask(step: StopRenewal, have: TenantState) -> Ask:
    found = [each for each in have.subscriptions if each.id == step.subscription]
    now = found[0].seats if found else 0
    return Ask(verb=OrderVerb.STOP_RENEWAL, seats=now, seats_now=now)


def describe(step: StopRenewal) -> Line:
    """Say what ends, when, and after what."""
    ends = f"ends {step.term_ends_at:%Y-%m-%d}" if step.term_ends_at else "ends with its term"
    soak = f" for {in_words(timedelta(seconds=step.soak_s))}" if step.soak_s else ""
    freed = f", set once nobody has held it{soak}" if soak else ", set once nobody holds it"
    return Line(
        symbol="-",
        verb="let end",
        subject=step.product,
        amount=f"{step.seats} seats, {ends}{freed if step.is_freed_first else ''}",
        detail=who_acts(step.channel, is_partner=step.is_sold_by_partner),
        which=which_one(step),
    )


def totals(step: StopRenewal) -> Totals:
    """Count the subscription."""
    return Totals(subscriptions_ending=1)


def ordered_seats(step: StopRenewal) -> int:
    """Return that its seats stay until then."""
    return step.seats


KIND = Kind(
    name="stop_renewal",
    step=StopRenewal,
    plan=plan,
    check=check,
    perform=partial(place_orders, ask=_ask),
    describe=describe,
    totals=totals,
    skus=ended_skus,
    ordered_seats=ordered_seats,
)
