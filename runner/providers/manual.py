"""Write the task for the person who can buy, resize or cancel where Microsoft offers no API."""

from datetime import datetime
from zoneinfo import ZoneInfo

from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus, Seller
from runner.providers.sellers import by_itself, cancels_whole, other_sellers, page, role
from runner.providers.upgrade_tab import tab_lines

SEATS_TO_CANCEL_ONLINE = 25
"""Source: commerce.md C02: above this a direct subscription is reduced first, read 2026-11-22."""


def human_task(order: Order) -> Receipt:
    """Write the task for a person; the same order gives the same task.

    Nothing is called; the task says what to do, and the tenant shows when it has been done.
    Source: commerce.md 3.7 (what a human task must state), read 2026-11-23.
    """
    write = {
        OrderVerb.BUY: _buy,
        OrderVerb.RESIZE: _resize,
        OrderVerb.RESIZE_AT_RENEWAL: _resize_at_renewal,
        OrderVerb.CANCEL: _cancel,
        OrderVerb.STOP_RENEWAL: _stop_renewal,
        OrderVerb.TRANSITION: _transition,
    }[order.verb]
    summary, acts, watched = write(order)
    lines = [
        *_under("who", [role(order)]),
        *_under("do", acts),
        *tab_lines(order),
        *_under("or", by_itself(order)),
        *_under("but", other_sellers(order)),
        f"watched  {watched}",
        f"{_until(order)}",
        f"then     upgrade-runner confirm {order.step}   (if the tenant does not show it yet)",
        "abort    do nothing, and take the entry out of the playbook",
        f"asked    {_moment(order.opened_at, order.timezone)}{_confirmed(order)}",
    ]
    return Receipt(status=ReceiptStatus.OPEN, summary=summary, task="\n".join(lines))


def _under(word: str, facts: list[str]) -> list[str]:
    return [f"{'' if place else word:<8} {fact}" for place, fact in enumerate(facts)]


def _moment(at: datetime, timezone: str) -> str:
    return at.astimezone(ZoneInfo(timezone)).strftime(f"%a %Y-%m-%d %H:%M ({timezone})")


def _until(order: Order) -> str:
    word = "overdue" if order.deadline_at < order.now else "until"
    return f"{word:<8} {_moment(order.deadline_at, order.timezone)}"


def _confirmed(order: Order) -> str:
    if order.confirmed_at is None:
        return ""
    return f", said to be done {_moment(order.confirmed_at, order.timezone)}"


def _buy(order: Order) -> tuple[str, list[str], str]:
    more = order.seats - order.seats_now
    if order.confirmed_at:
        summary = f"bought by a person's word; {order.seats} seats are not visible yet"
    else:
        summary = f"a person has to buy {more} seats of {order.product}"
    if order.seats_now:
        act = f"raise {order.product} from {order.seats_now} to {order.seats} seats in all"
    else:
        act = f"buy {order.product} ({order.part_number}), {order.seats} seats in all"
    acts = [act, *_terms(order), *page(order)]
    acts.append("if it has been bought already, only wait: a credit check takes 2 business days")
    watched = f"directory/subscriptions: {order.part_number} with {order.seats} seats, Enabled"
    return summary, acts, watched


def _terms(order: Order) -> list[str]:
    if order.purchase is None:
        return []
    paid = f", paid by {order.purchase.payment}" if order.purchase.payment else ""
    return [f"term {order.purchase.term}, billed {order.purchase.billing}{paid}"]


def _resize(order: Order) -> tuple[str, list[str], str]:
    summary = f"a person has to reduce {order.product} to {order.seats} seats"
    acts = [f"reduce {order.product} from {order.seats_now} to {order.seats} seats in all"]
    if order.renews_at and order.sale is None:
        acts.append(
            "where that is refused outside of the first 7 days of a term: schedule it for the "
            f"renewal on {order.renews_at:%Y-%m-%d}, before that day"
        )
    watched = f"directory/subscriptions: {order.part_number} with {order.seats} seats"
    return summary, [*acts, *page(order)], watched


def _resize_at_renewal(order: Order) -> tuple[str, list[str], str]:
    day = f" on {order.renews_at:%Y-%m-%d}" if order.renews_at else ""
    summary = f"a person has to have {order.product} renew with {order.seats} seats"
    acts = [
        f"before it renews{day}, schedule {order.product}, subscription {order.subscription}, "
        f"for {order.seats} seats in all from the next term on",
        *page(order),
        "leave its renewal on, and change nothing else of it until then",
    ]
    watched = f"the subscription at its channel: {order.seats} seats for the next term"
    return summary, acts, watched


def _cancel(order: Order) -> tuple[str, list[str], str]:
    summary = f"a person has to cancel {order.product}"
    acts: list[str] = []
    if order.confirmed_at:
        summary = f"cancelled by a person's word; {order.product} is still live"
    if order.seats_now > SEATS_TO_CANCEL_ONLINE and not cancels_whole(order):
        if not order.confirmed_at:
            first = f"reduce {order.product} to {SEATS_TO_CANCEL_ONLINE} seats"
            summary = f"a person has to {first}, then cancel it"
        acts.append(
            f"1. reduce {order.product} from {order.seats_now} to {SEATS_TO_CANCEL_ONLINE} seats: "
            "above that it cannot be cancelled online"
        )
        acts.append(f"2. cancel {order.product}, subscription {order.subscription}")
    else:
        acts.append(f"cancel {order.product}, subscription {order.subscription}")
    if order.seller is Seller.AGREEMENT:
        acts.append("it can be cancelled for 7 days after it began or renewed, not later")
    else:
        acts.append(
            "where that is refused more than 7 days after it began or renewed: state "
            "`when: end_of_term` in the playbook, which lets it end with its term"
        )
    acts += [*page(order), "leave your domains where they are, and delete nothing"]
    watched = f"directory/subscriptions: {order.subscription} Suspended, LockedOut or gone"
    return summary, acts, watched


def _stop_renewal(order: Order) -> tuple[str, list[str], str]:
    summary = f"a person has to turn off recurring billing of {order.product}"
    acts = [
        f"turn off recurring billing of {order.product}, subscription {order.subscription}",
        *page(order),
        "if you are asked what follows the term, choose that it ends, not that it is extended",
        "a change scheduled for the renewal is deleted by this",
    ]
    watched = "nothing: no page that can be read shows it, so confirm it"
    if order.sale is not None and not order.sale.is_legacy:
        watched = "the subscription at its channel: it does not renew, and ends with its term"
    return summary, acts, watched


def _transition(order: Order) -> tuple[str, list[str], str]:
    summary = f"a person has to upgrade to {order.product}"
    acts = [
        f"open subscription {order.subscription}, choose Upgrade, then {order.product}",
        *page(order),
        "every service is switched on for every user by this; it is repaired by the next run",
    ]
    watched = f"directory/subscriptions: {order.part_number} with {order.seats} seats, Enabled"
    return summary, acts, watched
