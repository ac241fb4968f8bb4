"""Change a subscription that is there: read it whole, change it, send it whole, read it again."""

from datetime import timedelta
from typing import Any

from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus
from runner.providers.graph.reading import backoff_s
from runner.providers.partner_center.calls import Calls
from runner.providers.partner_center.errors import STALE, code_of, receipt_of
from runner.providers.partner_center.sales import is_cancelled_at_term, is_legacy, moment

TRIES = 3
SOON_S = 120
MARGIN = timedelta(minutes=5)

Row = dict[str, Any]

CANCEL_AT_TERM = {"scheduleType": "TermEnd", "actionType": "Cancel"}
"""Source: commerce.md 3.4 (End of term, SECONDARY), read 2026-11-23."""


async def change(calls: Calls, order: Order) -> Receipt:
    """Bring a subscription to what the order says, unless it is so already.

    Source: commerce.md 3.4 (a body that is not whole turns the renewal off), read 2026-11-23.
    """
    assert order.sale is not None
    path = f"subscriptions/{order.sale.id}"
    receipt: Receipt | None = None
    for attempt in range(1, TRIES + 1):
        row = await calls.found(path, f"reading subscription {order.sale.id}")
        if _is_done(order, row):
            return Receipt(status=ReceiptStatus.ACCEPTED, summary=_done(order), again_s=SOON_S)
        if refusal := _refusal(order, row):
            return refusal
        receipt = await _send(calls, order, row, attempt=attempt)
        if receipt is not None:
            return receipt
        await calls.clock.sleep(backoff_s(attempt))
    return Receipt(
        status=ReceiptStatus.DOUBTFUL,
        summary=f"subscription {order.sale.id} does not show the change yet",
        again_s=SOON_S,
    )


async def _send(calls: Calls, order: Order, row: Row, *, attempt: int) -> Receipt | None:
    """Send the whole subscription, changed; None means to look again before anything is said."""
    etag = str((row.get("attributes") or {}).get("etag") or "")
    path = f"subscriptions/{row['id']}"
    answer = await calls.write(
        "PATCH",
        path,
        body=_edited(row, order),
        request=f"{order.key}/{order.verb}/{etag or attempt}",
        etag=etag,
    )
    if answer.is_ok or answer.is_passing or code_of(answer.body) == STALE:
        return None
    return receipt_of(answer, doing=f"changing subscription {row['id']}")


def _edited(row: Row, order: Order) -> Row:
    """Return the whole subscription as it shall be."""
    if order.verb is OrderVerb.CANCEL:
        return row | {"status": "suspended" if is_legacy(row) else "deleted"}
    if order.verb is OrderVerb.STOP_RENEWAL:
        return row | {"autoRenewEnabled": False, "scheduledActions": [CANCEL_AT_TERM]}
    return row | {"quantity": order.sale_seats}


def _is_done(order: Order, row: Row) -> bool:
    status = str(row.get("status") or "").lower()
    if order.verb is OrderVerb.CANCEL:
        return status in ("deleted", "suspended", "disabled")
    if order.verb is OrderVerb.STOP_RENEWAL:
        is_off = not row.get("autoRenewEnabled")
        return is_off and (is_legacy(row) or is_cancelled_at_term(row))
    return int(row.get("quantity") or 0) == order.sale_seats


def _done(order: Order) -> str:
    assert order.sale is not None
    words = {
        OrderVerb.CANCEL: "is cancelled",
        OrderVerb.STOP_RENEWAL: "ends with its term",
    }
    said = words.get(order.verb, f"has {order.sale_seats} seats")
    return f"subscription {order.sale.id} {said}, to be seen before long"


def _refusal(order: Order, row: Row) -> Receipt | None:
    """Return why the change is not sent, judged by what the subscription is right now.

    Source: commerce.md 4.4 (G8, G15) and 3.3 (legacy renewal is not settable), read 2026-11-23.
    """
    name = f"subscription {row['id']}"
    if order.verb is OrderVerb.CANCEL and not is_legacy(row):
        until = moment(row.get("cancellationAllowedUntilDate"))
        is_past_term = not row.get("autoRenewEnabled") and not is_cancelled_at_term(row)
        ends = moment(row.get("commitmentEndDateTime") or row.get("commitmentEndDate"))
        is_extended = is_past_term and ends is not None and ends < order.now
        if not is_extended and (until is None or order.now >= until - MARGIN):
            when = (
                f"could be cancelled until {until:%Y-%m-%d %H:%M} UTC" if until else "has no window"
            )
            return _refused(f"{name} {when}", "plan again: it then ends with its term")
    if order.verb is OrderVerb.STOP_RENEWAL and is_legacy(row):
        return _refused(
            f"{name} is from before new commerce, whose renewal no call turns off",
            "turn its renewal off in Partner Center, then confirm the step",
        )
    grows = order.verb in (OrderVerb.BUY, OrderVerb.RESIZE)
    if grows and str(row.get("status") or "").lower() != "active":
        return _refused(f"{name} is {row.get('status')}", "plan again")
    return None


def _refused(summary: str, task: str) -> Receipt:
    return Receipt(status=ReceiptStatus.REFUSED, summary=summary, task=task)
