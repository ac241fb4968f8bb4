"""Find the add-on licenses of users that their new product contains already."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.catalog import counterparts, redundant_add_ons
from runner.catalog.add_ons import COMPANY_PLANS
from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId, SkuId, UserId
from runner.model.spec import AssignmentWant, SubscriptionGoal, TenantSpec
from runner.model.state import License, TenantState, User
from runner.steps.holding import direct
from runner.steps.translate import plans_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """Add-ons as users hold them, and the plans of the target that stand in for them."""

    before: tuple[License, ...]
    services: tuple[ServicePlanId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOnRemoval:
    """Users, sorted, who lose the same add-ons."""

    assignment: AssignmentWant
    included: Included
    users: tuple[UserId, ...]


def wanted_products(want: TenantSpec) -> frozenset[SkuId]:
    """Return the products a playbook asks for by name, which are no add-on to be rid of."""
    asked = {each.sku for each in want.subscriptions if each.goal is SubscriptionGoal.ACTIVE}
    return frozenset(asked | {each.target for each in want.assignments})


def included_in(
    targets: Iterable[License],
    user: User,
    have: TenantState,
    *,
    catalog: Catalog,
    wanted: frozenset[SkuId],
) -> Included | None:
    """Return the direct add-ons of a user of which the target has every service switched on.

    Source: commerce.md 2.3, S18 and 2.4, graph.md 4.2 h, read 2026-11-22.
    """
    given = tuple(targets)
    if not given:
        return None
    target = given[0].sku
    held = {h.license.sku for h in user.holdings if h.by_group is None} - wanted
    off = frozenset.intersection(*(frozenset(each.disabled_plans) for each in given))
    on = frozenset(plans_of(target, have, catalog)) - off
    before: list[License] = []
    services: set[ServicePlanId] = set()
    for sku in redundant_add_ons(catalog, target, held):
        own = direct(user, sku)
        stand_in = _standing_in(own, on, have, catalog=catalog) if own else None
        if own and stand_in is not None:
            before.append(own)
            services |= stand_in
    if not before:
        return None
    return Included(before=tuple(before), services=tuple(sorted(services)))


def _standing_in(
    add_on: License, on: frozenset[ServicePlanId], have: TenantState, *, catalog: Catalog
) -> set[ServicePlanId] | None:
    """Return the plans that do the work of an add-on's, or None where one would be missed."""
    found: set[ServicePlanId] = set()
    for plan in _used(add_on, have, catalog):
        stand_in = counterparts(catalog, plan, target_plans=on)
        if not stand_in:
            return None
        found.update(stand_in)
    return found


def _used(add_on: License, have: TenantState, catalog: Catalog) -> Iterator[ServicePlanId]:
    for plan in plans_of(add_on.sku, have, catalog):
        if plan not in add_on.disabled_plans and plan not in COMPANY_PLANS:
            yield plan
