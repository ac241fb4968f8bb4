"""Find the add-ons that another product already contains."""

from collections.abc import Iterable

from runner.catalog.compare import contained
from runner.model.catalog import Catalog, Product
from runner.model.ids import ServicePlanId, SkuId, service_plan_id

COMPANY_PLANS = frozenset({service_plan_id("113feb6c-3fe4-4440-bddc-54d774bf0318")})
"""Plans that are there for the tenant, not for a user: EXCHANGE_S_FOUNDATION.

Source: Microsoft Graph v1.0, `subscribedsku-list`, example, read 2026-11-22.
"""

SUITE_FAMILIES = frozenset({"Exchange Online", "SharePoint"})
"""Who brings a mailbox and sites is a suite of its own, never an add-on to another."""


def redundant_add_ons(catalog: Catalog, target: SkuId, held: Iterable[SkuId]) -> tuple[SkuId, ...]:
    """Return the held products of which the target contains every service for users.

    Order: sorted. A higher tier of the same family contains a lower one. The target itself,
    suites and products that the catalog does not know are never among them.
    """
    product = catalog.products.get(target)
    if product is None:
        return ()
    included = contained(catalog, product.service_plans)
    return tuple(
        sorted(
            sku
            for sku in set(held)
            if sku != target
            and (add_on := catalog.products.get(sku)) is not None
            and not is_suite(catalog, add_on)
            and (plans := user_plans(add_on))
            and plans <= included
        )
    )


def user_plans(product: Product) -> frozenset[ServicePlanId]:
    """Return the service plans that users get from a product."""
    return frozenset(product.service_plans) - COMPANY_PLANS


def is_suite(catalog: Catalog, product: Product) -> bool:
    """Return whether a product brings both a mailbox and sites."""
    families = {catalog.families.get(plan) for plan in product.service_plans}
    return families >= SUITE_FAMILIES
