"""Translate service plans that are switched off from one product to another by family."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """What stays switched off in the target, and what was off and has no counterpart there.

    Order: both are sorted. `disabled` holds plans of the target only, so it can be sent as is.
    """

    disabled: tuple[ServicePlanId, ...]
    lost: tuple[ServicePlanId, ...]


def counterparts(
    catalog: Catalog, plan: ServicePlanId, *, target_plans: Collection[ServicePlanId]
) -> tuple[ServicePlanId, ...]:
    """Return the plans of the target that stand for a plan of the source.

    A plan that the target has too stands for itself alone; else all plans of its family do, as
    they are one service; else nothing does.
    """
    if plan in target_plans:
        return (plan,)
    family = catalog.families.get(plan)
    if family is None:
        return ()
    return tuple(sorted(other for other in target_plans if catalog.families.get(other) == family))


def switched_off_in(
    catalog: Catalog,
    source_disabled: Iterable[ServicePlanId],
    *,
    source_plans: Collection[ServicePlanId],
    target_plans: Collection[ServicePlanId],
) -> Translation:
    """Return the plans to switch off in the target so that what was off stays off.

    While another plan of its family is still on at the source, the user has the service: the
    plan that is off is then translated by its id only, and is lost where the target lacks it.
    """
    off = set(source_disabled)
    still_on = {catalog.families.get(plan) for plan in source_plans if plan not in off}
    disabled: set[ServicePlanId] = set()
    lost: list[ServicePlanId] = []
    for plan in sorted(off):
        if plan not in target_plans and catalog.families.get(plan) in still_on:
            lost.append(plan)
        elif found := counterparts(catalog, plan, target_plans=target_plans):
            disabled.update(found)
        else:
            lost.append(plan)
    return Translation(disabled=tuple(sorted(disabled)), lost=tuple(lost))
