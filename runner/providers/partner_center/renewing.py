"""Say what a subscription renews with, and what it shall renew with."""

from collections.abc import Mapping
from typing import Any

from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.providers.partner_center.sales import is_scheduled, next_seats

Row = Mapping[str, Any]


def renews_so(order: Order, row: Row) -> bool:
    """Return whether it renews with the seats of an order, and with nothing else changed."""
    seats = next_seats(row) if is_scheduled(row) else row.get("quantity")
    return seats == order.sale_seats


def next_term(row: Row, order: Order, *, item: str) -> dict[str, Any] | None:
    """Return the instructions for the next term, None where it shall renew as it is.

    Source: commerce.md 3.4 (At renewal), read 2026-11-23.
    """
    if row.get("quantity") == order.sale_seats:
        return None
    product, sku, availability = (*item.split(":"), "", "")[:3]
    terms = {key: row.get(key) for key in ("billingCycle", "termDuration")}
    named = {"productId": product, "skuId": sku, "availabilityId": availability}
    return {"product": named | terms, "quantity": order.sale_seats}


def misfit(order: Order, row: Row) -> Receipt | None:
    """Return why nothing is scheduled: it is not what the plan was made of any more.

    Source: commerce.md 3.4 (`autoRenewEnabled` is required) and 4.4 (G9), read 2026-11-23.
    """
    assert order.sale is not None
    name, known = f"subscription {order.sale.id}", order.sale
    if not row.get("autoRenewEnabled"):
        said = f"{name} does not renew, so nothing can be scheduled for its renewal"
    elif row.get("quantity") != known.seats:
        said = f"{name} has {row.get('quantity')} seats and had {known.seats} a moment ago"
    elif (is_scheduled(row), next_seats(row)) != (known.has_scheduled_change, known.next_seats):
        said = f"another change of {name} was scheduled for its renewal a moment ago"
    else:
        return None
    return Receipt(status=ReceiptStatus.REFUSED, summary=said, task="plan again")
