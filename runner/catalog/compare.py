"""Compare what users have before and after: gained, kept, lost, moved between tiers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from runner.catalog.lookup import plan_name
from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId

TEAMS_FAMILY = "Microsoft Teams"

PlanPair = tuple[ServicePlanId, ServicePlanId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What becomes of each service plan; the pairs are (before, after) within one family.

    Order: all are sorted by the plans' names. A plan from before is kept, lost or the first of
    one pair; a plan from after is gained, kept or the second of a pair. A lower tier that goes
    where a higher one stays or comes is a pair too, as the higher one does its work.
    """

    gained: tuple[ServicePlanId, ...]
    kept: tuple[ServicePlanId, ...]
    lost: tuple[ServicePlanId, ...]
    moved_up: tuple[PlanPair, ...]
    moved_down: tuple[PlanPair, ...]


def compare(
    catalog: Catalog, a: Collection[ServicePlanId], b: Collection[ServicePlanId]
) -> Comparison:
    """Return what a user with the plans `a` gains, keeps and loses by having the plans `b`."""
    before, after = frozenset(a), frozenset(b)
    moved = _moves(catalog, before - after, after=after)
    tier = {plan: place for place, plan in enumerate(catalog.families)}
    pairs = [(plan, moved[plan]) for plan in by_name(catalog, moved)]
    return Comparison(
        gained=by_name(catalog, after - before - frozenset(moved.values())),
        kept=by_name(catalog, before & after),
        lost=by_name(catalog, before - after - frozenset(moved)),
        moved_up=tuple(pair for pair in pairs if tier[pair[0]] < tier[pair[1]]),
        moved_down=tuple(pair for pair in pairs if tier[pair[0]] > tier[pair[1]]),
    )


def contained(catalog: Catalog, plans: Collection[ServicePlanId]) -> frozenset[ServicePlanId]:
    """Return the plans together with every lower tier of their families."""
    found = set(plans)
    reached: set[str] = set()
    for plan, family in reversed(list(catalog.families.items())):
        if plan in plans:
            reached.add(family)
        elif family in reached:
            found.add(plan)
    return frozenset(found)


def has_teams(catalog: Catalog, plans: Iterable[ServicePlanId]) -> bool:
    """Return whether Teams is among the plans, in whichever edition."""
    return any(catalog.families.get(plan) == TEAMS_FAMILY for plan in plans)


def by_name(catalog: Catalog, plans: Iterable[ServicePlanId]) -> tuple[ServicePlanId, ...]:
    """Return the plans sorted by technical name, then id."""
    return tuple(sorted(plans, key=lambda plan: (plan_name(catalog, plan).casefold(), plan)))


def _moves(
    catalog: Catalog, gone: Collection[ServicePlanId], *, after: Collection[ServicePlanId]
) -> Mapping[ServicePlanId, ServicePlanId]:
    """Return for each plan that goes the highest tier of its family that is there afterwards."""
    highest = {family: plan for plan, family in catalog.families.items() if plan in after}
    return {
        plan: highest[family]
        for plan, family in catalog.families.items()
        if plan in gone and family in highest
    }
