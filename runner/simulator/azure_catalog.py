"""Find products by the ids of the catalog, and buy them on a customer agreement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.azure_errors import wrong_request
from runner.simulator.catalog import CYCLES, products_by_catalog_id
from runner.simulator.products import Product
from runner.simulator.purchases import Wish
from runner.simulator.subscriptions import Buyer


def product_of(product_type_id: Any, sku_id: Any) -> Product:
    """Return the product with these catalog ids.

    Raises: GraphError 400 when the catalog has none.
    """
    key = (str(product_type_id).upper(), str(sku_id).upper())
    product = products_by_catalog_id().get(key)
    if product is None:
        text = f"The product '{product_type_id}' with the SKU '{sku_id}' was not found."
        raise wrong_request(text, code="ProductNotFound")
    return product


def wish_for(product: Product, wanted: Mapping[str, Any], *, key: str = "") -> Wish:
    """Return what a body asks to buy under a key of the buyer's."""
    return Wish(
        product=product,
        seats=wanted["quantity"],
        buyer=Buyer(kind="azure", key=key),
        channel="direct_mca",
        term=wanted["termDuration"],
        billing_cycle=CYCLES[wanted["billingFrequency"]],
        renews=wanted.get("autoRenew") != "Off",
    )
