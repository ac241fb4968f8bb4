"""Change and cancel subscriptions through Azure billing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.azure_accounts import subscription_name
from runner.simulator.azure_context import BillingContext, subscription_named
from runner.simulator.azure_errors import wrong_request
from runner.simulator.azure_operations import Show, answer_begun, begin
from runner.simulator.azure_rules import (
    check_active,
    check_cancel,
    check_seats,
    check_unlocked,
    whole_number,
)
from runner.simulator.azure_state import Operation
from runner.simulator.azure_views import show_subscription
from runner.simulator.messages import Answer, read_json
from runner.simulator.purchases import resize
from runner.simulator.subscriptions import Buyer, Subscription

WRITABLE = ("quantity", "autoRenew", "displayName", "consumptionCostCenter")
ENDED = ("Suspended", "LockedOut", "Deleted")


def read_properties(context: BillingContext) -> dict[str, Any]:
    """Return what a body wants; a property that is null is not wanted.

    Raises: GraphError 400 when there are no properties.
    """
    properties = read_json(context).get("properties")
    if not isinstance(properties, dict):
        raise wrong_request("The request content was invalid.", code="InvalidRequestContent")
    return {key: to for key, to in properties.items() if to is not None}


def patch_subscription(context: BillingContext) -> Answer:
    """Change the seats, the renewal, the name or the cost center of a subscription."""
    item = subscription_named(context, context.names[-1])
    wanted = read_properties(context)
    check_unlocked(context, item)
    if context.entry.patch == "cost_center":
        kept = {key: to for key, to in wanted.items() if key == "consumptionCostCenter"}
        _apply(context, item, wanted=kept, now=context.now)
        return Answer(body=show_subscription(context, item))
    operation = change(
        context, item, wanted=wanted, show=lambda asked: show_subscription(asked, item)
    )
    return answer_begun(context, operation)


def change(
    context: BillingContext, item: Subscription, *, wanted: Mapping[str, Any], show: Show
) -> Operation:
    """Begin to change a subscription.

    Raises: GraphError 400 when it cannot be changed so, 409 when it is locked.
    """
    check_unlocked(context, item)
    for name in wanted:
        if name not in WRITABLE:
            raise wrong_request(f"The property '{name}' cannot be updated.")
    _check(context, item, wanted=wanted, now=context.now)
    return begin(
        context,
        verb="updateBillingSubscription",
        subject=subscription_name(context.tenant, item),
        act=lambda at: _apply(context, item, wanted=wanted, now=at),
        show=show,
    )


def _check(
    context: BillingContext, item: Subscription, *, wanted: Mapping[str, Any], now: float
) -> None:
    if "quantity" in wanted:
        seats = whole_number(wanted["quantity"])
        check_seats(context.tenant, item, seats=seats, now=now)
    if "autoRenew" in wanted:
        if wanted["autoRenew"] not in ("On", "Off"):
            raise wrong_request(f"The value '{wanted['autoRenew']}' of autoRenew is not valid.")
        check_active(item, now)


def _apply(
    context: BillingContext, item: Subscription, *, wanted: Mapping[str, Any], now: float
) -> None:
    _check(context, item, wanted=wanted, now=now)
    key = subscription_name(context.tenant, item)
    if wanted.get("quantity", item.seats) != item.seats:
        buyer = Buyer(kind="azure")
        resize(context.tenant, item, seats=wanted["quantity"], buyer=buyer, now=now)
    if "autoRenew" in wanted:
        item.set_renewal(now, on=wanted["autoRenew"] == "On")
    if "displayName" in wanted:
        context.state.display_names[key] = str(wanted["displayName"])
    if "consumptionCostCenter" in wanted:
        context.state.cost_centers[key] = str(wanted["consumptionCostCenter"])


def delete_subscription(context: BillingContext) -> Answer:
    """Cancel a subscription; what is over already stays so.

    Raises: GraphError 400 after the days in which it may be cancelled, 409 when it is locked.
    """
    item = subscription_named(context, context.names[-1])
    if item.status(context.now) in ENDED:
        return Answer(status=204)
    check_unlocked(context, item)
    check_cancel(item, context.now)

    def cancel(at: float) -> None:
        check_cancel(item, at)
        item.stop(at, status=context.tenant.entry.purchase.cancelled_as)

    operation = begin(
        context,
        verb="cancelBillingSubscription",
        subject=subscription_name(context.tenant, item),
        act=cancel,
        show=lambda _: None,
    )
    return answer_begun(context, operation)


def refuse_cancel(context: BillingContext) -> Answer:
    """Refuse to cancel what is not usage-based, or not a partner's.

    Source: Azure/azure-rest-api-specs, `BillingSubscriptions_Cancel` 2024-04-01, read
    2026-11-23.
    """
    subscription_named(context, context.names[-1])
    text = "Only usage-based subscriptions of a partner agreement can be cancelled so."
    raise wrong_request(text, code="OperationNotSupported")
