"""Count what is found of a tenant's users: who holds what and how, and who needs attention."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from runner.catalog import conflicts_between, contained, redundant_add_ons
from runner.catalog.add_ons import COMPANY_PLANS
from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId, SkuId
from runner.model.state import Holding, TenantState, User

IN_ERROR = ("Error", "ActiveWithError")
"""States of an assignment whose last change Graph could not make; the second one still works.

Source: Microsoft Graph v1.0, resource `licenseAssignmentState`, read 2026-11-22.
"""

Excluding = tuple[str, tuple[ServicePlanId, ...]]
"""A service and the plans of it that are held together although they exclude each other."""

Redundant = tuple[SkuId, SkuId]
"""An add-on and the product that contains it already."""


K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """How many users hold a product, by how it came to them, and what is to be known of them.

    `direct`, `by_group` and `both` are those who have it; the others count everyone with a license
    of it in whichever state. `reasons` counts users by each reason of an error.
    """

    direct: int = 0
    by_group: int = 0
    both: int = 0
    customised: int = 0
    without_location: int = 0
    in_error: int = 0
    guests: int = 0
    blocked: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """How many users of a tenant need attention, each user once per kind.

    Order: `reasons`, `excluding` and `redundant` by number of users, most first.
    """

    in_error: int
    reasons: Mapping[str, int]
    without_location: int
    guests: int
    blocked: int
    excluding: Mapping[Excluding, int]
    redundant: Mapping[Redundant, int]


def count_holders(users: Iterable[User]) -> Mapping[SkuId, Holders]:
    """Count the holders of each product that anyone has a license of."""
    counts: defaultdict[SkuId, Counter[str]] = defaultdict(Counter)
    reasons: defaultdict[SkuId, Counter[str]] = defaultdict(Counter)
    for user in users:
        for sku in {holding.license.sku for holding in user.holdings}:
            rows = [holding for holding in user.holdings if holding.license.sku == sku]
            counts[sku].update(_kinds(user, rows))
            reasons[sku].update(_reasons(rows))
    return {sku: _holders(counts[sku], reasons[sku]) for sku in counts}


def is_holder(user: User) -> bool:
    """Return whether a user has any license, not only one that Graph could not give."""
    return any(holding.status != "Error" for holding in user.holdings)


def find_in(state: TenantState, catalog: Catalog) -> Findings:
    """Count the users who need attention; users with the same licenses are looked at once."""
    counts: Counter[str] = Counter()
    cohorts: Counter[tuple[Holding, ...]] = Counter()
    for user in state.users.values():
        if user.holdings:
            cohorts[user.holdings] += 1
            counts.update(_kinds(user, user.holdings))
    reasons: Counter[str] = Counter()
    excluding: Counter[Excluding] = Counter()
    redundant: Counter[Redundant] = Counter()
    for holdings, users in cohorts.items():
        enabled = _enabled(holdings, state, catalog)
        for found in _reasons(holdings):
            reasons[found] += users
        for conflict in conflicts_between(set(chain.from_iterable(enabled.values()))):
            excluding[conflict] += users
        for pair in _redundant(enabled, catalog):
            redundant[pair] += users
    return Findings(
        in_error=counts["in_error"],
        reasons=_ranked(reasons),
        without_location=counts["without_location"],
        guests=counts["guests"],
        blocked=counts["blocked"],
        excluding=_ranked(excluding),
        redundant=_ranked(redundant),
    )


def _holders(counts: Counter[str], reasons: Counter[str]) -> Holders:
    return Holders(
        direct=counts["direct"],
        by_group=counts["by_group"],
        both=counts["both"],
        customised=counts["customised"],
        without_location=counts["without_location"],
        in_error=counts["in_error"],
        guests=counts["guests"],
        blocked=counts["blocked"],
        reasons=_ranked(reasons),
    )


def _kinds(user: User, rows: Collection[Holding]) -> Iterator[str]:
    sources = {row.by_group is None for row in rows if row.status != "Error"}
    if sources:
        yield "both" if len(sources) == 2 else "direct" if True in sources else "by_group"
    if any(row.license.disabled_plans for row in rows):
        yield "customised"
    if any(row.status in IN_ERROR for row in rows):
        yield "in_error"
    if not user.usage_location:
        yield "without_location"
    if user.is_guest:
        yield "guests"
    if not user.is_enabled:
        yield "blocked"


def _reasons(rows: Iterable[Holding]) -> set[str]:
    return {row.error or "Other" for row in rows if row.status in IN_ERROR}


def _enabled(
    holdings: Iterable[Holding], state: TenantState, catalog: Catalog
) -> dict[SkuId, frozenset[ServicePlanId]]:
    """Return per product that works for a user the service plans that are on in it."""
    enabled: dict[SkuId, frozenset[ServicePlanId]] = {}
    for holding in holdings:
        sku, off = holding.license.sku, frozenset(holding.license.disabled_plans)
        if holding.status != "Error":
            on = _plans(sku, state, catalog) - COMPANY_PLANS - off
            enabled[sku] = enabled.get(sku, frozenset()) | on
    return enabled


def _plans(sku: SkuId, state: TenantState, catalog: Catalog) -> frozenset[ServicePlanId]:
    """Return the plans of a product as the tenant shows them, else as the catalog does."""
    if sku in state.skus:
        return frozenset(plan.id for plan in state.skus[sku].service_plans)
    product = catalog.products.get(sku)
    return frozenset(product.service_plans) if product else frozenset()


def _redundant(
    enabled: Mapping[SkuId, frozenset[ServicePlanId]], catalog: Catalog
) -> Iterator[Redundant]:
    """Yield the add-ons that do nothing for a user which another product of theirs does not."""
    if len(enabled) < 2:
        return
    for product, on in enabled.items():
        for add_on in redundant_add_ons(catalog, product, enabled):
            if enabled[add_on] <= contained(catalog, on):
                yield add_on, product


def _ranked(counts: Counter[K]) -> Mapping[K, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0]))))
