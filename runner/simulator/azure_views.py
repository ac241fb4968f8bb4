"""Show subscriptions and aliases as Azure billing does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from runner.simulator.azure_accounts import EA, subscription_name
from runner.simulator.azure_context import BillingContext
from runner.simulator.azure_state import Alias
from runner.simulator.catalog import CYCLES, catalog_id
from runner.simulator.parts import object_id
from runner.simulator.products import Product, load_products
from runner.simulator.subscriptions import Subscription

STATUS = {
    "Warning": "Expired",
    "Suspended": "Disabled",
    "LockedOut": "Cancelled",
    "Deleted": "Deleted",
}

FREQUENCIES = {cycle: span for span, cycle in CYCLES.items()}


def show_subscription(context: BillingContext, item: Subscription) -> dict[str, Any]:
    """Return one subscription with all that a buyer reads before a write.

    Source: Azure/azure-rest-api-specs, Microsoft.Billing 2024-04-01, `BillingSubscription` and
    its examples, read 2026-11-23.
    """
    key = subscription_name(context.tenant, item)
    changed = max([item.created_at, *(at for at, _ in item.seat_history if at <= context.as_of)])
    return {
        "id": f"{context.billing.id}/billingSubscriptions/{key}",
        "name": key,
        "type": "Microsoft.Billing/billingAccounts/billingSubscriptions",
        "properties": _properties(context, item),
        "systemData": {"createdAt": moment(item.created_at), "lastModifiedAt": moment(changed)},
    }


def show_alias(context: BillingContext, alias: Alias) -> dict[str, Any]:
    """Return an alias; what was bought is in it once it can be seen."""
    shown: dict[str, Any] = {"provisioningState": "Provisioning"}
    if alias.has_failed:
        shown = {"provisioningState": "Failed"}
    for item in context.tenant.subscriptions:
        if alias.subscription_id == item.id and item.visible_at <= context.as_of:
            shown = _properties(context, item)
            shown["billingSubscriptionId"] = subscription_name(context.tenant, item)
        elif alias.subscription_id == item.id:
            shown = {"provisioningState": "Pending"}
    path = f"{context.billing.id}/billingSubscriptionAliases/{alias.name}"
    kind = "Microsoft.Billing/billingAccounts/billingSubscriptionAliases"
    return {"id": path, "name": alias.name, "type": kind, "properties": shown}


def usage_based(context: BillingContext) -> Iterator[dict[str, Any]]:
    """Yield the Azure subscriptions of an account: they have no seats and no term."""
    for number in range(context.entry.usage_based):
        key = object_id(context.tenant.name, "azure plan", key=number)
        properties = {
            "displayName": f"Azure subscription {number + 1}",
            "productCategory": "UsageBased",
            "productType": "Azure Plan",
            "skuId": "0001",
            "skuDescription": "Microsoft Azure Plan",
            "status": "Active",
            "subscriptionId": key,
            **_payer(context),
        }
        path = f"{context.billing.id}/billingSubscriptions/{key}"
        kind = "Microsoft.Billing/billingAccounts/billingSubscriptions"
        yield {"id": path, "name": key, "type": kind, "properties": properties}


def moment(at: float) -> str:
    """Return a time as Azure billing writes it, with seven digits after the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def is_locked(context: BillingContext, item: Subscription) -> bool:
    """Return whether an operation or a credit check forbids writes."""
    is_busy = context.state.is_busy(subscription_name(context.tenant, item))
    return is_busy or not item.is_checked(context.as_of)


def _payer(context: BillingContext) -> dict[str, Any]:
    account = context.billing
    return {
        "billingProfileId": account.profile_id,
        "billingProfileDisplayName": account.display_name,
        "billingProfileName": account.profile,
        "invoiceSectionId": account.section_id,
        "invoiceSectionDisplayName": account.display_name,
        "invoiceSectionName": account.section,
    }


def _properties(context: BillingContext, item: Subscription) -> dict[str, Any]:
    state, at = context.state, context.as_of
    key = subscription_name(context.tenant, item)
    product = load_products().by_id[item.sku_id]
    product_type_id, sku_id = _product_ids(context, product)
    shown = {
        "autoRenew": "On" if item.renews else "Off",
        "beneficiaryTenantId": context.tenant.id,
        "billingFrequency": FREQUENCIES[item.billing_cycle],
        "displayName": state.display_names.get(key, product.name),
        "operationStatus": "LockedForUpdate" if is_locked(context, item) else "None",
        "productCategory": "SeatBased",
        "productType": product.name,
        "productTypeId": product_type_id,
        "provisioningState": _provisioning_state(item, at),
        "provisioningTenantId": context.tenant.id,
        "purchaseDate": moment(item.created_at),
        "quantity": item.seats_at(at),
        "resourceUri": f"{context.billing.id}/billingSubscriptions/{key}",
        "skuDescription": product.name,
        "skuId": sku_id,
        "systemOverrides": _overrides(item, at),
        "termDuration": item.term,
        "termStartDate": moment(item.term_start(at)),
        "termEndDate": moment(item.term_end(at)),
        **_payer(context),
    }
    if key in state.cost_centers:
        shown["consumptionCostCenter"] = state.cost_centers[key]
    if not context.entry.names_tenant:
        del shown["beneficiaryTenantId"], shown["provisioningTenantId"]
    if context.billing.agreement != EA:
        shown["status"] = _status(context, item)
        shown["suspensionReasonDetails"] = _reasons(item, at)
    return shown


def _product_ids(context: BillingContext, product: Product) -> tuple[str, str]:
    if context.entry.product_ids == "catalog":
        return catalog_id(product)
    word = object_id("azure", "product", key=product.sku_id).replace("-", "").upper()
    return f"DZH318Z0{word[:4]}", word[4:8]


def _status(context: BillingContext, item: Subscription) -> str:
    status = item.status(context.as_of)
    if status == "Enabled":
        return context.entry.active_as if item.renews else "Expiring"
    return STATUS[status]


def _provisioning_state(item: Subscription, at: float) -> str:
    if not item.is_checked(at):
        return "Pending"
    return "Succeeded" if item.is_provisioned(at) else "Provisioning"


def _overrides(item: Subscription, at: float) -> dict[str, Any]:
    ends = item.window_end(at)
    is_open = item.status(at) == "Enabled" and (at < ends or item.is_extended(at))
    return {
        "cancellation": "Allowed" if is_open else "NotAllowed",
        "cancellationAllowedEndDate": moment(ends),
    }


def _reasons(item: Subscription, at: float) -> list[dict[str, str]]:
    if item.status(at) == "Enabled":
        return []
    if item.stopped is not None and item.stopped[0] <= at:
        return [{"effectiveDate": moment(item.stopped[0]), "reason": "Cancelled"}]
    return [{"effectiveDate": moment(item.lifecycle_at), "reason": "Expired"}]
