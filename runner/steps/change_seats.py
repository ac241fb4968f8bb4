"""Give up seats of a product until the tenant has the wanted total."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from runner.model.orders import OrderVerb
from runner.model.outcome import Check
from runner.model.spec import Channel, TenantSpec
from runner.model.state import SubscriptionState, TenantState
from runner.steps.business_days import credit_check_ends
from runner.steps.channels import channel_of, is_sold_by_partner, who_acts
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import part_number, product_name, step_id
from runner.steps.ordering import (
    Ask,
    OrderStep,
    ordered_sku,
    place_orders,
    sale_fields,
    unlike_planned,
    which_one,
    who_and_when,
)
from runner.steps.renewals import GivingUp, giving_up, next_total, only_paid, refunded
from runner.steps.sales import sale_of, sale_with_id, seats_sold
from runner.steps.seats import SeatGoal, paid_seats, seat_goals, seats_in_use, subscriptions_of
from runner.steps.upgrade import VendorUpgrade
from runner.steps.verdicts import done, look_again, stale, todo, wait


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeats(OrderStep):
    """Seats to give up: `seats` is the total in the end, `seats_now` what was there.

    `is_at_renewal` says that the total is that of the next term; `seats_next` is what was left for
    it by a change that was scheduled at planning.
    """

    seats: int
    seats_now: int
    is_at_renewal: bool = False
    seats_next: int = 0


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[ChangeSeats]:
    """Yield one reduction for every entry that asks for fewer seats than there are."""
    for goal in seat_goals(want, have, context.sorting):
        when = giving_up(goal, want, have)
        if when in (GivingUp.NOW, GivingUp.AT_RENEWAL):
            is_later = when is GivingUp.AT_RENEWAL
            yield _reduction(want, have, context, goal=goal, is_at_renewal=is_later)
    for upgrade in context.upgrades:
        if upgrade.seats < upgrade.sale.seats:
            yield _after_upgrade(want, have, context, upgrade=upgrade)


def _after_upgrade(
    want: TenantSpec, have: TenantState, context: Context, *, upgrade: VendorUpgrade
) -> ChangeSeats:
    """Return the reduction of what was upgraded in place: at its renewal, whenever that is then.

    Source: commerce.md edge case 24 and 3.4 (a transition has no window), read 2026-11-23.
    """
    entry, sale = upgrade.target, upgrade.sale
    product = product_name(entry.sku, have, context.catalog)
    return ChangeSeats(
        id=step_id(want.tenant.name, "change_seats", entry.sku),
        needs=tuple(s.id for s in context.earlier if getattr(s, "target_sku", "") == entry.sku),
        reason=f"{product} will have {sale.seats} seats and shall have {upgrade.seats}",
        origin=str(entry.where),
        sku=entry.sku,
        product=product,
        part_number=part_number(entry.sku, have, context.catalog),
        seats=upgrade.seats,
        seats_now=sale.seats,
        is_at_renewal=True,
        seats_next=sale.seats,
        **sale_fields(upgrade.subscription, have) | {"term_ends_at": None},
        channel=sale.channel,
        is_sold_by_partner=is_sold_by_partner(have, (upgrade.subscription,)),
        timezone=want.tenant.timezone,
    )


def _reduction(
    want: TenantSpec, have: TenantState, context: Context, *, goal: SeatGoal, is_at_renewal: bool
) -> ChangeSeats:
    entry = goal.entry
    paid = [s for s in subscriptions_of(have, entry.sku) if s.status == "Enabled"]
    only = only_paid(entry.sku, have)
    sale = sale_of(have, only) if only else None
    product = product_name(entry.sku, have, context.catalog)
    return ChangeSeats(
        id=step_id(want.tenant.name, "change_seats", entry.sku),
        needs=tuple(step.id for step in context.earlier if hasattr(step, "remove")),
        reason=f"{product} has {goal.now} seats and shall have {goal.wanted}",
        origin=str(entry.where),
        sku=entry.sku,
        product=product,
        part_number=part_number(entry.sku, have, context.catalog),
        seats=goal.wanted,
        seats_now=goal.now,
        is_at_renewal=is_at_renewal,
        seats_next=next_total(entry.sku, have, sale) if sale else goal.now,
        **_sold(only, have, is_at_renewal=is_at_renewal),
        channel=channel_of(entry, want, have, subscription=only) if only else Channel.MANUAL,
        is_sold_by_partner=is_sold_by_partner(have, paid),
        timezone=want.tenant.timezone,
    )


def _sold(
    only: SubscriptionState | None, have: TenantState, *, is_at_renewal: bool
) -> dict[str, Any]:
    """Return the fields of a sale, with the end of the window that its seats are given up in."""
    fields, sale = sale_fields(only, have), sale_of(have, only) if only else None
    lots = refunded(sale, have.read_at) if sale and not is_at_renewal else ()
    return fields | ({"refundable_until": min(until for _, until in lots)} if lots else {})


def check(step: ChangeSeats, have: TenantState, now: datetime) -> Check:
    """Compare the seats with the total wanted; seats that are in use are never given up.

    Source: commerce.md B03 (a reduction below the seats assigned is refused), read 2026-11-22.
    """
    if step.is_at_renewal:
        return _check_renewal(step, have, now)
    seats = paid_seats(have, step.sku)
    if seats == step.seats:
        return done(f"{step.product} has {seats} seats")
    if seats > step.seats_now:
        return stale(f"{step.product} has {seats} seats and had {step.seats_now} at planning")
    if seats < step.seats:
        return stale(f"{step.product} has {seats} seats, fewer than the {step.seats} planned")
    return (
        unlike_planned(step, have)
        or _in_use(step, have, now)
        or todo(f"{step.product} has {seats} seats instead of {step.seats}")
    )


def _in_use(step: ChangeSeats, have: TenantState, now: datetime) -> Check | None:
    used = seats_in_use(have, step.sku)
    if used <= step.seats:
        return None
    again = look_again(now, credit_check_ends(now, step.timezone))
    return wait(f"{used} seats of {step.product} are in use", again=again)


def _check_renewal(step: ChangeSeats, have: TenantState, now: datetime) -> Check:
    """Compare what is scheduled for the renewal with the total wanted from then on.

    Source: commerce.md B03, 3.4 (At renewal) and 4.4 (G9), read 2026-11-23.
    """
    sale, seats = sale_with_id(have, step.sale), paid_seats(have, step.sku)
    if sale is None:
        return stale(f"its channel shows subscription {step.subscription} no more")
    total = next_total(step.sku, have, sale)
    if total == step.seats:
        return done(f"{step.product} has {total} seats {_from(step)}")
    if seats != step.seats_now:
        return stale(f"{step.product} has {seats} seats and had {step.seats_now} at planning")
    if not sale.renews:
        return stale(f"subscription {step.subscription} does not renew any more")
    if (sale.has_scheduled_change, total) != (step.has_schedule, step.seats_next):
        return stale("what is scheduled for the renewal has changed since planning")
    if sale.locked:
        return wait(sale.locked, again=look_again(now, now + timedelta(days=1)))
    return _in_use(step, have, now) or todo(f"{step.product} would renew with {total} seats")


def _from(step: ChangeSeats) -> str:
    return f"from its renewal{_day(step.term_ends_at)} on"


def _day(at: datetime | None) -> str:
    return f" on {at:%Y-%m-%d}" if at else ""


def _ask(step: ChangeSeats, have: TenantState) -> Ask:
    seats_now = paid_seats(have, step.sku)
    sale = sale_with_id(have, step.sale)
    if step.is_at_renewal:
        return Ask(
            verb=OrderVerb.RESIZE_AT_RENEWAL,
            seats=step.seats,
            seats_now=seats_now,
            sale_seats=sale.seats - (seats_now - step.seats) if sale else 0,
        )
    return Ask(
        verb=OrderVerb.RESIZE,
        seats=step.seats,
        seats_now=seats_now,
        sale_seats=sale.seats - (seats_sold(have, step.sku) - step.seats) if sale else 0,
    )


def describe(step: ChangeSeats) -> Line:
    """Say how many seats remain, when, and who gives the others up."""
    until = step.refundable_until
    is_back = step.is_at_renewal and step.seats == step.seats_now
    amount = f"{step.seats_now} → {step.seats} seats"
    if is_back:
        amount = (
            f"{step.seats} seats, not {step.seats_next}, at the renewal{_day(step.term_ends_at)}"
        )
    elif step.is_at_renewal:
        amount += f", at the renewal{_day(step.term_ends_at)}"
    elif until:
        amount += f", refunded until {until:%Y-%m-%d}"
    return Line(
        symbol="~" if is_back else "-",
        verb="keep" if is_back else "reduce",
        subject=step.product,
        amount=amount,
        detail=who_acts(step.channel, is_partner=step.is_sold_by_partner)
        if step.is_at_renewal
        else who_and_when(step),
        which=which_one(step, is_given_back=not step.is_at_renewal),
    )


def totals(step: ChangeSeats) -> Totals:
    """Count the seats given up."""
    return Totals(seats_given_up=step.seats_now - step.seats)


def ordered_seats(step: ChangeSeats) -> int:
    """Return the total in the end."""
    return step.seats


KIND = Kind(
    name="change_seats",
    step=ChangeSeats,
    plan=plan,
    check=check,
    perform=partial(place_orders, ask=_ask),
    describe=describe,
    totals=totals,
    skus=ordered_sku,
    ordered_seats=ordered_seats,
)
