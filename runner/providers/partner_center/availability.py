"""Ask the catalog what it calls a product right now."""

from collections.abc import Mapping
from typing import Any

from runner.model.orders import Receipt, ReceiptStatus
from runner.providers.partner_center.calls import Calls
from runner.providers.partner_center.errors import receipt_of


async def read_item(calls: Calls, product: str, *, country: str, term: str) -> str | Receipt:
    """Return the id of `PRODUCT:SKU` in the catalog, or why it cannot be had for this term.

    Source: commerce.md 2.4 and 3.4 (fetched shortly before use), read 2026-11-23.
    """
    name, _, sku = product.partition(":")
    path = f"products/{name}/skus/{sku}/availabilities?country={country}"
    answer = await calls.catalog(path)
    if not answer.is_ok or not isinstance(answer.body, dict):
        return receipt_of(answer, doing=f"reading the catalog for {product}")
    items = [each for each in answer.body.get("items") or () if each.get("catalogItemId")]
    fitting = [each for each in items if _has_term(each, term)]
    if not fitting:
        why = f"the catalog offers no {product} in {country}"
        return Receipt(
            status=ReceiptStatus.REFUSED,
            summary=f"{why} for {term}" if items else why,
            task="choose another term, or name another product in the inventory",
        )
    return str(fitting[0]["catalogItemId"])


def _has_term(item: Mapping[str, Any], wanted: str) -> bool:
    """Say whether an availability may be bought for so long; one that names no terms may."""
    terms = [str(each.get("duration") or "") for each in item.get("terms") or ()]
    return not wanted or not terms or wanted in terms
