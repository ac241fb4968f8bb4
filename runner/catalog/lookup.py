"""Find products by GUID, part number or name, and name what is known by GUID only."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from runner.catalog.text import lookup_key
from runner.model.catalog import Catalog, Product
from runner.model.ids import ServicePlanId, SkuId, service_plan_id, sku_id

NEAREST = 5

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class MissKind(StrEnum):
    """Why a text names no single product."""

    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A text that names no product, or several, and what may have been meant.

    `nearest` holds texts for people, best first: `ENTERPRISEPREMIUM, Office 365 E5`, and where
    the text is ambiguous every candidate, its GUID in front.
    """

    text: str
    kind: MissKind
    nearest: tuple[str, ...]


def find_sku(catalog: Catalog, text: str) -> SkuId | Miss:
    """Return the one product that a GUID, a part number or a product name means.

    Order: GUID, then part number, then name; the first of them that fits decides.
    """
    if (sku := sku_id(text)) in catalog.products:
        return sku
    wanted = lookup_key(text)
    products = catalog.products.values()
    found = [product for product in products if _is_any(wanted, product.part_numbers)]
    found = found or [product for product in products if _is_any(wanted, product.names)]
    if len(found) == 1:
        return found[0].id
    if found:
        candidates = tuple(f"{product.id} ({_label(product)})" for product in found)
        return Miss(text=text, kind=MissKind.AMBIGUOUS, nearest=candidates)
    return Miss(text=text, kind=MissKind.UNKNOWN, nearest=nearest_labels(catalog, text))


def nearest_labels(catalog: Catalog, text: str) -> tuple[str, ...]:
    """Return at most five products whose part number or name looks like the text."""
    labels: dict[str, str] = {}
    for product in catalog.products.values():
        for spelling in (*product.part_numbers, *product.names):
            labels.setdefault(lookup_key(spelling), _label(product))
    wanted = lookup_key(text)
    keys = get_close_matches(wanted, labels, n=2 * NEAREST) or _holding(wanted, labels)
    return tuple(dict.fromkeys(labels[key] for key in keys))[:NEAREST]


def _holding(wanted: str, keys: Iterable[str]) -> list[str]:
    """Return those that have every word of a short text such as `e3`, the shortest first."""
    words = set(wanted.split())
    return sorted((key for key in keys if words and words <= set(key.split())), key=len)


def search(catalog: Catalog, words: Sequence[str]) -> tuple[Product, ...]:
    """Return the products in which every word occurs: name, part number, service plans, GUIDs.

    Order: those that the words name exactly, those that have every word in name or part number,
    the others; within these by name. No words find every product.
    """
    keys = [lookup_key(word) for word in words]
    ranked = []
    for product in catalog.products.values():
        titles = [lookup_key(title) for title in (*product.part_numbers, *product.names)]
        if is_named(product, words):
            rank = 0
        elif all(any(key in title for title in titles) for key in keys):
            rank = 1
        elif all(_occurs(catalog, product, titles=titles, key=key) for key in keys):
            rank = 2
        else:
            continue
        ranked.append((rank, lookup_key(product.names[0]), product.id))
    return tuple(catalog.products[sku] for _, _, sku in sorted(ranked))


def is_named(product: Product, words: Sequence[str]) -> bool:
    """Return whether the words are exactly a name, a part number or the id of a product."""
    phrase = " ".join(lookup_key(word) for word in words)
    return phrase == product.id or _is_any(phrase, (*product.part_numbers, *product.names))


def product_name(catalog: Catalog, sku: SkuId, *, otherwise: str = "") -> str:
    """Return the product's name, else `otherwise` (what the tenant calls it) or the id."""
    product = catalog.products.get(sku)
    return product.names[0] if product else otherwise or sku


def plan_name(catalog: Catalog, plan: ServicePlanId, *, otherwise: str = "") -> str:
    """Return the plan's technical name such as `FORMS_PLAN_E5`, else `otherwise` or the id."""
    known = catalog.service_plans.get(plan)
    return known.name if known else otherwise or plan


def plan_friendly_name(catalog: Catalog, plan: ServicePlanId, *, otherwise: str = "") -> str:
    """Return the service plan's name for people, else `otherwise` or the id."""
    known = catalog.service_plans.get(plan)
    return known.friendly_name if known else otherwise or plan


def with_plan_names(catalog: Catalog, text: str) -> str:
    """Return a text with the ids of known service plans replaced by their technical names."""

    def name(found: re.Match[str]) -> str:
        known = catalog.service_plans.get(service_plan_id(found[0]))
        return known.name if known else found[0]

    return _GUID.sub(name, text)


def _is_any(wanted: str, spellings: Iterable[str]) -> bool:
    return any(lookup_key(spelling) == wanted for spelling in spellings)


def _occurs(catalog: Catalog, product: Product, *, titles: Sequence[str], key: str) -> bool:
    if key in product.service_plans or any(key in title for title in titles):
        return True
    plans = (catalog.service_plans[plan] for plan in product.service_plans)
    return any(
        key in lookup_key(plan.name) or key in lookup_key(plan.friendly_name) for plan in plans
    )


def _label(product: Product) -> str:
    return f"{product.part_numbers[0]}, {product.names[0]}"
