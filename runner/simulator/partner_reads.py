"""Answer what Partner Center knows of customers, subscriptions and orders."""

from __future__ import annotations

from typing import Any

from runner.simulator.clock import iso, parse_span
from runner.simulator.contracts_api import customers_of
from runner.simulator.messages import Answer
from runner.simulator.partner_context import (
    PartnerContext,
    list_answer,
    sold_subscriptions,
    subscription_named,
)
from runner.simulator.partner_errors import refused
from runner.simulator.partner_state import Order
from runner.simulator.partner_views import (
    bought_in,
    show_customer,
    show_order,
    show_subscription,
)
from runner.simulator.subscriptions import Subscription


def list_customers(context: PartnerContext) -> Answer:
    """Return the tenants that are customers of the partner."""
    return list_answer(context, customers_of(context.request.world), show=show_customer)


def get_customer(context: PartnerContext) -> Answer:
    """Return one customer."""
    address = {"defaultAddress": {"country": context.tenant.entry.country}}
    return Answer(body={**show_customer(context.tenant), "billingProfile": address})


def list_subscriptions(context: PartnerContext) -> Answer:
    """Return what the partner sold to a customer, deleted or not."""
    return list_answer(
        context, sold_subscriptions(context), show=lambda item: show_subscription(context, item)
    )


def get_subscription(context: PartnerContext) -> Answer:
    """Return one subscription with its entity tag."""
    shown = show_subscription(context, subscription_named(context, context.names[0]))
    return Answer(body=shown, headers={"ETag": shown["attributes"]["etag"]})


def list_add_ons(context: PartnerContext) -> Answer:
    """Return the legacy add-ons of a subscription; others are subscriptions of their own."""
    parent = subscription_named(context, context.names[0])
    children = [item for item in sold_subscriptions(context) if is_child(item, parent)]
    return list_answer(context, children, show=lambda item: show_subscription(context, item))


def is_child(item: Subscription, parent: Subscription) -> bool:
    """Return whether a subscription is an add-on of another."""
    return item.parent_id in (parent.id, parent.commerce_id)


def list_orders(context: PartnerContext) -> Answer:
    """Return the orders that the list knows; new ones are late."""
    lag = parse_span(context.entry.order_lag)
    known = [one for one in context.state.orders if lag.after(one.created_at) <= context.as_of]
    return list_answer(context, known, show=lambda order: show_order(context, order))


def get_order(context: PartnerContext) -> Answer:
    """Return one order, at once."""
    return Answer(body=show_order(context, _order(context)))


def get_order_provisioning(context: PartnerContext) -> Answer:
    """Return per line of an order whether it is fulfilled."""
    order = _order(context)
    lines = list(enumerate(zip(order.lines, bought_in(context, order), strict=True)))

    def show(entry: tuple[int, Any]) -> dict[str, Any]:
        number, (line, item) = entry
        status = "fulfilled" if item.is_checked(context.as_of) else "pending"
        part = {"quantity": line.quantity, "status": status}
        return {
            "lineItemNumber": number,
            "status": status,
            "quantityProvisioningInformation": [part],
        }

    return list_answer(context, lines, show=show)


def get_provisioning(context: PartnerContext) -> Answer:
    """Return whether a subscription is set up, as of the last time that was looked at.

    Source: commerce fact sheet, section 3.4, read 2026-11-23 (refreshed every 15 minutes).
    """
    item = subscription_named(context, context.names[0])
    refresh = parse_span(context.entry.refresh).after(0.0)
    age = max(0.0, context.as_of - item.created_at)
    seen = item.created_at + (age // refresh * refresh if refresh else age)
    fails = context.entry.setup == "fails" and item.created_at < seen
    is_ready = item.is_checked(seen) and item.is_provisioned(seen)
    return Answer(
        body={
            "skuId": item.sku_id,
            "status": "failed" if fails else "success" if is_ready else "pending",
            "quantity": item.seats_at(seen),
            "endDate": iso(item.term_end(context.as_of)),
        }
    )


def _order(context: PartnerContext) -> Order:
    name = context.names[0].lower()
    for order in context.state.orders:
        if order.id == name:
            return order
    raise refused(1000, f"Order '{name}'.")
