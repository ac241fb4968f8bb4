"""Describe and check what users and groups have in common when one license replaces others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId, SkuId, UserId
from runner.model.outcome import Check
from runner.model.plan import Step
from runner.model.spec import AssignmentWant
from runner.model.state import License, TenantState
from runner.steps.naming import product_name
from runner.steps.seats import LIVE
from runner.steps.translate import gains, new_services, plans_of
from runner.steps.verdicts import stale


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapStep(Step):
    """A step after which `users` hold `target_sku` and none of `remove`.

    `before` are the licenses concerned as they were at planning. `known_plans` are the target's
    service plans at planning, kept where the body switches plans off. `source`, `target`,
    `gained`, `kept`, `lost`, `stays_off`, `lost_switches` and `going_off` (on in the source, off
    in the target held already) are for reading: names of products and plans, and how many.
    `uses_freed_seats` says that some have to wait for the seats others give back.
    """

    users: tuple[UserId, ...]
    before: tuple[License, ...]
    add: tuple[License, ...]
    remove: tuple[SkuId, ...]
    known_plans: tuple[ServicePlanId, ...] = ()
    source: str
    target: str
    target_sku: SkuId
    gained: int = 0
    kept: int = 0
    lost: tuple[str, ...] = ()
    stays_off: tuple[str, ...] = ()
    lost_switches: tuple[str, ...] = ()
    going_off: tuple[str, ...] = ()
    uses_freed_seats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """What replaces what: by which assignment, which switches are lost, which services end.

    `restores` are the licenses whose switches are given back where nothing is removed.
    """

    assignment: AssignmentWant
    add: tuple[License, ...]
    remove: tuple[SkuId, ...]
    lost_switches: tuple[ServicePlanId, ...]
    going_off: tuple[ServicePlanId, ...] = ()
    restores: tuple[License, ...] = ()


def plan_names(have: TenantState, catalog: Catalog) -> Mapping[ServicePlanId, str]:
    """Return the technical names of service plans, the catalogue's where it knows them."""
    return {p.id: p.name for sku in have.skus.values() for p in sku.service_plans} | {
        p.id: p.name for p in catalog.service_plans.values()
    }


def swap_fields(swap: Swap, have: TenantState, catalog: Catalog) -> Mapping[str, Any]:
    """Return the fields of a `SwapStep` that follow from what replaces what."""
    target = swap.assignment.target
    sources = swap.remove or tuple(each.sku for each in swap.restores)
    brings = gains(sources, target, have=have, catalog=catalog)
    off = [plan for each in swap.add for plan in each.disabled_plans]
    new = new_services(sources, target, have=have, catalog=catalog)
    new_off = set() if swap.assignment.enables_new_services else set(new)
    names = plan_names(have, catalog)
    return {
        "origin": str(swap.assignment.where),
        "add": swap.add,
        "remove": swap.remove,
        "known_plans": plans_of(target, have, catalog) if off else (),
        "source": " + ".join(product_name(sku, have, catalog) for sku in sources),
        "target": product_name(target, have, catalog),
        "target_sku": target,
        "gained": len(set(brings.gained) - set(off)),
        "kept": len(brings.kept),
        "lost": tuple(names.get(p, p) for p in brings.lost),
        "stays_off": tuple(names.get(p, p) for p in off if p not in new_off),
        "lost_switches": tuple(names.get(p, p) for p in swap.lost_switches),
        "going_off": tuple(names.get(p, p) for p in swap.going_off),
    }


def unfit_target(step: SwapStep, have: TenantState) -> Check | None:
    """Return why nobody can depend on the target as it was planned, or None."""
    target = have.skus.get(step.target_sku)
    if target is None or target.capability_status not in LIVE:
        state = target.capability_status if target else "not in the tenant"
        return stale(f"{step.target} is {state}, so nobody can depend on it")
    listed = {p.id for p in target.service_plans if p.applies_to == "User"}
    unknown = len(listed - set(step.known_plans)) if step.known_plans else 0
    if unknown:
        return stale(f"{step.target} has {unknown} services that the plan did not know")
    return None


def fitting(step: SwapStep, have: TenantState) -> tuple[License, ...]:
    """Return what to add without plans that the tenant's product does not have: they are off."""
    found = []
    for each in step.add:
        state = have.skus.get(each.sku)
        known = None
        if state and state.service_plans:
            known = {p.id for p in state.service_plans if p.applies_to != "Company"}
        plans = tuple(p for p in each.disabled_plans if known is None or p in known)
        found.append(License(sku=each.sku, disabled_plans=plans))
    return tuple(found)


def brings(step: SwapStep) -> str:
    """Return what the swap brings in words."""
    lost = f", loses {len(step.lost)}: {listed(step.lost)}" if step.lost else ""
    return f"gains {step.gained} services, keeps {step.kept}{lost}"


def what_stays_off(step: SwapStep) -> str:
    """Return which services stay off in words, or nothing."""
    if not step.stays_off:
        return ""
    return f"{listed(step.stays_off)} {'stays' if len(step.stays_off) == 1 else 'stay'} off"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in words, the first five of them."""
    shown = list(names[:5]) + ([f"{len(names) - 5} more"] if len(names) > 5 else [])
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
