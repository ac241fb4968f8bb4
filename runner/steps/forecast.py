"""Foresee whom Graph would refuse, from what a user would hold in the end."""

from collections.abc import Iterable

from runner.catalog import conflicts_between, plan_name, unmet_dependencies
from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId, SkuId
from runner.model.state import License, TenantState, User
from runner.steps.holding import WORKING
from runner.steps.translate import plans_of

Reason = tuple[str, str]
"""A code and details in words."""

CONFLICT = "conflicting-plans"
DEPENDENCY = "missing-plan"
FORBIDDEN = "forbidden-in-location"
FORESEEN = (CONFLICT, DEPENDENCY, FORBIDDEN)
"""Codes of what Graph is expected to refuse; its own rules are published in part only."""


class Forecast:
    """What Graph's rules say of the licenses a user would hold.

    Only what a change brings about counts: a conflict that is there already is one Graph allows.
    Source: graph.md 4.2 c, 4.3 and 5.2, read 2026-11-22.
    """

    def __init__(self, have: TenantState, catalog: Catalog) -> None:
        self._have = have
        self._catalog = catalog
        self._enabled: dict[License, frozenset[ServicePlanId]] = {}
        self._prohibited = {
            (holding.license.sku, user.usage_location or have.country)
            for user in have.users.values()
            for holding in user.holdings
            if holding.error == "ProhibitedInUsageLocationViolation"
        }

    def enabled(self, licenses: Iterable[License]) -> frozenset[ServicePlanId]:
        """Return the service plans that are on in any of the licenses."""
        return frozenset[ServicePlanId]().union(*(self._on(each) for each in licenses))

    def _on(self, license: License) -> frozenset[ServicePlanId]:
        if license not in self._enabled:
            plans = plans_of(license.sku, self._have, self._catalog)
            self._enabled[license] = frozenset(plans) - frozenset(license.disabled_plans)
        return self._enabled[license]

    def trouble(
        self, user: User, after: tuple[License, ...], *, location: str | None
    ) -> Reason | None:
        """Return why Graph would refuse that a user comes to hold these licenses, or None."""
        held = [h.license for h in user.holdings if h.status in WORKING]
        new = {each.sku for each in after} - {each.sku for each in held}
        return self._forbidden(new, location) or self._broken(
            self.enabled(held), self.enabled(after)
        )

    def _forbidden(self, new: Iterable[SkuId], location: str | None) -> Reason | None:
        for sku in sorted(new):
            if (sku, location) in self._prohibited:
                return (FORBIDDEN, f"others in {location} were refused it there")
        return None

    def _broken(
        self, before: frozenset[ServicePlanId], after: frozenset[ServicePlanId]
    ) -> Reason | None:
        for _, plans in conflicts_between(after):
            if not set(plans) <= before:
                return (CONFLICT, self._named(plans, " and "))
        known = dict(unmet_dependencies(before))
        for plan, needed in unmet_dependencies(after):
            if plan not in known:
                return (DEPENDENCY, f"{self._named([plan])} needs {self._named(needed, ' or ')}")
        return None

    def _named(self, plans: Iterable[ServicePlanId], joined: str = ", ") -> str:
        return joined.join(sorted(plan_name(self._catalog, plan) for plan in plans))
