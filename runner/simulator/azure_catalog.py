"""Know the products by their catalog ids, and turn a purchase into a subscription."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from runner.simulator.azure_errors import wrong_request
from runner.simulator.clock import parse_span
from runner.simulator.parts import object_id
from runner.simulator.products import Product, load_products
from runner.simulator.subscriptions import TERMS_S, Subscription
from runner.simulator.tenant import Tenant

CYCLES: Mapping[str, str] = {"P1M": "monthly", "P1Y": "annual", "P3Y": "triennial"}
CATALOG: Mapping[str, str] = {
    "STANDARDPACK": "CFQ7TTC0LF8Q:0001",
    "ENTERPRISEPACK": "CFQ7TTC0LF8R:0001",
    "ENTERPRISEPREMIUM": "CFQ7TTC0LF8S:0002",
    "SPE_E3": "CFQ7TTC0LFLX:0001",
    "SPE_E5": "CFQ7TTC0LFLZ:0002",
}


def catalog_id(product: Product) -> tuple[str, str]:
    """Return product id and SKU id of the catalog."""
    known = CATALOG.get(product.part_number)
    if known is None:
        known = f"CFQ7TTC{object_id('catalog', 'product', key=product.sku_id)[:5].upper()}:0001"
    first, _, second = known.partition(":")
    return first, second


@cache
def _by_catalog_id() -> Mapping[tuple[str, str], Product]:
    return {catalog_id(product): product for product in load_products().by_id.values()}


def product_of(product_type_id: Any, sku_id: Any) -> Product:
    """Return the product with these catalog ids.

    Raises: GraphError 400 when the catalog has none.
    """
    product = _by_catalog_id().get((str(product_type_id).upper(), str(sku_id).upper()))
    if product is None:
        text = f"The product '{product_type_id}' with the SKU '{sku_id}' was not found."
        raise wrong_request(text, code="ProductNotFound")
    return product


def purchase(
    tenant: Tenant, product: Product, *, wanted: Mapping[str, Any], now: float
) -> Subscription:
    """Buy as the tenant's purchases go: with a credit check, hidden, or ready late."""
    settings = tenant.entry.purchase
    enabled_at = parse_span(settings.credit_check).after(now, tenant.entry.timezone)
    setup = parse_span(settings.provisioning)
    item = _add(tenant, product, wanted=wanted, now=now)
    item.visible_at = now if settings.visible else enabled_at
    item.enabled_at = enabled_at
    item.provisioned_at = setup.after(enabled_at, tenant.entry.timezone)
    return item


def convert(
    tenant: Tenant, product: Product, *, wanted: Mapping[str, Any], now: float
) -> Subscription:
    """Turn seats into another product at once, without a credit check."""
    return _add(tenant, product, wanted=wanted, now=now)


def _add(
    tenant: Tenant, product: Product, *, wanted: Mapping[str, Any], now: float
) -> Subscription:
    key = object_id(tenant.name, "subscription", key=len(tenant.subscriptions))
    item = Subscription(
        id=key,
        commerce_id=object_id(tenant.name, "commerce", key=key),
        sku_id=product.sku_id,
        seats=wanted["quantity"],
        channel="direct_mca",
        term=wanted["termDuration"],
        billing_cycle=CYCLES[wanted["billingFrequency"]],
        created_at=now,
        visible_at=now,
        enabled_at=now,
        provisioned_at=now,
        renews=wanted.get("autoRenew") != "Off",
        lifecycle_at=now + TERMS_S[wanted["termDuration"]],
        term_s=TERMS_S[wanted["termDuration"]],
    )
    tenant.subscriptions.append(item)
    return item
