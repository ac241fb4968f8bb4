"""Name steps and orders so that the same wish has the same name in every plan."""

import hashlib
import uuid
from datetime import datetime

from runner.model.catalog import Catalog
from runner.model.ids import SkuId
from runner.model.state import TenantState

_ORDER_NAMESPACE = uuid.UUID("6b5d4f0e-3a57-5c0b-9f5f-0d6f6a3c7f11")


def step_id(tenant: str, kind: str, *about: str) -> str:
    """Return `tenant/kind/xxxxxxxx`, the same for the same wish in every plan."""
    digest = hashlib.sha256("\n".join(about).encode()).hexdigest()[:8]
    return f"{tenant}/{kind}/{digest}"


def order_key(tenant_id: str, step: str, *, seats: int, opened_at: datetime) -> str:
    """Return the idempotency key of an order.

    It is made from the step, the total and the day: every try of one order has one key, also when
    the journal is lost in between, and the same order a year later has another.
    """
    about = f"{tenant_id}\n{step}\n{seats}\n{opened_at:%Y-%m-%d}"
    return str(uuid.uuid5(_ORDER_NAMESPACE, about))


def part_number(sku: SkuId, have: TenantState, catalog: Catalog) -> str:
    """Return the part number as the tenant shows it, else the catalogue's, else the id."""
    if sku in have.skus:
        return have.skus[sku].part_number
    product = catalog.products.get(sku)
    return product.part_numbers[0] if product and product.part_numbers else sku


def product_name(sku: SkuId, have: TenantState, catalog: Catalog) -> str:
    """Return the product's printed name, else its part number."""
    product = catalog.products.get(sku)
    return product.names[0] if product and product.names else part_number(sku, have, catalog)
