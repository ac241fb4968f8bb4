"""Identifiers that cannot be confused with each other, each made by one function."""

from typing import NewType

SkuId = NewType("SkuId", str)
ServicePlanId = NewType("ServicePlanId", str)
UserId = NewType("UserId", str)
GroupId = NewType("GroupId", str)
TenantId = NewType("TenantId", str)
SubscriptionId = NewType("SubscriptionId", str)


def sku_id(text: str) -> SkuId:
    """Return the SKU id in the one form used for comparing: lower case, no blanks."""
    return SkuId(text.strip().lower())


def service_plan_id(text: str) -> ServicePlanId:
    """Return the service plan id in the one form used for comparing."""
    return ServicePlanId(text.strip().lower())


def user_id(text: str) -> UserId:
    """Return the user's object id in the one form used for comparing."""
    return UserId(text.strip().lower())


def group_id(text: str) -> GroupId:
    """Return the group's object id in the one form used for comparing."""
    return GroupId(text.strip().lower())


def tenant_id(text: str) -> TenantId:
    """Return the tenant id in the one form used for comparing."""
    return TenantId(text.strip().lower())


def subscription_id(text: str) -> SubscriptionId:
    """Return the subscription id in the one form used for comparing."""
    return SubscriptionId(text.strip().lower())
