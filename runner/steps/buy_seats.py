"""Buy seats of a product until the tenant has the wanted total."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from runner.model.ids import SkuId
from runner.model.orders import OrderVerb, UpgradeTab
from runner.model.outcome import Check
from runner.model.plan import Step
from runner.model.sales import Sale
from runner.model.spec import Channel, Purchase, TenantSpec
from runner.model.state import TenantState
from runner.steps.business_days import credit_check_ends
from runner.steps.channels import (
    channel_of,
    is_sold_by_partner,
    purchase_terms,
    replaced_by,
    sellers_products,
)
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import part_number, product_name, step_id
from runner.steps.ordering import (
    Ask,
    OrderStep,
    ordered_sku,
    place_orders,
    sale_fields,
    unlike_planned,
    who_and_when,
)
from runner.steps.sales import sale_of, sale_with_id, seats_sold, setup_said
from runner.steps.seats import SeatGoal, paid_seats, seat_goals, subscriptions_of
from runner.steps.upgrade_tab import upgrade_tab
from runner.steps.verdicts import done, look_again, stale, todo, wait


@dataclass(frozen=True, slots=True, kw_only=True)
class BuySeats(OrderStep):
    """Seats to buy: `seats` is the total in the end, `seats_now` what was there at planning.

    `tab` is the way through the admin center's Upgrade tab, where there may be one.
    """

    seats: int
    seats_now: int
    purchase: Purchase | None
    tab: UpgradeTab | None = None


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[BuySeats]:
    """Yield one purchase for every entry that asks for more seats than there are."""
    for goal in seat_goals(want, have, context.sorting):
        if goal.wanted > goal.now:
            step = _purchase(want, have, context, goal=goal)
            is_asked = step.channel is Channel.MANUAL and not step.is_sold_by_partner
            tab = upgrade_tab(want, have, context, goal=goal) if is_asked else None
            yield replace(step, tab=tab)


def _purchase(
    want: TenantSpec,
    have: TenantState,
    context: Context,
    *,
    goal: SeatGoal,
) -> BuySeats:
    entry = goal.entry
    live = [s for s in subscriptions_of(have, entry.sku) if s.status == "Enabled"]
    paid = [s for s in live if not s.is_trial]
    only = paid[0] if len(paid) == 1 else None
    sale = sale_of(have, only) if only else None
    raised = only if sale is None or _has_terms(sale, entry.purchase) else None
    product = product_name(entry.sku, have, context.catalog)
    replaced = tuple(sorted(replaced_by(entry, want)))
    return BuySeats(
        id=step_id(want.tenant.name, "buy_seats", entry.sku),
        reason=f"{product} has {goal.now} seats and shall have {goal.wanted}",
        origin=str(entry.where),
        sku=entry.sku,
        product=product,
        part_number=part_number(entry.sku, have, context.catalog),
        seats=goal.wanted,
        seats_now=goal.now,
        **sale_fields(raised, have),
        purchase=entry.purchase,
        channel=channel_of(entry, want, have, subscription=only),
        is_sold_by_partner=is_sold_by_partner(have, sellers_products(entry.sku, replaced, have)),
        replaces=replaced,
        timezone=want.tenant.timezone,
    )


def _has_terms(sale: Sale, purchase: Purchase | None) -> bool:
    """Say whether more seats of this subscription are what the playbook wants to buy."""
    if purchase is None:
        return True
    return sale.term in ("", purchase.term) and sale.billing in ("", purchase.billing)


def seats_once_bought(sku: SkuId, have: TenantState, steps: Iterable[Step]) -> int:
    """Return the seats of a product once everything planned is bought; a trial's do not count.

    Source: commerce.md B09 and edge case 15, read 2026-11-22.
    """
    planned = [step.seats for step in steps if isinstance(step, BuySeats) and step.sku == sku]
    return max([paid_seats(have, sku), *planned])


def check(step: BuySeats, have: TenantState, now: datetime) -> Check:
    """Compare the seats bought with the total wanted; a larger total is right as well."""
    seats = paid_seats(have, step.sku)
    if seats >= step.seats:
        return done(f"{step.product} has {seats} seats")
    if seats < step.seats_now:
        lost = f"{step.product} has {seats} seats and had {step.seats_now} at planning"
        return stale(f"{lost}: more would have to be bought than was approved")
    if changed := unlike_planned(step, have):
        return changed
    sold = seats_sold(have, step.sku)
    if sold >= step.seats:
        since = have.memory.waiting_since.get(step.id, now)
        deadline = credit_check_ends(since, step.timezone)
        why = f"{sold} seats of {step.product} are sold, {seats} show in the tenant"
        said = setup_said(have, step.sku)
        return wait(f"{why}{said}", again=look_again(now, deadline), deadline=deadline)
    return todo(f"{step.product} has {seats} of {step.seats} seats")


def _ask(step: BuySeats, have: TenantState) -> Ask:
    """Ask for what is still missing, whether the tenant shows what was sold or not."""
    sale = sale_with_id(have, step.sale)
    sold = max(paid_seats(have, step.sku), seats_sold(have, step.sku))
    return Ask(
        verb=OrderVerb.BUY,
        seats=step.seats,
        seats_now=paid_seats(have, step.sku),
        sale_seats=step.seats - sold + (sale.seats if sale else 0),
        purchase=step.purchase,
        tab=step.tab,
    )


def describe(step: BuySeats) -> Line:
    """Say how many seats of what are bought, on which terms, by whom."""
    terms = f", {purchase_terms(step.purchase)}" if step.purchase else ""
    total = f"{step.seats} in all; " if step.seats_now else ""
    return Line(
        symbol="+",
        verb="buy",
        subject=step.product,
        amount=f"{step.seats - step.seats_now} seats{terms}",
        detail=f"{total}{who_and_when(step)}",
    )


def totals(step: BuySeats) -> Totals:
    """Count the seats that are added."""
    return Totals(seats_bought=step.seats - step.seats_now)


def ordered_seats(step: BuySeats) -> int:
    """Return the total in the end."""
    return step.seats


KIND = Kind(
    name="buy_seats",
    step=BuySeats,
    plan=plan,
    check=check,
    perform=partial(place_orders, ask=_ask),
    describe=describe,
    totals=totals,
    skus=ordered_sku,
    ordered_seats=ordered_seats,
)
