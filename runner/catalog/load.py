"""Read the catalog's own files, once per process."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import msgspec

from runner.model.catalog import Catalog, Product, ServicePlan
from runner.model.ids import ServicePlanId

HERE = Path(__file__).parent


class CatalogFile(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in `products.json`, as `runner.catalog.build` writes it."""

    as_of: str
    source: str
    service_plans: tuple[ServicePlan, ...]
    products: tuple[Product, ...]
    families: dict[str, tuple[ServicePlanId, ...]]


class ConflictFile(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in `conflicts.json`: per service, the ids of plans by name."""

    source: str
    services: dict[str, dict[str, ServicePlanId]]


@lru_cache(maxsize=1)
def load_catalog() -> Catalog:
    """Return the catalog that is shipped with the program."""
    return decode_catalog((HERE / "products.json").read_bytes())


def decode_catalog(content: bytes) -> Catalog:
    """Return the catalog that a built file holds.

    Order: `families` runs through each family from its lowest tier to its highest.
    """
    file = msgspec.json.decode(content, type=CatalogFile)
    return Catalog(
        as_of=file.as_of,
        source=file.source,
        products=MappingProxyType({product.id: product for product in file.products}),
        service_plans=MappingProxyType({plan.id: plan for plan in file.service_plans}),
        families=MappingProxyType(
            {plan: family for family, plans in file.families.items() for plan in plans}
        ),
    )


@lru_cache(maxsize=1)
def load_conflicts() -> Mapping[str, frozenset[ServicePlanId]]:
    """Return per service the plans of which a user can hold one at most.

    Source: Microsoft Entra documentation, `licensing-service-plan-reference`, last section, read
    2026-11-22; Microsoft says there that the list is not kept up to date.
    """
    file = msgspec.json.decode((HERE / "conflicts.json").read_bytes(), type=ConflictFile)
    return MappingProxyType(
        {service: frozenset(plans.values()) for service, plans in file.services.items()}
    )
