"""Serve the catalog of Partner Center and read the ids of its items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.catalog import CATALOG, catalog_id, products_by_catalog_id
from runner.simulator.clock import parse_span
from runner.simulator.messages import Answer
from runner.simulator.partner_context import PartnerContext, list_answer
from runner.simulator.partner_errors import refused
from runner.simulator.parts import object_id
from runner.simulator.products import Product, load_products

NEW_COMMERCE = {"id": "OnlineServicesNCE", "displayName": "Online Services"}
# Source: commerce fact sheet, section 2.1, read 2026-11-23: retired before new commerce.
WITHDRAWN = frozenset({"ENTERPRISEWITHSCAL"})
TERMS = (("P1M", "monthly"), ("P1Y", "monthly"), ("P1Y", "annual"), ("P3Y", "monthly"))


def list_products(context: PartnerContext) -> Answer:
    """Return the products on sale: the known ones, and whatever else the tenants have.

    Raises: GraphError 400 without country and view.
    """
    query = context.request.query
    if not query.get("country") or query.get("targetView") != "OnlineServices":
        raise refused(3000, "'country' and 'targetView=OnlineServices' are required.")
    ids = dict.fromkeys(catalog_id(product)[0] for product in _on_sale(context))
    return list_answer(context, list(ids), show=_show_product)


def get_product(context: PartnerContext) -> Answer:
    """Return one product."""
    return Answer(body=_show_product(context.names[0]))


def list_skus(context: PartnerContext) -> Answer:
    """Return the SKUs of a product."""
    return list_answer(context, _skus(context.names[0]), show=_show_sku)


def get_sku(context: PartnerContext) -> Answer:
    """Return one SKU of a product."""
    return Answer(body=_show_sku(_sku(context.names[0], context.names[1])))


def list_availabilities(context: PartnerContext) -> Answer:
    """Return how a SKU is to be had now; the id changes as time passes."""
    product = _sku(context.names[0], context.names[1])
    return list_answer(context, [product], show=lambda one: _show_availability(context, one))


def get_availability(context: PartnerContext) -> Answer:
    """Return one availability while it is valid."""
    product = product_of(context, ":".join(context.names[:3]))
    return Answer(body=_show_availability(context, product))


def catalog_item_id(context: PartnerContext, product: Product) -> str:
    """Return product, SKU and the availability of this moment as an order names them."""
    return ":".join((*catalog_id(product), _availability(context, product, back=0)))


def product_of(context: PartnerContext, item_id: Any) -> Product:
    """Return the product that an order names; the availability before this one is still good.

    Raises: GraphError 404 for what the catalog has not or has no more, 403 for what is
        withdrawn.
    """
    first, second, third = (*str(item_id).split(":"), "", "", "")[:3]
    product = _sku(first, second)
    valid = [_availability(context, product, back=back) for back in (0, 1)]
    if third not in valid:
        raise refused(400019, f"Availability '{third}'.")
    if product.part_number in WITHDRAWN:
        raise refused(800020, f"Product '{product.name}'.")
    return product


def _availability(context: PartnerContext, product: Product, *, back: int) -> str:
    period = max(1.0, parse_span(context.entry.availability).after(0.0))
    key = f"{product.sku_id}/{int(context.now // period) - back}"
    return object_id("catalog", "availability", key=key).replace("-", "")[:12].upper()


def _on_sale(context: PartnerContext) -> list[Product]:
    products = load_products()
    known = [products.find(word) for word in CATALOG]
    for tenant in context.request.world.tenants.values():
        known += [products.by_id[item.sku_id] for item in tenant.subscriptions]
    return [product for product in known if product.part_number not in WITHDRAWN]


def _skus(product_id: str) -> list[Product]:
    found = [
        product
        for (first, _), product in products_by_catalog_id().items()
        if first == product_id.upper() and product.part_number not in WITHDRAWN
    ]
    if not found:
        raise refused(400013, f"Product '{product_id}'.")
    return found


def _sku(product_id: str, sku_id: str) -> Product:
    product = products_by_catalog_id().get((product_id.upper(), sku_id.upper()))
    if product is None:
        there = any(first == product_id.upper() for first, _ in products_by_catalog_id())
        raise refused(400018 if there else 400013, f"'{product_id}:{sku_id}'.")
    return product


def _show_product(product_id: str) -> Mapping[str, Any]:
    return {
        "id": product_id,
        "title": _skus(product_id)[0].name,
        "productType": NEW_COMMERCE,
        "isMicrosoftProduct": True,
        "publisherName": "Microsoft Corporation",
    }


def _show_sku(product: Product) -> Mapping[str, Any]:
    product_id, sku_id = catalog_id(product)
    return {
        "id": sku_id,
        "productId": product_id,
        "title": product.name,
        "minimumQuantity": 1,
        "maximumQuantity": 10_000_000,
        "isTrial": False,
        "supportedBillingCycles": ["monthly", "annual"],
        "dynamicAttributes": {"provisioningId": product.sku_id},
    }


def _show_availability(context: PartnerContext, product: Product) -> Mapping[str, Any]:
    product_id, sku_id = catalog_id(product)
    return {
        "id": _availability(context, product, back=0),
        "productId": product_id,
        "skuId": sku_id,
        "catalogItemId": catalog_item_id(context, product),
        "country": context.request.query.get("country", context.tenant.entry.country),
        "segment": "commercial",
        "isPurchasable": True,
        "isRenewable": True,
        "terms": [{"duration": term, "billingCycle": cycle} for term, cycle in TERMS],
    }
