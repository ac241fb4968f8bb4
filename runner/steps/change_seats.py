"""Give up seats of a product until the tenant has the wanted total."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from runner.model.ids import SkuId
from runner.model.orders import OrderVerb
from runner.model.outcome import Check
from runner.model.sales import Sale
from runner.model.spec import TenantSpec
from runner.model.state import SubscriptionState, TenantState
from runner.steps.business_days import credit_check_ends
from runner.steps.channels import channel_of, is_sold_by_partner, who_acts
from runner.steps.ending import is_refundable
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import part_number, product_name, step_id
from runner.steps.ordering import Ask, OrderStep, ordered_sku, place_orders
from runner.steps.sales import sale_of, sale_with_id, seats_sold
from runner.steps.seats import SeatGoal, paid_seats, seat_goals, seats_in_use, subscriptions_of
from runner.steps.verdicts import done, look_again, stale, todo, wait


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeats(OrderStep):
    """Seats to give up: `seats` is the total in the end, `seats_now` what was there."""

    seats: int
    seats_now: int


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[ChangeSeats]:
    """Yield one reduction for every entry that asks for fewer seats than there are."""
    for goal in seat_goals(want, have, context.sorting):
        if goal.wanted < goal.now and not later_reduction(goal, have):
            yield _reduction(want, have, context, goal=goal)


def later_reduction(goal: SeatGoal, have: TenantState) -> Sale | None:
    """Return the sale whose channel takes no seats back now, None where seats can be given up.

    Source: commerce.md B04, 3.4 (`refundableQuantity`) and 3.6, read 2026-11-23.
    """
    only = _only(goal.entry.sku, have)
    sale = sale_of(have, only) if only else None
    if sale is None or sale.is_legacy or is_refundable(sale, have.read_at):
        return None
    return sale


def _only(sku: SkuId, have: TenantState) -> SubscriptionState | None:
    paid = [s for s in subscriptions_of(have, sku) if s.status == "Enabled" and not s.is_trial]
    return paid[0] if len(paid) == 1 else None


def _reduction(
    want: TenantSpec, have: TenantState, context: Context, *, goal: SeatGoal
) -> ChangeSeats:
    entry = goal.entry
    paid = [s for s in subscriptions_of(have, entry.sku) if s.status == "Enabled"]
    only = _only(entry.sku, have)
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
        subscription=only.id if only else None,
        sale=sale.id if sale else "",
        term=sale.term if sale else "",
        billing=sale.billing if sale else "",
        channel=channel_of(entry, want, have, subscription=only or next(iter(paid), None)),
        is_sold_by_partner=is_sold_by_partner(have, paid),
        timezone=want.tenant.timezone,
    )


def check(step: ChangeSeats, have: TenantState, now: datetime) -> Check:
    """Compare the seats with the total wanted; seats that are in use are never given up.

    Source: commerce.md B03 (a reduction below the seats assigned is refused), read 2026-11-22.
    """
    seats = paid_seats(have, step.sku)
    if seats == step.seats:
        return done(f"{step.product} has {seats} seats")
    if seats > step.seats_now:
        return stale(f"{step.product} has {seats} seats and had {step.seats_now} at planning")
    if seats < step.seats:
        return stale(f"{step.product} has {seats} seats, fewer than the {step.seats} planned")
    if step.sale and sale_with_id(have, step.sale) is None:
        return stale(f"its channel shows subscription {step.subscription} no more")
    used = seats_in_use(have, step.sku)
    if used > step.seats:
        again = look_again(now, credit_check_ends(now, step.timezone))
        return wait(f"{used} seats of {step.product} are in use", again=again)
    return todo(f"{step.product} has {seats} seats instead of {step.seats}")


def _ask(step: ChangeSeats, have: TenantState) -> Ask:
    seats_now = paid_seats(have, step.sku)
    sale = sale_with_id(have, step.sale)
    return Ask(
        verb=OrderVerb.RESIZE,
        seats=step.seats,
        seats_now=seats_now,
        sale_seats=sale.seats - (seats_sold(have, step.sku) - step.seats) if sale else 0,
    )


def describe(step: ChangeSeats) -> Line:
    """Say how many seats remain, and who gives the others up."""
    return Line(
        symbol="-",
        verb="reduce",
        subject=step.product,
        amount=f"{step.seats_now} → {step.seats} seats",
        detail=who_acts(step.channel, is_partner=step.is_sold_by_partner),
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
