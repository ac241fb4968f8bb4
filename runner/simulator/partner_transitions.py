"""Turn a subscription into a higher product, in events that take time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.clock import iso, parse_span
from runner.simulator.graph import new_id
from runner.simulator.messages import Answer
from runner.simulator.partner_carts import check_term
from runner.simulator.partner_catalog import catalog_item_id, product_of
from runner.simulator.partner_codes import ERRORS
from runner.simulator.partner_context import (
    PartnerContext,
    list_answer,
    partner_id,
    read_body,
    subscription_named,
    whole_number,
)
from runner.simulator.partner_errors import refused
from runner.simulator.partner_moves import convert, join, reassign, split
from runner.simulator.partner_paths import (
    TARGET_TEXTS,
    TEXTS,
    existing_targets,
    is_sold_elsewhere,
    source_errors,
    target_errors,
    targets_of,
)
from runner.simulator.partner_rules import check_changeable, check_unlocked
from runner.simulator.partner_state import Event, Transition
from runner.simulator.products import Product
from runner.simulator.subscriptions import TERMS_S, Subscription

ONLY, WITH_USERS = "transition_only", "transition_with_license_transfer"


def list_eligibilities(context: PartnerContext) -> Answer:
    """Return what a subscription may become, now or at its renewal.

    Raises: GraphError 400 for another type of eligibility.
    """
    item = subscription_named(context, context.names[0])
    kind = context.request.query.get("eligibilityType", "immediate").lower()
    if kind not in ("immediate", "scheduled"):
        raise refused(3000, f"'eligibilityType={kind}'.")

    def show(product: Product) -> dict[str, Any]:
        is_now = kind == "immediate" and not item.is_trial
        found = existing_targets(context, item, product=product) if is_now else []
        return {
            "operationId": new_id(context.request.world),
            "catalogItemId": catalog_item_id(context, product),
            "title": product.name,
            "quantity": item.seats,
            "eligibilities": [
                _eligibility(context, item, kind=kind) for kind in (ONLY, WITH_USERS)
            ],
            "subscriptionEligibilities": [_existing(context, item, other) for other in found],
        }

    return list_answer(context, targets_of(context, item), show=show)


def _eligibility(context: PartnerContext, item: Subscription, *, kind: str) -> dict[str, Any]:
    found = source_errors(context, item, moves_users=kind == WITH_USERS)
    errors = [{"code": code, "description": TEXTS[code]} for code in found]
    return {"transitionType": kind, "isEligible": not errors, "errors": errors}


def _existing(context: PartnerContext, item: Subscription, target: Subscription) -> dict[str, Any]:
    found = target_errors(context, item, target)
    return {
        "subscriptionId": partner_id(context.tenant, target),
        "isEligible": not found,
        "subscriptionTermDuration": target.term,
        "errors": [{"code": code, "description": TARGET_TEXTS[code]} for code in found],
    }


def list_transitions(context: PartnerContext) -> Answer:
    """Return the transitions of a subscription with what happened so far."""
    item = subscription_named(context, context.names[0])
    wanted = context.request.query.get("operation-id")
    found = [
        one
        for one in context.state.transitions.get(item.id, [])
        if wanted in (None, one.operation_id)
    ]
    return list_answer(context, found, show=lambda one: _show(one) | {"events": _events(one)})


def begin_transition(context: PartnerContext) -> Answer:
    """Begin to move a subscription, or some of its seats, into a higher product.

    Source: commerce fact sheet, section 3.4, read 2026-11-23.
    Raises: GraphError 400 for what cannot be, 409 while another change is under way.
    """
    item = subscription_named(context, context.names[0])
    wanted = read_body(context)
    product, target = _check(context, item, wanted=wanted)
    transition = Transition(
        operation_id=new_id(context.request.world),
        wanted=wanted,
        events=[Event(name="Conversion", status="Started", at=context.now)],
    )
    context.state.transitions.setdefault(item.id, []).append(transition)
    terms = context.terms(item)
    terms.next_term, terms.actions, item.cancels_at_end = None, [], False

    def act(at: float) -> None:
        transition.events.append(Event(name="Conversion", status="Completed", at=at))
        if target is not None:
            join(context.tenant, item, target=target, seats=wanted["quantity"], now=at)
        elif wanted["quantity"] < item.seats:
            split(context.tenant, item, product=product, seats=wanted["quantity"], now=at)
        else:
            _convert(context, item, product=product, transition=transition, now=at)

    due_at = parse_span(context.entry.conversion).after(context.now)
    context.state.begin(item.id, due_at=due_at, act=act)
    return Answer(body=_show(transition) | {"Events": _events(transition)})


def _check(
    context: PartnerContext, item: Subscription, *, wanted: Mapping[str, Any]
) -> tuple[Product, Subscription | None]:
    for name in ("toCatalogItemId", "quantity", "transitionType"):
        if wanted.get(name) is None:
            raise refused(800002, f"'{name}' is required.")
    check_unlocked(context, item)
    check_changeable(item, now=context.now)
    if wanted["transitionType"] not in (ONLY, WITH_USERS):
        raise refused(900261)
    product = product_of(context, wanted["toCatalogItemId"])
    if product not in targets_of(context, item):
        raise refused(900258, f"'{product.name}'.")
    if whole_number(wanted["quantity"]) > item.seats:
        raise refused(900260, f"The subscription has {item.seats} seats.")
    if source_errors(context, item, moves_users=wanted["transitionType"] == WITH_USERS):
        raise refused(900261, "The subscription is not eligible for it.")
    check_term(
        wanted.get("termDuration", item.term), wanted.get("billingCycle", item.billing_cycle)
    )
    if TERMS_S[wanted.get("termDuration", item.term)] < item.term_s:
        raise refused(900270)
    if wanted.get("toSubscriptionId") is None:
        return product, None
    target = subscription_named(context, str(wanted["toSubscriptionId"]))
    is_known = target in existing_targets(context, item, product=product)
    if not is_known or target_errors(context, item, target):
        raise refused(900259)
    return product, target


def _convert(
    context: PartnerContext,
    item: Subscription,
    *,
    product: Product,
    transition: Transition,
    now: float,
) -> None:
    source, term = item.sku_id, transition.wanted.get("termDuration", item.term)
    if term != item.term:
        item.term, item.term_s = term, TERMS_S[term]
        item.lifecycle_at = now + item.term_s
    item.billing_cycle = str(transition.wanted.get("billingCycle", item.billing_cycle)).lower()
    convert(context.tenant, item, product=product, now=now)
    transition.events.append(Event(name="LicenseReassignment", status="Started", at=now))

    def move(at: float) -> None:
        is_stuck = is_sold_elsewhere(context, product, besides=item)
        done = Event(name="LicenseReassignment", status="Completed", at=at)
        if is_stuck or not context.entry.reassigns:
            done.status = "Failed"
            done.errors.append({"code": "60000", "description": ERRORS[60000][1]})
        else:
            reassign(context.tenant, source=source, target=product.sku_id, now=at)
        transition.events.append(done)

    due_at = parse_span(context.entry.reassignment).after(now)
    context.state.begin(item.id, due_at=due_at, act=move)


def _show(transition: Transition) -> dict[str, Any]:
    return {**transition.wanted, "operationId": transition.operation_id}


def _events(transition: Transition) -> list[dict[str, Any]]:
    latest = {event.name: event for event in transition.events}
    return [
        {
            "name": event.name,
            "status": event.status,
            "timestamp": iso(event.at),
            "errors": event.errors,
        }
        for event in latest.values()
    ]
