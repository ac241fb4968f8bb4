"""Answer the calls on the organization, its SKUs and its subscriptions."""

from __future__ import annotations

from typing import Any

from runner.simulator.clock import iso
from runner.simulator.errors import bad_request, not_found
from runner.simulator.messages import Answer, Context
from runner.simulator.products import Product, load_products
from runner.simulator.queries import context_url, plain_list, project, selected
from runner.simulator.subscriptions import Subscription

_SKU_NAMES = (
    "accountId accountName appliesTo capabilityStatus consumedUnits id skuId skuPartNumber "
    "subscriptionIds prepaidUnits servicePlans"
)
_SUBSCRIPTION_NAMES = (
    "id commerceSubscriptionId createdDateTime isTrial nextLifecycleDateTime ownerId "
    "ownerTenantId ownerType skuId skuPartNumber status totalLicenses serviceStatus"
)
_COMPANY_PLANS = {"EXCHANGE_S_FOUNDATION": "Success", "INTUNE_O365": "PendingActivation"}


def list_organization(context: Context) -> Answer:
    """Answer the tenant itself, as a list of one."""
    item = _organization(context)
    names = selected(context.request, item, type_name="organization")
    return plain_list(context, "organization", items=[project(item, names)])


def get_organization(context: Context) -> Answer:
    """Answer the tenant itself by its id."""
    item = _organization(context)
    if context.request.segments[1].lower() != item["id"]:
        raise not_found(context.request.segments[1])
    names = selected(context.request, item, type_name="organization")
    head = {"@odata.context": context_url(context.request, "organization") + "/$entity"}
    return Answer(body=head | dict(project(item, names)))


def list_skus(context: Context) -> Answer:
    """Answer all SKUs with their seats."""
    _refuse_filter(context)
    products = context.tenant.visible_skus(context.as_of)
    items = [_sku(context, product) for product in products]
    names = _sku_names(context)
    return plain_list(context, "subscribedSkus", items=[project(item, names) for item in items])


def get_sku(context: Context) -> Answer:
    """Answer one SKU by its composite id."""
    key = context.request.segments[1].lower()
    for product in context.tenant.visible_skus(context.as_of):
        item = _sku(context, product)
        if item["id"] == key:
            head = {"@odata.context": context_url(context.request, "subscribedSkus") + "/$entity"}
            return Answer(body=head | dict(project(item, _sku_names(context))))
    raise not_found(key)


def list_subscriptions(context: Context) -> Answer:
    """Answer all subscriptions the tenant shows."""
    items = [_subscription(context, item) for item in _visible(context)]
    names = _subscription_names(context)
    kind = "directory/subscriptions"
    return plain_list(context, kind, items=[project(item, names) for item in items])


def get_subscription(context: Context) -> Answer:
    """Answer one subscription by its id, or by its commerce id as alternate key."""
    segments = context.request.segments
    key = segments[-1].lower()
    if key.startswith("subscriptions("):
        key = key.partition("(commercesubscriptionid=")[2].strip("')")
    for item in _visible(context):
        if key in (item.id if len(segments) == 3 else "", item.commerce_id):
            address = context_url(context.request, "directory/subscriptions") + "/$entity"
            names = _subscription_names(context)
            shown = dict(project(_subscription(context, item), names))
            return Answer(body={"@odata.context": address} | shown)
    raise not_found(key)


def plan_rows(
    context: Context, product: Product, *, subscription: Subscription | None = None
) -> list[dict[str, Any]]:
    """Return the service plans of a product and how far each is set up in the tenant.

    Source: Microsoft Graph v1.0, resource `servicePlanInfo`, read 2026-11-22.
    """
    pool = context.tenant.pool(product.sku_id, context.as_of).subscriptions
    asked = [subscription] if subscription else pool
    is_ready = any(item.is_provisioned(context.as_of) for item in asked)
    is_over = all(item.status(context.as_of) not in ("Enabled", "Warning") for item in asked)
    told: dict[str, str] = {}
    for item in asked:
        told |= item.plan_statuses
    rows = []
    for plan in product.plans.values():
        applies_to = "Company" if plan.name in _COMPANY_PLANS else "User"
        status = _COMPANY_PLANS.get(plan.name, "Success" if is_ready else "PendingInput")
        status = "Disabled" if is_over else told.get(plan.id, status)
        rows.append(
            {
                "servicePlanId": plan.id,
                "servicePlanName": plan.name,
                "provisioningStatus": status,
                "appliesTo": applies_to,
            }
        )
    return rows


def _organization(context: Context) -> dict[str, Any]:
    tenant = context.tenant
    domain = {
        "capabilities": "Email, OfficeCommunicationsOnline",
        "isDefault": True,
        "isInitial": True,
        "name": tenant.domain,
        "type": "Managed",
    }
    return {
        "id": tenant.id,
        "deletedDateTime": None,
        "displayName": tenant.display_name,
        "countryLetterCode": tenant.entry.country,
        "country": None,
        "defaultUsageLocation": tenant.entry.country,
        "createdDateTime": iso(tenant.created_at),
        "preferredLanguage": "en",
        "tenantType": "AAD",
        "technicalNotificationMails": [f"admin@{tenant.domain}"],
        "onPremisesSyncEnabled": None,
        "assignedPlans": [],
        "provisionedPlans": [],
        "verifiedDomains": [domain],
    }


def _sku(context: Context, product: Product) -> dict[str, Any]:
    tenant = context.tenant
    pool = tenant.pool(product.sku_id, context.as_of)
    return {
        "accountName": tenant.name,
        "accountId": tenant.id,
        "appliesTo": "Company" if product.sku_id in tenant.company_skus else "User",
        "capabilityStatus": pool.status,
        "consumedUnits": tenant.consumed(product.sku_id, context.as_of - tenant.consumed_lag_s),
        "id": f"{tenant.id}_{product.sku_id}",
        "skuId": product.sku_id,
        "skuPartNumber": product.part_number,
        "subscriptionIds": [item.id for item in pool.subscriptions],
        "prepaidUnits": {
            "enabled": pool.enabled,
            "suspended": pool.suspended,
            "warning": pool.warning,
            "lockedOut": pool.locked_out,
        },
        "servicePlans": plan_rows(context, product),
    }


def _subscription(context: Context, item: Subscription) -> dict[str, Any]:
    product = load_products().by_id[item.sku_id]
    return {
        "id": item.id,
        "commerceSubscriptionId": item.commerce_id,
        "createdDateTime": iso(item.created_at),
        "isTrial": item.is_trial,
        "nextLifecycleDateTime": iso(item.next_lifecycle(context.as_of)),
        "ownerId": item.owner_id,
        "ownerTenantId": item.owner_tenant,
        "ownerType": "User",
        "skuId": item.sku_id,
        "skuPartNumber": product.part_number,
        "status": item.status(context.as_of),
        "totalLicenses": item.seats_at(context.as_of),
        "serviceStatus": plan_rows(context, product, subscription=item),
    }


def _visible(context: Context) -> list[Subscription]:
    return [item for item in context.tenant.subscriptions if item.is_visible(context.as_of)]


def _refuse_filter(context: Context) -> None:
    for option in ("$filter", "$top", "$skip", "$count", "$expand", "$orderby"):
        if option in context.request.query:
            raise bad_request(f"The query option '{option}' is not supported on this resource.")


def _sku_names(context: Context) -> list[str] | None:
    known = dict.fromkeys(_SKU_NAMES.split())
    return selected(context.request, known, type_name="subscribedSku")


def _subscription_names(context: Context) -> list[str] | None:
    known = dict.fromkeys(_SUBSCRIPTION_NAMES.split())
    return selected(context.request, known, type_name="companySubscription")
