"""Show customers, subscriptions and orders as Partner Center does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from runner.simulator.catalog import catalog_id
from runner.simulator.clock import iso
from runner.simulator.partner_catalog import NEW_COMMERCE, catalog_item_id
from runner.simulator.partner_context import PartnerContext, partner_id
from runner.simulator.partner_state import Order
from runner.simulator.parts import PARTNER, object_id
from runner.simulator.products import load_products
from runner.simulator.subscriptions import GONE, WINDOW_S, Subscription
from runner.simulator.tenant import Tenant

# Source: commerce fact sheet, section 4.1, read 2026-11-23.
STATUS = {
    "Enabled": "active",
    "Warning": "expired",
    "Suspended": "suspended",
    "LockedOut": "disabled",
    "Deleted": "deleted",
}


def show_customer(tenant: Tenant) -> dict[str, Any]:
    """Return a tenant as a customer of the partner."""
    return {
        "id": tenant.id,
        "companyProfile": {
            "tenantId": tenant.id,
            "domain": tenant.domain,
            "companyName": tenant.display_name,
        },
        "relationshipToPartner": "reseller",
        "attributes": {"objectType": "Customer"},
    }


def status_of(item: Subscription, at: float) -> str:
    """Return where a subscription stands, in the words of Partner Center."""
    status = item.status(at)
    if not item.is_checked(at) and status != GONE:
        return "pending"
    if status == "Suspended" and item.stopped is None:
        return "disabled"
    return STATUS[status]


def show_subscription(context: PartnerContext, item: Subscription) -> dict[str, Any]:
    """Return a subscription with all that a change of it sends back.

    Source: commerce fact sheet, section 3.4, read 2026-11-23; that a legacy subscription has
    no product type and no window is inferred there.
    """
    at = context.as_of
    product = load_products().by_id[item.sku_id]
    shown = {
        "id": partner_id(context.tenant, item),
        "offerId": object_id("catalog", "offer", key=item.sku_id),
        "offerName": product.name,
        "friendlyName": context.terms(item).name or product.name,
        "quantity": item.seats_at(at),
        "unitType": "Licenses",
        "parentSubscriptionId": item.parent_id,
        "creationDate": iso(item.created_at),
        "effectiveStartDate": iso(item.term_start(at)),
        "commitmentEndDate": iso(item.term_end(at)),
        "status": status_of(item, at),
        "autoRenewEnabled": item.renews,
        "isTrial": item.is_trial,
        "billingType": "license",
        "billingCycle": item.billing_cycle,
        "termDuration": item.term,
        "isMicrosoftProduct": True,
        "partnerId": PARTNER,
        "contractType": "subscription",
        "attributes": {"etag": etag_of(context, item), "objectType": "Subscription"},
    }
    return shown | _new_commerce(context, item) if item.channel == "csp" else shown


def _new_commerce(context: PartnerContext, item: Subscription) -> dict[str, Any]:
    at, terms = context.as_of, context.terms(item)
    end = iso(item.window_end(at))
    lots = list(refundable(item, at))
    product = load_products().by_id[item.sku_id]
    is_open = at < item.window_end(at) and item.status(at) == "Enabled"
    return {
        "offerId": catalog_item_id(context, product),
        "productType": NEW_COMMERCE,
        "commitmentEndDateTime": iso(item.term_end(at)),
        "cancellationAllowedUntilDate": end,
        "refundOptions": [{"sequenceId": 0, "type": "Full", "expiresAfter": end}]
        if is_open
        else [],
        "refundableQuantity": {
            "totalQuantity": sum(seats for seats, _ in lots),
            "details": [
                {"quantity": seats, "allowedUntilDateTime": iso(until)} for seats, until in lots
            ],
        },
        "scheduledNextTermInstructions": terms.next_term,
        "scheduledActions": terms.actions,
        "renewalTermDuration": item.term,
        "attributes": {
            "etag": etag_of(context, item),
            "objectType": "Subscription",
            "productId": catalog_id(product)[0],
        },
    }


def refundable(item: Subscription, at: float) -> Iterator[tuple[int, float]]:
    """Yield the seats that may still be given up, and until when.

    Source: commerce fact sheet, section 3.4, read 2026-11-23: seven days after the start of
    the term or after seats were added. Seats given up are the newest.
    """
    if item.status(at) != "Enabled" or item.is_extended(at):
        return
    start = item.term_start(at)
    lots: list[tuple[int, float]] = [(item.seats_at(start), item.window_end(at))]
    after = [seats for _, seats in item.seat_history[1:]] + [item.seats]
    for (moment, before), seats in zip(item.seat_history, after, strict=False):
        if not start < moment <= at:
            continue
        if seats > before:
            lots.append((seats - before, moment + WINDOW_S))
        fewer = before - seats
        while fewer > 0 and lots:
            last, until = lots.pop()
            if last > fewer:
                lots.append((last - fewer, until))
            fewer -= last
    for seats, until in lots:
        if at < until:
            yield seats, until


def etag_of(context: PartnerContext, item: Subscription) -> str:
    """Return the tag that changes with every change of a subscription, whoever makes it."""
    at, terms = context.as_of, context.terms(item)
    seen = (
        item.sku_id,
        item.seats_at(at),
        sum(moment <= at for moment, _ in item.seat_history),
        item.status(at),
        item.renews,
        item.cancels_at_end,
        item.term_end(at),
        terms.next_term,
        terms.actions,
        terms.updates,
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:24]


def show_order(context: PartnerContext, order: Order) -> dict[str, Any]:
    """Return an order; it is completed when every credit check of it is over."""
    return {
        "id": order.id,
        "referenceCustomerId": context.tenant.id,
        "billingCycle": order.lines[0].billing_cycle,
        "creationDate": iso(order.created_at),
        "status": "completed" if is_checked(context, order) else context.entry.review,
        "transactionType": "UserPurchase",
        "lineItems": [
            {
                "lineItemNumber": number,
                "offerId": line.offer_id,
                "subscriptionId": partner_id(context.tenant, bought),
                "quantity": line.quantity,
                "termDuration": line.term,
                "billingCycle": line.billing_cycle,
                "transactionType": "New",
            }
            for number, (line, bought) in enumerate(
                zip(order.lines, bought_in(context, order), strict=True)
            )
        ],
        "attributes": {"objectType": "Order"},
    }


def is_checked(context: PartnerContext, order: Order) -> bool:
    """Return whether every credit check of an order is over."""
    return all(item.is_checked(context.as_of) for item in bought_in(context, order))


def bought_in(context: PartnerContext, order: Order) -> list[Subscription]:
    """Return what came of the lines of an order."""
    there = {item.id: item for item in context.tenant.subscriptions}
    return [there[line.subscription_id] for line in order.lines]
