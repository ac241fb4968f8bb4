"""Change a subscription that is there: read it whole, change it, send it whole, read it again."""

from datetime import timedelta
from typing import Any

from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus
from runner.providers.graph.reading import backoff_s
from runner.providers.moments import moment
from runner.providers.partner_center.calls import Calls
from runner.providers.partner_center.errors import STALE, code_of, receipt_of
from runner.providers.partner_center.references import (
    Reference,
    answered,
    begun,
    read_reference,
)
from runner.providers.partner_center.renewing import misfit, next_term, renews_so
from runner.providers.partner_center.sales import (
    etag_of,
    is_cancelled_at_term,
    is_legacy,
    term_end,
)
from runner.providers.web import Answered, refused

TRIES = 3
SOON_S = 120
MARGIN = timedelta(minutes=5)
CHANGED = 412
"""What HTTP says of an etag that is stale, as Partner Center says it with a code."""

PATIENCE = timedelta(hours=1)
"""How long a change that was taken may go unseen before it is sent again."""

Row = dict[str, Any]

CANCEL_AT_TERM = {"scheduleType": "TermEnd", "actionType": "Cancel"}
"""Source: commerce.md 3.4 (End of term, SECONDARY), read 2026-11-23."""

_ENDINGS = (OrderVerb.CANCEL, OrderVerb.STOP_RENEWAL)


async def change(calls: Calls, order: Order, *, item: str = "") -> Receipt:
    """Bring a subscription to what the order says, unless it is so already.

    `item` is what the catalog calls the product right now, for what it shall renew with.
    References: `sent:TIME` once it was taken and does not show, `again:TIME` after a no.
    Source: commerce.md 3.4 (a body that is not whole turns the renewal off), read 2026-11-23.
    """
    assert order.sale is not None
    now = read_reference(order.reference)
    for attempt in range(1, TRIES + 1):
        row = await _read(calls, order)
        if row is None:
            return _gone(order)
        if _is_done(order, row):
            return _accepted(order)
        if now.kind == "sent" and now.at is not None and order.now < now.at + PATIENCE:
            return _unseen(order, now)
        if refusal := _refusal(order, row):
            return refusal
        wanted = _edited(row, order, item=item)
        answer = await _send(calls, order, wanted, tries=now.answered)
        if answer.is_ok:
            return await _read_back(calls, order)
        is_stale = answer.status == CHANGED or code_of(answer.body) == STALE
        if not answer.is_passing and not is_stale:
            reference = str(answered(order.now, after=now))
            return receipt_of(answer, doing=f"changing {_name(order)}", reference=reference)
        await calls.clock.sleep(backoff_s(attempt))
    return await _last_look(calls, order)


async def _send(calls: Calls, order: Order, row: Row, *, tries: int) -> Answered:
    """Send the whole subscription as it shall be, under a key that is one until it is answered."""
    etag = etag_of(row)
    return await calls.write(
        "PATCH",
        f"subscriptions/{row['id']}",
        body=row,
        request=f"{order.key}/{order.verb}/{etag}/{tries}",
        etag=etag,
    )


async def _read(calls: Calls, order: Order) -> Row | None:
    """Return the subscription as it is now, None where it is no more.

    Raises: ProviderError when the answer is another no.
    """
    assert order.sale is not None
    answer = await calls.get(f"subscriptions/{order.sale.id}")
    if answer.status == 404:
        return None
    if not answer.is_ok or not isinstance(answer.body, dict):
        raise refused(answer, f"reading {_name(order)}")
    return answer.body


async def _read_back(calls: Calls, order: Order) -> Receipt:
    """Say whether a change that was taken shows; 202 means that it takes its time."""
    row = await _read(calls, order)
    if row is None or _is_done(order, row):
        return _accepted(order)
    following = answered(order.now, after=read_reference(order.reference))
    return _unseen(order, begun("sent", order.now, after=following))


async def _last_look(calls: Calls, order: Order) -> Receipt:
    row = await _read(calls, order)
    if row is not None and _is_done(order, row):
        return _accepted(order)
    return Receipt(
        status=ReceiptStatus.DOUBTFUL,
        summary=f"nobody knows whether the change of {_name(order)} was taken",
        reference=order.reference,
        again_s=SOON_S,
    )


def _accepted(order: Order) -> Receipt:
    words = {
        OrderVerb.CANCEL: "is cancelled",
        OrderVerb.STOP_RENEWAL: "ends with its term",
        OrderVerb.RESIZE_AT_RENEWAL: f"renews with {order.sale_seats} seats",
    }
    said = words.get(order.verb, f"has {order.sale_seats} seats")
    return Receipt(status=ReceiptStatus.ACCEPTED, summary=f"{_name(order)} {said}", again_s=SOON_S)


def _unseen(order: Order, reference: Reference) -> Receipt:
    """Return that a change was taken and does not show; a person looks where that lasts."""
    is_long = order.now - order.opened_at > PATIENCE
    said = f"the change of {_name(order)} was taken and does not show yet"
    return Receipt(
        status=ReceiptStatus.ACCEPTED,
        summary=said,
        task=f"see in Partner Center why {_name(order)} is as it was" if is_long else "",
        reference=str(reference),
        again_s=SOON_S,
    )


def _gone(order: Order) -> Receipt:
    if order.verb in _ENDINGS:
        return _accepted(order)
    return _refused(f"{_name(order)} is there no more", "plan again")


def _edited(row: Row, order: Order, *, item: str) -> Row:
    """Return the whole subscription as it shall be."""
    if order.verb is OrderVerb.CANCEL:
        return row | {"status": "suspended" if is_legacy(row) else "deleted"}
    if order.verb is OrderVerb.STOP_RENEWAL:
        ending = {"autoRenewEnabled": False, "scheduledActions": [CANCEL_AT_TERM]}
        return row | ending | {"scheduledNextTermInstructions": None}
    if order.verb is OrderVerb.RESIZE_AT_RENEWAL:
        return row | {"scheduledNextTermInstructions": next_term(row, order, item=item)}
    return row | {"quantity": order.sale_seats}


def _is_done(order: Order, row: Row) -> bool:
    """Say whether nothing is left to send; nobody's seats are reduced by buying or the reverse."""
    status = str(row.get("status") or "").lower()
    if order.verb is OrderVerb.CANCEL:
        return status in ("deleted", "suspended", "disabled")
    if order.verb is OrderVerb.STOP_RENEWAL:
        is_off = not row.get("autoRenewEnabled")
        return is_off and (is_legacy(row) or is_cancelled_at_term(row))
    if order.verb is OrderVerb.RESIZE_AT_RENEWAL:
        return renews_so(order, row)
    seats = int(row.get("quantity") or 0)
    return seats >= order.sale_seats if order.verb is OrderVerb.BUY else seats <= order.sale_seats


def _refusal(order: Order, row: Row) -> Receipt | None:
    """Return why the change is not sent, judged by what the subscription is right now.

    Source: commerce.md 4.4 (G8, G15) and 3.3 (legacy renewal is not settable), read 2026-11-23.
    """
    if order.verb is OrderVerb.CANCEL:
        return None if is_legacy(row) else _closed(order, row)
    if order.verb is OrderVerb.STOP_RENEWAL:
        if not is_legacy(row):
            return None
        return _refused(
            f"{_name(order)} is from before new commerce, whose renewal no call turns off",
            "turn its renewal off in Partner Center, then confirm the step",
        )
    if str(row.get("status") or "").lower() != "active":
        return _refused(f"{_name(order)} is {row.get('status')}", "plan again")
    if order.verb is OrderVerb.RESIZE_AT_RENEWAL:
        return misfit(order, row)
    return _too_many(order, row) if order.verb is OrderVerb.RESIZE else None


def _closed(order: Order, row: Row) -> Receipt | None:
    """Return that its window has passed, unless it goes on by the month after its term."""
    until, ends = moment(row.get("cancellationAllowedUntilDate")), term_end(row)
    is_kept = row.get("autoRenewEnabled") or is_cancelled_at_term(row)
    if not is_kept and ends is not None and ends < order.now:
        return None
    if until is not None and order.now < until - MARGIN:
        return None
    when = f"could be cancelled until {until:%Y-%m-%d %H:%M} UTC" if until else "has no window"
    return _refused(f"{_name(order)} {when}", "plan again: it then ends with its term")


def _too_many(order: Order, row: Row) -> Receipt | None:
    """Return that so many seats cannot be given up now, where it says how many can.

    Source: commerce.md 3.4 (`refundableQuantity`), read 2026-11-23.
    """
    most = (row.get("refundableQuantity") or {}).get("totalQuantity")
    wanted = int(row.get("quantity") or 0) - order.sale_seats
    if is_legacy(row) or not isinstance(most, int) or wanted <= most:
        return None
    ends = term_end(row)
    when = f" on {ends:%Y-%m-%d}" if ends else ""
    said = f"{most} of the {wanted} seats of {_name(order)} can be given up now"
    return _refused(said, f"reduce it at its renewal{when}")


def _name(order: Order) -> str:
    assert order.sale is not None
    return f"subscription {order.sale.id}"


def _refused(summary: str, task: str) -> Receipt:
    return Receipt(status=ReceiptStatus.REFUSED, summary=summary, task=task)
