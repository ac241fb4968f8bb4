"""Carry the services a user had switched off from one product over to another."""

from collections.abc import Iterable
from dataclasses import dataclass

from runner.catalog import Translation, compare, counterparts, switched_off_in
from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId, SkuId
from runner.model.state import License, TenantState


@dataclass(frozen=True, slots=True, kw_only=True)
class Gains:
    """What a move brings: plans only in the target, in both, only in the source (no successor)."""

    gained: tuple[ServicePlanId, ...]
    kept: tuple[ServicePlanId, ...]
    lost: tuple[ServicePlanId, ...]


def plans_of(sku: SkuId, have: TenantState, catalog: Catalog) -> tuple[ServicePlanId, ...]:
    """Return the service plans of a SKU that can be switched off for a user, sorted.

    The tenant's own list is the truth, since Microsoft keeps adding plans; the catalogue stands in
    for a product the tenant does not have yet.
    Source: commerce.md 2.2, read 2026-11-22.
    """
    state = have.skus.get(sku)
    if state is not None and state.service_plans:
        return tuple(sorted(p.id for p in state.service_plans if p.applies_to != "Company"))
    product = catalog.products.get(sku)
    return tuple(sorted(product.service_plans)) if product else ()


def all_plans_of(sku: SkuId, have: TenantState, catalog: Catalog) -> tuple[ServicePlanId, ...]:
    """Return every service plan of a SKU, those for the whole company included, sorted."""
    state = have.skus.get(sku)
    if state is not None and state.service_plans:
        return tuple(sorted(plan.id for plan in state.service_plans))
    return plans_of(sku, have, catalog)


def switched_off(
    held: Iterable[License],
    target: SkuId,
    *,
    have: TenantState,
    catalog: Catalog,
) -> Translation:
    """Return which plans of the target must be off so that what was off stays off.

    A service is off only if every held license that contains it has it off.
    Source: graph.md 1.6 and trap 4, commerce.md U11 and 2.4, read 2026-11-22.
    """
    licenses = tuple(held)
    source = {each.sku: all_plans_of(each.sku, have, catalog) for each in licenses}
    on = {p for each in licenses for p in source[each.sku] if p not in each.disabled_plans}
    off = {plan for each in licenses for plan in each.disabled_plans} - on
    return switched_off_in(
        catalog,
        off,
        source_plans=on | off,
        target_plans=plans_of(target, have, catalog),
    )


def new_services(
    sources: Iterable[SkuId], target: SkuId, *, have: TenantState, catalog: Catalog
) -> tuple[ServicePlanId, ...]:
    """Return the plans of the target that are no tier of what the sources lose, sorted.

    A higher tier that comes beside the one they had and keep is new as well.
    """
    had = {plan for sku in sources for plan in all_plans_of(sku, have, catalog)}
    gets = plans_of(target, have, catalog)
    new = frozenset(compare(catalog, had, gets).gained)
    return tuple(plan for plan in gets if plan in new)


def gains(sources: Iterable[SkuId], target: SkuId, *, have: TenantState, catalog: Catalog) -> Gains:
    """Return what users gain, keep and lose between the sources and the target."""
    had = {plan for sku in sources for plan in all_plans_of(sku, have, catalog)}
    gets = set(all_plans_of(target, have, catalog))
    return Gains(
        gained=tuple(sorted(gets - had)),
        kept=tuple(sorted(gets & had)),
        lost=tuple(
            sorted(p for p in had - gets if not counterparts(catalog, p, target_plans=gets))
        ),
    )
