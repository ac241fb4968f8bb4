"""Look for what was ordered, and say how an order stands."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.model.sales import SaleStatus
from runner.providers.moments import moment
from runner.providers.partner_center.calls import Calls
from runner.providers.partner_center.provisioning import read_fulfilment
from runner.providers.partner_center.references import Reference, answered, read_reference
from runner.providers.partner_center.sales import product_of, status_of
from runner.providers.web import refused

LAG = timedelta(minutes=15)
LAG_S = 900
"""How long an order may be missing from every list. Source: commerce.md 3.4, read 2026-11-23."""

UNDER_WAY = timedelta(days=7)
"""How long before an order a purchase may have begun that is still with a credit check.

Source: commerce.md S09 (up to two business days), read 2026-11-23.
"""

COMPLETED = "completed"
FAILED = ("error", "partial success", "cancelled")
SOLD = (SaleStatus.PENDING, SaleStatus.LIVE)
SOON_S = 60
REVIEW_S = 4 * 3600

Row = Mapping[str, Any]


async def find_purchase(calls: Calls, order: Order, *, product: str) -> Receipt | None:
    """Return how a purchase stands that the seats of this order do not count yet.

    It may be this order's, of a try whose answer, process or journal was lost, or somebody
    else's: either way nothing is bought until it is counted.
    Source: commerce.md edge cases 25 to 27, read 2026-11-23.
    """
    over = set()
    async for row in calls.items("subscriptions", "reading subscriptions"):
        name = str(row["id"]).lower()
        if status_of(row) not in SOLD:
            over.add(name)
        elif _is_new(row, order, product=product):
            said = f"subscription {name} of {row.get('quantity')} seats has just appeared"
            return Receipt(status=ReceiptStatus.OPEN, summary=said, again_s=SOON_S)
    async for row in calls.items("orders", "reading orders"):
        if _lines(row, product=product) and _is_open(row, order, over=over):
            return _found(row, order, product=product)
    return None


def _is_new(row: Row, order: Order, *, product: str) -> bool:
    is_meant = product_of(str(row.get("offerId") or "")) == product and not row.get("isTrial")
    return is_meant and str(row["id"]).lower() not in order.known_sales


def _lines(row: Row, *, product: str) -> list[Row]:
    lines = row.get("lineItems") or ()
    return [each for each in lines if product_of(str(each.get("offerId") or "")) == product]


def _is_open(row: Row, order: Order, *, over: set[str]) -> bool:
    """Say whether seats may come of an order that nobody has counted."""
    status = str(row.get("status") or "").lower()
    names = {str(each.get("subscriptionId") or "").lower() for each in row.get("lineItems") or ()}
    if status in FAILED or names & (order.known_sales | over):
        return False
    at = moment(row.get("creationDate"))
    before = 2 * LAG if status == COMPLETED else UNDER_WAY
    return at is None or at >= order.opened_at - before


def _found(row: Row, order: Order, *, product: str) -> Receipt:
    seats = sum(int(each.get("quantity") or 0) for each in _lines(row, product=product))
    if seats == order.sale_seats:
        return standing(row, order)
    said = f"order {row.get('id')} of {seats} seats is under way"
    return Receipt(status=ReceiptStatus.OPEN, summary=said, again_s=LAG_S)


async def follow(calls: Calls, order: Order, name: str) -> Receipt:
    """Return how an order stands that was taken for certain."""
    answer = await calls.get(f"orders/{name}")
    if answer.status == 404:
        return _accepted(order, name, "not listed yet")
    if not answer.is_ok or not isinstance(answer.body, dict):
        raise refused(answer, "reading the order")
    found = standing(answer.body, order)
    if str(answer.body.get("status") or "").lower() != COMPLETED:
        return found
    left = await read_fulfilment(calls, name)
    return replace(found, summary=f"{found.summary}: {left}") if left else found


def standing(row: Row, order: Order) -> Receipt:
    """Return how an order stands by its own status.

    Source: commerce.md 3.4 (`pending review` and `po …` are with a person), read 2026-11-23.
    """
    status, name = str(row.get("status") or "").lower(), str(row["id"])
    if status in FAILED:
        return _failed(row, order, status=status)
    if status.startswith("po ") or "review" in status:
        return Receipt(
            status=ReceiptStatus.OPEN,
            summary=f"order {name} of {order.sale_seats} seats is {status}",
            task=f"a person of the partner has to go on with order {name}",
            reference=f"order:{name}",
            again_s=REVIEW_S,
        )
    is_done = status == COMPLETED
    return _accepted(order, name, "completed and to be seen before long" if is_done else status)


def _accepted(order: Order, name: str, status: str) -> Receipt:
    return Receipt(
        status=ReceiptStatus.ACCEPTED,
        summary=f"order {name} of {order.sale_seats} seats is {status or 'placed'}",
        reference=str(Reference(kind="order", name=name)),
        again_s=LAG_S,
    )


def _failed(row: Row, order: Order, *, status: str) -> Receipt:
    """Say that an order came to nothing, once whatever came of it must have shown."""
    begun_at: datetime = moment(row.get("creationDate")) or order.opened_at
    is_certain = order.now - begun_at > 2 * LAG
    said = f"order {row['id']} of {order.sale_seats} seats ended as {status}"
    now = read_reference(order.reference)
    return Receipt(
        status=ReceiptStatus.REFUSED if is_certain else ReceiptStatus.OPEN,
        summary=said,
        task="see in Partner Center why; the next run orders what is missing anew",
        reference=str(answered(order.now, after=now)) if is_certain else f"order:{row['id']}",
        again_s=0 if is_certain else LAG_S,
    )
