"""Place the order of a step and follow it from the moment it was first asked for."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from runner.model.ids import SkuId, SubscriptionId
from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus, UpgradeTab
from runner.model.outcome import Check, Outcome, Status
from runner.model.plan import Step
from runner.model.spec import Channel, Purchase
from runner.model.state import OpenOrder, SubscriptionState, TenantState
from runner.ports import Ports
from runner.steps.business_days import credit_check_ends
from runner.steps.channels import partners_of, seller_of, sellers_products, who_acts
from runner.steps.sales import sale_of, sale_with_id, sales_of, seats_sold
from runner.steps.seats import paid_seats
from runner.steps.verdicts import look_again, stale

S = TypeVar("S", bound="OrderStep")

ANSWERED = ("again", "failed")
"""Kinds of references that say that nothing of an order is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep(Step):
    """A step that somebody who sells subscriptions must carry out.

    `subscription` is the one it concerns, None where a new one is bought or several could be meant;
    `sale` is what its channel calls it by, `term` and `billing` are its own, in the playbook's
    words, empty where no channel is known to sell it. `term_ends_at` is the end of its term, by its
    channel, else by Graph; `refundable_until` is when its channel last takes it or seats of it
    back. `has_schedule` says whether a change was scheduled for its renewal at planning, to
    `next_seats` where it is one of seats alone. `replaces` are the products whose sellers a new one
    is bought from.
    """

    sku: SkuId
    product: str
    part_number: str
    subscription: SubscriptionId | None
    sale: str = ""
    term: str = ""
    billing: str = ""
    term_ends_at: datetime | None = None
    refundable_until: datetime | None = None
    has_schedule: bool = False
    next_seats: int | None = None
    channel: Channel
    is_sold_by_partner: bool
    replaces: tuple[SkuId, ...] = ()
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What an order asks for: the verb, the total in the end and now, the terms.

    `sale_seats` are the seats of the one subscription it is about, in the end.
    """

    verb: OrderVerb
    seats: int
    seats_now: int
    sale_seats: int = 0
    target_product: str = ""
    purchase: Purchase | None = None
    tab: UpgradeTab | None = None


def sale_fields(subscription: SubscriptionState | None, have: TenantState) -> dict[str, Any]:
    """Return the fields of an order that its subscription and the sale of it fill."""
    if subscription is None:
        return {"subscription": None}
    sale = sale_of(have, subscription)
    if sale is None:
        return {"subscription": subscription.id, "term_ends_at": subscription.next_lifecycle_at}
    return {
        "subscription": subscription.id,
        "sale": sale.id,
        "term": sale.term,
        "billing": sale.billing,
        "term_ends_at": sale.term_ends_at or subscription.next_lifecycle_at,
        "refundable_until": None if sale.is_legacy else sale.refundable_until,
        "has_schedule": sale.has_scheduled_change,
        "next_seats": sale.next_seats,
    }


def unlike_planned(step: OrderStep, have: TenantState) -> Check | None:
    """Refuse where the subscription is not the one any more that was planned with.

    It may have become another product, which must not end with it, or go by another id; and a
    change that was scheduled since would be wiped by any other.
    Source: commerce.md 3.4 (a transition keeps the id), 4.4 (G9, G14) and R02, read 2026-11-23.
    """
    found = next((each for each in have.subscriptions if each.id == step.subscription), None)
    sale = sale_with_id(have, step.sale)
    if found is not None and found.sku != step.sku:
        return stale(f"subscription {found.id} is one of {step.product} no more")
    if not step.sale:
        return None
    joined = sale_of(have, found) if found is not None else None
    if sale is None or (joined is not None and joined.id != step.sale):
        return stale(f"its channel shows subscription {step.subscription} no more")
    if sale.channel is not step.channel and step.channel is not Channel.MANUAL:
        return stale(f"subscription {step.subscription} is sold through another channel now")
    if sale.sku not in (None, step.sku):
        return stale(f"its channel sells another product as {sale.id}")
    scheduled = (sale.has_scheduled_change, sale.next_seats)
    if sale.has_scheduled_change and scheduled != (step.has_schedule, step.next_seats):
        return stale("what is scheduled for the renewal has changed since planning")
    return None


def who_and_when(step: OrderStep) -> str:
    """Return who carries an order out, and the end of the term of what it is about."""
    who = who_acts(step.channel, is_partner=step.is_sold_by_partner)
    return f"{who}; its term ends {step.term_ends_at:%Y-%m-%d}" if step.term_ends_at else who


def which_one(step: OrderStep, *, is_given_back: bool = False) -> str:
    """Return the subscription an order is about, and that no refund is promised where none is.

    Source: commerce.md 4.4 (G12) and U13 (a refund is never asserted), read 2026-11-23.
    """
    if step.subscription is None:
        return ""
    money = "; no refund is promised" if is_given_back and not step.refundable_until else ""
    return f"subscription {step.subscription}{money}"


def open_order(have: TenantState, step: str) -> OpenOrder | None:
    """Return the order a step has open, if any."""
    for order in have.memory.orders:
        if order.step == step:
            return order
    return None


def is_answered(order: OpenOrder) -> bool:
    """Return whether the last try of an order was answered with a no: nothing is under way."""
    return order.reference.partition(":")[0] in ANSWERED


def is_begun(have: TenantState, step: str) -> bool:
    """Return whether something of the order of a step may be under way with its channel."""
    order = open_order(have, step)
    return order is not None and bool(order.reference) and not is_answered(order)


def outgrown(step: str, seats: int, have: TenantState) -> OpenOrder | None:
    """Return the open order of a step that may make room for one that begins now.

    One that was answered with a no does: what is asked for again is asked for today. One for
    another total does unless its channel has taken it; it then stays until its seats show: two
    would buy them twice.
    """
    order = open_order(have, step)
    if order is None or is_answered(order):
        return order
    if order.seats == seats:
        return None
    shown = max(paid_seats(have, order.sku), seats_sold(have, order.sku))
    return order if not order.reference or shown >= order.seats else None


def ordered_sku(step: OrderStep) -> tuple[SkuId, ...]:
    """Name the SKU that is ordered, whose holders an order depends on."""
    return (step.sku,)


def as_order(step: OrderStep, have: TenantState, now: datetime, *, ask: Ask) -> Order:
    """Return the order of a step, dated from when the journal says it was first asked for."""
    opened = open_order(have, step.id)
    opened_at = opened.opened_at if opened else now
    confirmed_at = opened.confirmed_at if opened else None
    sold = _sold(step, have)
    return Order(
        key=opened.key if opened else step.id,
        step=step.id,
        verb=ask.verb,
        channel=step.channel,
        sku=step.sku,
        product=step.product,
        part_number=step.part_number,
        seats=ask.seats,
        seats_now=ask.seats_now,
        subscription=step.subscription,
        sale=sale_with_id(have, step.sale),
        sale_seats=ask.sale_seats,
        renews_at=step.term_ends_at,
        known_sales=frozenset(sale.id for sale in sales_of(have, step.sku)),
        target_product=ask.target_product,
        reference=opened.reference if opened else "",
        purchase=ask.purchase,
        seller=seller_of(have, sold),
        partners=partners_of(have, sold),
        tab=ask.tab,
        now=now,
        opened_at=opened_at,
        confirmed_at=confirmed_at,
        deadline_at=_deadline(step, confirmed_at or opened_at, verb=ask.verb),
        timezone=step.timezone,
    )


def _deadline(step: OrderStep, since: datetime, *, verb: OrderVerb) -> datetime:
    """Return when an order shows at the latest; a person may set fewer seats for the renewal only.

    Source: commerce.md B04 and B06, read 2026-11-23.
    """
    is_reduced = verb in (OrderVerb.RESIZE, OrderVerb.RESIZE_AT_RENEWAL)
    renews_at = step.term_ends_at if is_reduced and step.channel is Channel.MANUAL else None
    return credit_check_ends(max(since, renews_at or since), step.timezone)


def _sold(step: OrderStep, have: TenantState) -> tuple[SubscriptionState, ...]:
    """Return the subscriptions whose seller has to act: the one concerned, else all there are."""
    if step.subscription is not None:
        return tuple(each for each in have.subscriptions if each.id == step.subscription)
    return sellers_products(step.sku, step.replaces, have)


async def place_orders(
    steps: Sequence[S], have: TenantState, ports: Ports, *, ask: Callable[[S, TenantState], Ask]
) -> AsyncIterator[tuple[Outcome, ...]]:
    """Place each order; the journal holds its key before this is called."""
    for step in steps:
        order = as_order(step, have, ports.clock.now(), ask=ask(step, have))
        async for receipt in ports.commerce.place(have.tenant_id, order):
            yield (_receipt_outcome(step.id, order, receipt),)


def _receipt_outcome(step: str, order: Order, receipt: Receipt) -> Outcome:
    """Return how an order stands; what a person said was done fails once it is overdue."""
    again = order.now + timedelta(seconds=receipt.again_s) if receipt.again_s else None
    status = _status(order, receipt)
    is_overdue = status is Status.FAILED and receipt.status is ReceiptStatus.OPEN
    way_back = f": to wait anew say `upgrade-runner confirm {step}`" if is_overdue else ""
    return Outcome(
        step=step,
        subject=step,
        status=status,
        detail=f"{receipt.summary}{way_back}",
        hint=receipt.task,
        look_again_at=again or look_again(order.now, order.deadline_at),
        deadline_at=order.deadline_at if order.deadline_at > order.now else None,
        reference=receipt.reference,
    )


def _status(order: Order, receipt: Receipt) -> Status:
    if receipt.status is ReceiptStatus.REFUSED:
        return Status.FAILED
    is_overdue = order.deadline_at < order.now
    is_promised = order.confirmed_at is not None or receipt.status is not ReceiptStatus.OPEN
    return Status.FAILED if is_overdue and is_promised else Status.WAITING
