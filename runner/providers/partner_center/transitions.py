"""Have Partner Center turn a subscription into another product, with its users."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.providers.partner_center.calls import Calls
from runner.providers.partner_center.errors import code_of, receipt_of, receipt_of_code
from runner.providers.partner_center.sales import TERMS, product_of

WITH_USERS = "transition_with_license_transfer"
SOON_S = 300
CONVERSION = "conversion"
REASSIGNMENT = "licensereassignment"


async def transition(calls: Calls, order: Order) -> AsyncIterator[Receipt]:
    """Begin the transition unless one is there, then say how far it has come.

    Reference: `transition`, once it was sent. It cannot be undone and has no refund.
    Source: commerce.md 3.4 (In-place transition), read 2026-11-23.
    """
    assert order.sale is not None
    path = f"subscriptions/{order.sale.id}"
    events = await _events(calls, path)
    if not events:
        if order.reference:
            yield _doubtful(order)
            return
        item = await _item(calls, order, path)
        if isinstance(item, Receipt):
            yield item
            return
        yield Receipt(
            status=ReceiptStatus.OPEN,
            summary=f"{order.sale.id} is about to become {order.target_product}",
            reference="transition",
            again_s=SOON_S,
        )
        answer = await calls.write(
            "POST",
            f"{path}/transitions",
            body=_body(order, item),
            request=f"{order.key}/transition",
        )
        if not answer.is_ok and not answer.is_passing:
            yield receipt_of(answer, doing="asking for the upgrade", reference="transition")
            return
        events = await _events(calls, path)
    yield _standing(events)


async def _events(calls: Calls, path: str) -> dict[str, Mapping[str, Any]]:
    """Return the last event of each kind, of all transitions of a subscription."""
    found: dict[str, Mapping[str, Any]] = {}
    async for each in calls.items(f"{path}/transitions", "reading its transitions"):
        rows = each.get("events") or each.get("Events") or ()
        found |= {str(row.get("name") or "").lower(): row for row in rows}
    return found


async def _item(calls: Calls, order: Order, path: str) -> str | Receipt:
    """Return what the catalog calls the target right now, if it may be had."""
    where = f"{path}/transitionEligibilities?eligibilityType=immediate"
    wanted = product_of(order.target_product)
    errors: list[Any] = []
    async for each in calls.items(where, "reading what it can become"):
        if product_of(str(each.get("catalogItemId") or "")) != wanted:
            continue
        for kind in each.get("eligibilities") or ():
            if kind.get("transitionType") == WITH_USERS and kind.get("isEligible"):
                return str(each["catalogItemId"])
            errors += kind.get("errors") or ()
    said = "; ".join(f"{e.get('code')}: {e.get('description')}" for e in errors[:3])
    return Receipt(
        status=ReceiptStatus.REFUSED,
        summary=f"it cannot become {wanted} with its users" + (f": {said}" if said else ""),
        task="use `when: end_of_term` to buy the new one and let this one end",
    )


def _body(order: Order, item: str) -> dict[str, Any]:
    assert order.sale is not None
    body: dict[str, Any] = {
        "toCatalogItemId": item,
        "fromCatalogItemId": order.sale.product,
        "fromSubscriptionId": order.sale.id,
        "quantity": order.sale_seats,
        "transitionType": WITH_USERS,
    }
    if order.purchase is not None:
        terms = {word: key for key, word in TERMS.items()}
        body["termDuration"] = terms.get(order.purchase.term, order.purchase.term)
        body["billingCycle"] = order.purchase.billing.capitalize()
    return body


def _standing(events: Mapping[str, Mapping[str, Any]]) -> Receipt:
    """Say how far it is by its two events: the subscription first, its users after it."""
    turned = str(events.get(CONVERSION, {}).get("status") or "").lower()
    moved = str(events.get(REASSIGNMENT, {}).get("status") or "").lower()
    if turned == "failed":
        errors: list[dict[str, Any]] = list(events[CONVERSION].get("errors") or ())
        error = errors[0] if errors else {}
        said = f"the upgrade ended: {error.get('description') or 'no reason is given'}"
        return receipt_of_code(code_of(error), said, "asking for the upgrade")
    if turned != "completed":
        return _under_way("its channel is at work on the upgrade", again_s=SOON_S)
    if moved == "failed":
        said = "the subscription is upgraded; its users are left to move one by one"
        return _under_way(said, again_s=SOON_S)
    if moved != "completed":
        return _under_way("the subscription is upgraded, its users follow", again_s=SOON_S)
    return _under_way("the subscription and its users are upgraded", again_s=60)


def _under_way(summary: str, *, again_s: int) -> Receipt:
    return Receipt(
        status=ReceiptStatus.ACCEPTED, summary=summary, reference="transition", again_s=again_s
    )


def _doubtful(order: Order) -> Receipt:
    return Receipt(
        status=ReceiptStatus.DOUBTFUL,
        summary="nobody knows whether the upgrade was taken: no transition is listed",
        task="look in Partner Center whether it was upgraded",
        reference=order.reference,
        again_s=900,
    )
