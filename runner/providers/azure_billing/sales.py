"""Put subscriptions as Azure billing shows them into the words of the port."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from runner.model.ids import SkuId, TenantId
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import Channel
from runner.providers.moments import moment

TERMS: Mapping[str, str] = MappingProxyType({"P1M": "monthly", "P1Y": "annual", "P3Y": "triennial"})
BILLINGS: Mapping[str, str] = MappingProxyType({"P1M": "monthly", "P1Y": "annual", "P3Y": "once"})
STATUSES: Mapping[str, SaleStatus] = MappingProxyType(
    {
        "warned": SaleStatus.LAPSED,
        "expired": SaleStatus.LAPSED,
        "disabled": SaleStatus.SUSPENDED,
        "suspended": SaleStatus.SUSPENDED,
        "cancelled": SaleStatus.OVER,
        "canceled": SaleStatus.OVER,
        "deleted": SaleStatus.OVER,
        "failed": SaleStatus.OVER,
    }
)
"""Source: commerce.md 4.1 (states side by side), read 2026-11-23; any other status is live."""

BEGINNING = ("new", "pending", "provisioning")
FAILED = ("failed", "canceled", "cancelled")
ENDED = ("cancelled", "expired", "transferred")
"""Reasons of a suspension that nothing lifts; past due, suspicious and the like may pass.

Source: Azure/azure-rest-api-specs, Microsoft.Billing 2024-04-01, the reasons of
`BillingSubscriptionStatusDetails`, read 2026-11-23.
"""


def sale_of(
    properties: Mapping[str, Any], skus: Mapping[str, SkuId], *, name: str, now: datetime
) -> Sale:
    """Return what a subscription is; `skus` maps `PRODUCT_TYPE:SKU` to the SKUs it stands for.

    Without renewal it ends with its term, unless it lives past it: on a direct agreement that is
    chosen by a person, and no field says so.
    Source: commerce.md 3.6 (`autoRenew`, `systemOverrides`) and 4.2 (Extended Service Term), read
    2026-11-23.
    """
    product = f"{properties.get('productTypeId') or ''}:{properties.get('skuId') or ''}".upper()
    term = _word(properties, "termDuration").upper()
    renews = _word(properties, "autoRenew").lower() == "on"
    status, ends_at = status_of(properties), moment(properties.get("termEndDate"))
    is_past = status is SaleStatus.LIVE and ends_at is not None and ends_at < now
    return Sale(
        channel=Channel.AZURE_BILLING,
        id=name.lower(),
        product=product,
        sku=skus.get(product),
        status=status,
        seats=int(properties.get("quantity") or 0),
        term=TERMS.get(term, ""),
        billing=BILLINGS.get(_word(properties, "billingFrequency").upper(), ""),
        renews=renews,
        ends_at_term=not renews and not is_past,
        term_ends_at=ends_at,
        refundable_until=refundable_until(properties),
        has_scheduled_change=_is_scheduled(properties),
        next_seats=_next_seats(properties),
        locked=lock_of(properties, name=name.lower()),
    )


def status_of(properties: Mapping[str, Any]) -> SaleStatus:
    """Return where a subscription or an alias stands."""
    ended = STATUSES.get(_word(properties, "status").lower())
    state = _word(properties, "provisioningState").lower()
    if ended is not None:
        return ended
    if state in FAILED:
        return SaleStatus.OVER
    return SaleStatus.PENDING if state in BEGINNING else SaleStatus.LIVE


def has_ended(properties: Mapping[str, Any], now: datetime) -> bool:
    """Return whether a subscription is over for good, rather than switched off for a while."""
    status = status_of(properties)
    if status not in (SaleStatus.LAPSED, SaleStatus.SUSPENDED):
        return status is SaleStatus.OVER
    until = moment(properties.get("termEndDate"))
    is_past = until is not None and until <= now
    return is_past or any(reason.lower() in ENDED for reason in suspended_for(properties))


def suspended_for(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the reasons why a subscription is suspended, as far as Azure gives any."""
    details = properties.get("suspensionReasonDetails") or ()
    return tuple(_word(each, "reason") for each in details)


def lock_of(properties: Mapping[str, Any], *, name: str) -> str:
    """Return why a subscription cannot be changed now, empty where it can.

    Source: commerce.md 3.6 (`LockedForUpdate`: writes are refused, wait), read 2026-11-23.
    """
    if _word(properties, "operationStatus").lower() == "lockedforupdate":
        return f"subscription {name} is locked while something else is under way"
    if status_of(properties) is SaleStatus.PENDING:
        return f"subscription {name} is not delivered yet"
    return ""


def refundable_until(properties: Mapping[str, Any]) -> datetime | None:
    """Return the end of the window for cancelling and for giving seats up, None without one."""
    overrides = properties.get("systemOverrides") or {}
    if _word(overrides, "cancellation").lower() == "notallowed":
        return None
    return moment(overrides.get("cancellationAllowedEndDate"))


def is_of_tenant(properties: Mapping[str, Any], tenant: TenantId) -> bool:
    """Return whether a subscription is for the users of a tenant.

    Source: commerce.md U05 (the account may pay for several tenants), read 2026-11-23.
    """
    named = (
        _word(properties, f"{kind}TenantId").lower() for kind in ("provisioning", "beneficiary")
    )
    return tenant in named


def is_of_another(properties: Mapping[str, Any], tenant: TenantId) -> bool:
    """Return whether Azure says that a subscription is for the users of another tenant."""
    is_named = any(_word(properties, f"{kind}TenantId") for kind in ("provisioning", "beneficiary"))
    return is_named and not is_of_tenant(properties, tenant)


def is_seat_based(properties: Mapping[str, Any]) -> bool:
    """Return whether a subscription has seats, rather than being paid by use."""
    return _word(properties, "productCategory").lower() == "seatbased"


def _is_scheduled(properties: Mapping[str, Any]) -> bool:
    """Say whether the renewal brings another product or number of seats."""
    renewal = properties.get("renewalTermDetails") or {}
    is_resized = renewal.get("quantity") not in (None, properties.get("quantity"))
    return is_resized or _is_other_product(properties)


def _is_other_product(properties: Mapping[str, Any]) -> bool:
    """Say whether the renewal brings another product, whose name may differ in case alone."""
    renewal = properties.get("renewalTermDetails") or {}
    return any(
        _word(renewal, key).lower() not in ("", _word(properties, key).lower())
        for key in ("productTypeId", "skuId")
    )


def _next_seats(properties: Mapping[str, Any]) -> int | None:
    """Return the seats from the renewal on, where it changes those and not the product."""
    renewal = properties.get("renewalTermDetails") or {}
    is_changed = _is_scheduled(properties) and not _is_other_product(properties)
    return int(renewal["quantity"]) if is_changed else None


def _word(properties: Mapping[str, Any], key: str) -> str:
    return str(properties.get(key) or "")
