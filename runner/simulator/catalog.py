"""Know the products by their ids in the new-commerce catalog."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from runner.simulator.parts import object_id
from runner.simulator.products import Product, load_products

CYCLES: Mapping[str, str] = {"P1M": "monthly", "P1Y": "annual", "P3Y": "triennial"}
# Source: commerce fact sheet, end of section 2.4, read 2026-11-23.
CATALOG: Mapping[str, str] = {
    "STANDARDPACK": "CFQ7TTC0LF8Q:0001",
    "ENTERPRISEPACK": "CFQ7TTC0LF8R:0001",
    "ENTERPRISEPREMIUM": "CFQ7TTC0LF8S:0002",
    "SPE_E3": "CFQ7TTC0LFLX:0001",
    "Microsoft_365_E3_(no_Teams)": "CFQ7TTC0LFLX:0021",
    "SPE_E5": "CFQ7TTC0LFLZ:0002",
    "Microsoft_365_E5_(no_Teams)": "CFQ7TTC0LFLZ:001L",
}


def catalog_id(product: Product) -> tuple[str, str]:
    """Return product id and SKU id of the catalog; those of most products are made up."""
    known = CATALOG.get(product.part_number)
    if known is None:
        known = f"CFQ7TTC{object_id('catalog', 'product', key=product.sku_id)[:5].upper()}:0001"
    first, _, second = known.partition(":")
    return first, second


@cache
def products_by_catalog_id() -> Mapping[tuple[str, str], Product]:
    """Return all products by product id and SKU id of the catalog."""
    return {catalog_id(product): product for product in load_products().by_id.values()}
