"""Name products as Partner Center's catalog does."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from runner.catalog.load import HERE
from runner.model.ids import SkuId


class CommerceFile(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in `commerce.json`."""

    source: str
    products: dict[SkuId, str]


@lru_cache(maxsize=1)
def commerce_products() -> Mapping[SkuId, str]:
    """Return `PRODUCT:SKU` of the SKUs whose new-commerce ids are known.

    Source: commerce.md 2.4 (SECONDARY, always read again from the catalog), read 2026-11-23.
    """
    file = msgspec.json.decode((HERE / "commerce.json").read_bytes(), type=CommerceFile)
    return file.products
