"""Change a subscription that is there: look, change what is meant, and look again."""

from datetime import datetime, timedelta
from typing import Any

from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus
from runner.model.sales import Sale, SaleStatus
from runner.providers.azure_billing.calls import RUNNING, Calls, Row, operation_of
from runner.providers.azure_billing.errors import came_to_nothing, receipt_of, refusal
from runner.providers.azure_billing.sales import sale_of
from runner.providers.graph.reading import backoff_s
from runner.providers.manual import human_task
from runner.providers.web import Answered, refused

TRIES = 3
SOON_S = 300
MARGIN = timedelta(minutes=5)
"""How long before the end of its window the last cancellation is sent.

Source: commerce.md 4.4 (G8: the window minus a margin), read 2026-11-23.
"""


async def change(calls: Calls, order: Order, *, name: str) -> Receipt:
    """Bring a subscription to what the order says, unless it is so already.

    Every change names what shall be, not by how much, so that one sent twice is one.
    Source: commerce.md 3.6 (UNVERIFIED whether it takes effect) and 4.3 (looked at before each
    write), read 2026-11-23.
    """
    answer = Answered(status=0)
    for attempt in range(1, TRIES + 1):
        found = await _look(calls, name)
        if found is None or _is_done(order, found):
            return _settled(order, found, name=name)
        if receipt := _held_back(order, found, now=max(order.now, calls.clock.now())):
            return receipt
        answer = await _sent(calls, order, name=name)
        if not answer.is_passing:
            break
        await calls.clock.sleep(backoff_s(attempt))
    return await _ended(calls, order, answer, name=name)


async def _sent(calls: Calls, order: Order, *, name: str) -> Answered:
    """Send the one call of a verb; a cancellation is never `POST .../cancel`.

    Source: commerce.md 0 (item 4) and 3.6, read 2026-11-23.
    """
    path = f"billingSubscriptions/{name}"
    if order.verb is OrderVerb.CANCEL:
        return await calls.write("DELETE", path)
    wanted: Row = {"quantity": order.sale_seats}
    if order.verb is OrderVerb.STOP_RENEWAL:
        wanted = {"autoRenew": "Off"}
    return await calls.write("PATCH", path, properties=wanted)


async def _ended(calls: Calls, order: Order, answer: Answered, *, name: str) -> Receipt:
    """Follow what was sent to its end, and say what the subscription shows then."""
    doing = f"changing subscription {name}"
    if not answer.is_ok and not answer.is_passing:
        return receipt_of(answer, doing=doing)
    ended = await calls.settled(answer)
    if ended.status == RUNNING and operation_of(answer):
        again_s = max(1, round(calls.pause_s(ended)))
        summary = f"the change of subscription {name} is under way"
        return Receipt(status=ReceiptStatus.ACCEPTED, summary=summary, again_s=again_s)
    if not ended.is_ok and not ended.is_passing and ended.status != 404:
        return came_to_nothing(ended, doing=doing)
    found: Sale | None = None
    for attempt in range(1, TRIES + 1):
        found = await _look(calls, name)
        if found is None or _is_done(order, found):
            return _settled(order, found, name=name)
        await calls.clock.sleep(backoff_s(attempt))
    return _without_effect(order, answer, name=name)


async def _look(calls: Calls, name: str) -> Sale | None:
    """Return the subscription as it is now, None where it is gone."""
    answer = await calls.get(f"billingSubscriptions/{name}")
    if answer.status == 404:
        return None
    if not answer.is_ok or not isinstance(answer.body, dict):
        raise refused(answer, f"reading subscription {name}")
    properties: dict[str, Any] = answer.body.get("properties") or {}
    return sale_of(properties, {}, name=name, now=calls.clock.now())


def _is_done(order: Order, found: Sale) -> bool:
    """Say whether it is as ordered; what grew by another hand is never bought down, nor up."""
    is_over = found.status in (SaleStatus.SUSPENDED, SaleStatus.OVER)
    if order.verb is OrderVerb.CANCEL:
        return is_over
    if order.verb is OrderVerb.STOP_RENEWAL:
        return is_over or found.ends_at_term
    if found.status is not SaleStatus.LIVE:
        return False
    if order.verb is OrderVerb.BUY:
        return found.seats >= order.sale_seats
    return found.seats <= order.sale_seats


def _settled(order: Order, found: Sale | None, *, name: str) -> Receipt:
    """Return that it is as ordered, or that it is gone, which a cancellation wanted."""
    is_ending = order.verb in (OrderVerb.CANCEL, OrderVerb.STOP_RENEWAL)
    if found is None and not is_ending:
        return refusal(f"the billing account shows subscription {name} no more", "plan again")
    said = {OrderVerb.CANCEL: "is cancelled", OrderVerb.STOP_RENEWAL: "does not renew"}
    words = said.get(order.verb, f"has {found.seats if found else 0} seats")
    return Receipt(
        status=ReceiptStatus.ACCEPTED,
        summary=f"subscription {name} {words if found else 'is gone'}, to be seen before long",
        again_s=SOON_S,
    )


def _held_back(order: Order, found: Sale, *, now: datetime) -> Receipt | None:
    """Return why the change is not sent, judged by what the subscription is right now.

    Source: commerce.md 4.2 (Extended Service Term: seats stay, it is cancelled any time), 4.4 (G7,
    G8), B04, C04 and R03, read 2026-11-23.
    """
    if found.locked:
        return Receipt(status=ReceiptStatus.OPEN, summary=found.locked, again_s=SOON_S)
    name, until = f"subscription {found.id}", found.refundable_until
    if order.verb is not OrderVerb.CANCEL and found.status is not SaleStatus.LIVE:
        return refusal(f"{name} is {found.status}", "plan again: only an active one is changed")
    is_extended = not found.renews and not found.ends_at_term
    if order.verb is not OrderVerb.CANCEL and is_extended:
        return refusal(
            f"{name} goes on by the month since its term ended", "cancel it with `when: now`"
        )
    is_open = is_extended or (until is not None and now < until - MARGIN)
    when = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "in no window that is open now"
    if order.verb is OrderVerb.CANCEL and not is_open:
        return refusal(
            f"{name} could be cancelled {when}", "plan again: it then ends with its term"
        )
    if order.verb is OrderVerb.RESIZE and not (is_open and found.renews):
        ends = f"{found.term_ends_at:%Y-%m-%d}" if found.term_ends_at else "its end"
        why = (
            f"could give seats up {when}" if found.renews else "does not renew, so keeps its seats"
        )
        return refusal(
            f"{name} {why}", f"plan again for the next term, the present one runs to {ends}"
        )
    return None


def _without_effect(order: Order, answer: Answered, *, name: str) -> Receipt:
    """Return that the call went out and the subscription shows nothing of it: a person acts.

    Source: commerce.md 7 (item 1: whether writes take effect on such seats), read 2026-11-23.
    """
    said = f"Azure accepted the change of subscription {name} and it shows nothing of it"
    if not answer.is_ok:
        said = f"nobody knows whether the change of subscription {name} was taken: {answer.said}"
    return Receipt(
        status=ReceiptStatus.DOUBTFUL,
        summary=said,
        task=human_task(order).task,
        again_s=SOON_S,
    )
