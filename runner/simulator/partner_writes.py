"""Change a subscription by the whole of it that is sent back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.clock import parse_span
from runner.simulator.messages import Answer
from runner.simulator.partner_carts import check_term
from runner.simulator.partner_context import (
    PREFIX,
    PartnerContext,
    partner_id,
    read_body,
    subscription_named,
)
from runner.simulator.partner_errors import refused
from runner.simulator.partner_reads import is_child
from runner.simulator.partner_renewals import check_instructions, schedule
from runner.simulator.partner_rules import (
    check_actions,
    check_changeable,
    check_seats,
    check_status,
    check_unlocked,
)
from runner.simulator.partner_views import etag_of, show_subscription, status_of
from runner.simulator.purchases import resize
from runner.simulator.subscriptions import GONE, Buyer, Subscription

UPDATES = 1200


def patch_subscription(context: PartnerContext) -> Answer:
    """Put a subscription into the state that the body says.

    What the body does not say of renewal, instructions and actions is switched off.
    Source: commerce fact sheet, section 3.4, read 2026-11-23.
    Raises: GraphError for what may not be changed so, or not now.
    """
    item = subscription_named(context, context.names[0])
    wanted = read_body(context)
    terms = context.terms(item)
    tag = context.request.headers.get("if-match", "").strip('"')
    if tag and tag != etag_of(context, item):
        raise refused(2055)
    if terms.updates >= UPDATES:
        raise refused(900311)
    check_unlocked(context, item)
    _check(context, item, wanted=wanted)
    terms.updates += 1
    if context.entry.answers == "at_once":
        _apply(context, item, wanted=wanted, now=context.now)
        return Answer(body=show_subscription(context, item))
    context.state.begin(
        item.id,
        due_at=parse_span(context.entry.operation).after(context.now),
        act=lambda at: _apply(context, item, wanted=wanted, now=at),
    )
    key = partner_id(context.tenant, item)
    where = f"{PREFIX}/v1/customers/{context.tenant.id}/subscriptions/{key}"
    return Answer(status=202, headers={"Location": f"{context.request.root}{where}"})


def _check(context: PartnerContext, item: Subscription, *, wanted: Mapping[str, Any]) -> None:
    key = partner_id(context.tenant, item)
    if str(wanted.get("id", key)).lower() != key:
        raise refused(3000, "'id' is that of another subscription.")
    status = wanted.get("status", status_of(item, context.now))
    if status != status_of(item, context.now):
        check_status(context, item, to=status)
        return
    check_changeable(item, now=context.now)
    seats = wanted.get("quantity", item.seats)
    if seats != item.seats:
        check_seats(item, seats=seats, now=context.now)
    if item.channel == "csp":
        renews = wanted.get("autoRenewEnabled") is True
        check_term(
            wanted.get("termDuration", item.term), wanted.get("billingCycle", item.billing_cycle)
        )
        instructions = wanted.get("scheduledNextTermInstructions")
        if instructions != context.terms(item).next_term:
            check_instructions(context, instructions, renews=renews)
        check_actions(wanted.get("scheduledActions") or [], renews=renews)


def _apply(
    context: PartnerContext, item: Subscription, *, wanted: Mapping[str, Any], now: float
) -> None:
    status = wanted.get("status", status_of(item, now))
    if "friendlyName" in wanted:
        context.terms(item).name = wanted["friendlyName"]
    if status != status_of(item, now):
        _move(context, item, to=status, now=now)
        return
    seats = wanted.get("quantity", item.seats)
    is_changed = seats != item.seats
    if is_changed:
        buyer = Buyer(kind="partner", key=context.key)
        resize(context.tenant, item, seats=seats, buyer=buyer, now=now)
    if item.channel != "csp":
        return
    renews = wanted.get("autoRenewEnabled") is True
    if renews != item.renews:
        item.set_renewal(now, on=renews)
    terms = context.terms(item)
    terms.actions = list(wanted.get("scheduledActions") or [])
    item.cancels_at_end = not renews and any(
        action["actionType"] == "Cancel" for action in terms.actions
    )
    is_dropped = is_changed or not renews
    instructions = None if is_dropped else wanted.get("scheduledNextTermInstructions")
    schedule(context, item, instructions=instructions, now=now)


def _move(context: PartnerContext, item: Subscription, *, to: str, now: float) -> None:
    terms = context.terms(item)
    if to == "active":
        item.stopped = None
        return
    for child in context.tenant.subscriptions:
        if is_child(child, item) and child.stopped is None:
            child.stop(now, status="Suspended")
    terms.next_term, terms.actions, item.cancels_at_end = None, [], False
    if item.channel == "csp":
        item.set_renewal(now, on=False)
    item.stop(now, status=GONE if to == "deleted" else "Suspended")
