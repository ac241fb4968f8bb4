"""Work out the license that replaces others, with what was switched off still off."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runner.catalog import counterparts, unmet_dependencies
from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId
from runner.model.spec import AssignmentWant
from runner.model.state import License, TenantState
from runner.steps.translate import all_plans_of, new_services, plans_of, switched_off


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """The license of the target, and the plans that were off and have no counterpart in it."""

    license: License
    lost_switches: tuple[ServicePlanId, ...]


def swapped(
    held: Sequence[License],
    assignment: AssignmentWant,
    have: TenantState,
    *,
    catalog: Catalog,
    others: Collection[ServicePlanId] = (),
) -> Brought:
    """Return what replaces the licenses held; `others` are plans on in licenses that stay."""
    target = assignment.target
    off: set[ServicePlanId] = set()
    lost: tuple[ServicePlanId, ...] = ()
    if assignment.keeps_service_plans:
        kept = switched_off(held, target, have=have, catalog=catalog)
        off.update(kept.disabled)
        lost = kept.lost
    if not assignment.enables_new_services:
        skus = [each.sku for each in held]
        off.update(new_services(skus, target, have=have, catalog=catalog))
    plans = frozenset(plans_of(target, have, catalog))
    off |= _stranded(plans, off, others)
    return Brought(
        license=License(sku=target, disabled_plans=tuple(sorted(off))), lost_switches=lost
    )


def _stranded(
    plans: frozenset[ServicePlanId], off: set[ServicePlanId], others: Collection[ServicePlanId]
) -> set[ServicePlanId]:
    """Return the plans that cannot be on because what they need stays off.

    Source: graph.md 4.3 (dependencies) and 12.9, read 2026-11-22.
    """
    stranded: set[ServicePlanId] = set()
    while True:
        on = plans - off - stranded
        unmet = unmet_dependencies(on | set(others))
        more = {plan for plan, needed in unmet if plan in on and plans.intersection(needed)}
        if not more:
            return stranded
        stranded |= more


def going_off(
    own: License, sources: Sequence[License], have: TenantState, *, catalog: Catalog
) -> tuple[ServicePlanId, ...]:
    """Return the plans off in the target held already whose service is on in a source.

    A service goes where every tier of it in the target is off.
    """
    gets = plans_of(own.sku, have, catalog)
    off = set(own.disabled_plans)
    ending: set[ServicePlanId] = set()
    for each in sources:
        for plan in all_plans_of(each.sku, have, catalog):
            tiers = set(counterparts(catalog, plan, target_plans=gets))
            if plan not in each.disabled_plans and tiers and tiers <= off:
                ending |= tiers
    return tuple(sorted(ending))
