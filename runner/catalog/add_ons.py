"""Find the add-ons that another product already contains, and those that end with their base."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

import msgspec

from runner.catalog.compare import contained
from runner.catalog.load import HERE
from runner.catalog.lookup import plan_name
from runner.model.catalog import Catalog, Product
from runner.model.ids import ServicePlanId, SkuId, service_plan_id

COMPANY_PLANS = frozenset(
    {
        service_plan_id("113feb6c-3fe4-4440-bddc-54d774bf0318"),
        service_plan_id("922ba911-5694-4e99-a794-73aed9bfeec8"),
    }
)
"""Plans that are there for the tenant, not for a user: EXCHANGE_S_FOUNDATION, and for governments.

Source: Microsoft Graph v1.0, `subscribedsku-list`, example, read 2026-11-22.
"""

SUITE_FAMILIES = frozenset({"Exchange Online", "SharePoint"})
"""Who brings a mailbox and sites is a suite of its own, never an add-on to another."""

EDITIONS = frozenset({"gov", "gcc", "gcchigh", "gcch", "dod", "edu"})
"""Words in names of plans of another cloud or for schools, which no other plan stands in for."""

NOT_COMMERCIAL = EDITIONS | frozenset(
    {"government", "usgov", "faculty", "fac", "student", "students", "stu", "alumni"}
    | {"nonprofit", "profit", "charity", "donation", "a1", "a3", "a5", "g1", "g3", "g5"}
)
"""Words in names of products for governments, schools and charities.

Source: Microsoft: Product names and service plan identifiers, read 2026-11-23.
"""


class NeverRule(msgspec.Struct, forbid_unknown_fields=True):
    """Words in names of products that are no add-ons, whatever services they carry."""

    why: str
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()


class TraditionalAddOns(msgspec.Struct, forbid_unknown_fields=True):
    """The service plans of add-ons that Microsoft sold with a base subscription."""

    source: str
    add_ons: dict[str, dict[str, ServicePlanId]]


class AddOnFile(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in `add_ons.json`."""

    source: str
    never: tuple[NeverRule, ...]
    sold_with_a_base: TraditionalAddOns


@lru_cache(maxsize=1)
def load_add_ons() -> AddOnFile:
    """Return what is known of add-ons beyond the table of products."""
    return msgspec.json.decode((HERE / "add_ons.json").read_bytes(), type=AddOnFile)


def redundant_add_ons(catalog: Catalog, target: SkuId, held: Iterable[SkuId]) -> tuple[SkuId, ...]:
    """Return the held add-ons of which the target contains every service for users.

    Order: sorted. A higher tier of the same family contains a lower one of the same cloud. What
    `why_no_add_on` has a reason for and what the catalog does not know are never among them.
    """
    product = catalog.products.get(target)
    if product is None:
        return ()
    included = _replaced_by(catalog, product.service_plans)
    return tuple(
        sorted(
            sku
            for sku in set(held)
            if sku != target
            and (add_on := catalog.products.get(sku)) is not None
            and (plans := user_plans(add_on))
            and plans <= included
            and not why_no_add_on(catalog, add_on)
        )
    )


def dependent_add_ons(catalog: Catalog, held: Iterable[SkuId]) -> tuple[SkuId, ...]:
    """Return the held products that may be traditional add-ons, which end with their base.

    Order: sorted. The same products are also sold as subscriptions of their own, and nothing in
    the directory tells which: only the account's invoices do.
    Source: see `add_ons.json`, `sold_with_a_base`.
    """
    sold = load_add_ons().sold_with_a_base.add_ons.values()
    known = {plan for plans in sold for plan in plans.values()}
    return tuple(
        sorted(
            sku
            for sku in set(held)
            if (product := catalog.products.get(sku)) is not None
            and (plans := user_plans(product))
            and plans <= known
        )
    )


def is_storage(catalog: Catalog, sku: SkuId) -> bool:
    """Return whether a product is storage for the whole tenant, sold by the gigabyte."""
    plans = load_add_ons().sold_with_a_base.add_ons["Extra File Storage"].values()
    product = catalog.products.get(sku)
    return product is not None and not user_plans(product).isdisjoint(plans)


def why_no_add_on(catalog: Catalog, product: Product) -> str:
    """Return why a product is never an add-on to another, or nothing.

    Source: see `add_ons.json`, `never`.
    """
    if is_suite(catalog, product):
        return "a suite of its own: it brings a mailbox and sites"
    titles = [f" {' '.join(_words(text))} " for text in (*product.part_numbers, *product.names)]
    for rule in load_add_ons().never:
        if any(_has(title, rule.words) and not _has(title, rule.unless) for title in titles):
            return rule.why
    return ""


def is_commercial(product: Product) -> bool:
    """Return whether a product is sold to everybody, by its names."""
    titles = (*product.part_numbers, *product.names)
    return all(NOT_COMMERCIAL.isdisjoint(_words(text)) for text in titles)


def user_plans(product: Product) -> frozenset[ServicePlanId]:
    """Return the service plans that users get from a product."""
    return frozenset(product.service_plans) - COMPANY_PLANS


def is_suite(catalog: Catalog, product: Product) -> bool:
    """Return whether a product brings both a mailbox and sites."""
    families = {catalog.families.get(plan) for plan in product.service_plans}
    return families >= SUITE_FAMILIES


def _replaced_by(catalog: Catalog, plans: Collection[ServicePlanId]) -> frozenset[ServicePlanId]:
    ordinary = {plan for plan in plans if not _is_edition(catalog, plan)}
    lower = {plan for plan in contained(catalog, ordinary) if not _is_edition(catalog, plan)}
    return frozenset(plans) | lower


def _is_edition(catalog: Catalog, plan: ServicePlanId) -> bool:
    return not EDITIONS.isdisjoint(_words(plan_name(catalog, plan)))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.casefold())


def _has(title: str, phrases: Iterable[str]) -> bool:
    return any(f" {phrase} " in title for phrase in phrases)
