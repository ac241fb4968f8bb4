"""What a guard looks at: one tenant's wish, its state, the steps planned for it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId, SkuId, UserId
from runner.model.plan import Step
from runner.model.prices import Prices
from runner.model.spec import AssignmentWant, TenantSpec
from runner.model.state import TenantState, User
from runner.steps.cohorts import Change, Sorting
from runner.steps.forecast import Forecast
from runner.steps.group_moves import GroupMoves
from runner.steps.holding import WORKING
from runner.steps.naming import product_name
from runner.steps.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One tenant's plan under review; `prices` is empty where the owner has given none."""

    spec: TenantSpec
    state: TenantState
    steps: tuple[Step, ...]
    sorting: Sorting
    catalog: Catalog
    prices: Prices = field(default_factory=dict)


def name_of(review: Review, sku: SkuId) -> str:
    """Return the printed name of a product."""
    return product_name(sku, review.state, review.catalog)


def moving_off(sku: SkuId, review: Review) -> set[UserId]:
    """Return the users who lose a SKU by the moves of the plan, directly or by their group."""
    directly = (
        user
        for cohort in review.sorting.cohorts
        if sku in cohort.change.remove
        for user in cohort.users
    )
    by_group = (user for move in review.sorting.groups for user in move.leaving.get(sku, ()))
    return {*directly, *by_group}


def users(count: int) -> str:
    """Return `1 user` or `n users`."""
    return counted(count, "user")


def sample(found: Sequence[UserId]) -> str:
    """Return the first few ids of users, and a sign that there are more."""
    return ", ".join(sorted(found)[:5]) + (" …" if len(found) > 5 else "")


class _Losses:
    """Tells who has one of some plans on now and none of them after every move."""

    def __init__(self, review: Review, plans: frozenset[ServicePlanId]) -> None:
        self._plans = plans
        self._moves = GroupMoves(review.state, review.sorting.groups, {})
        self._forecast = Forecast(review.state, review.catalog)
        self._seen: dict[tuple[int, int], bool] = {}

    def has(self, user: User, change: Change | None) -> bool:
        """Say whether the user loses the plans; the same for all with the same holdings."""
        key = (id(user.holdings), id(change))
        if key not in self._seen:
            held = [h.license for h in user.holdings if h.status in WORKING]
            add, remove = (change.add, change.remove) if change else ((), ())
            after = self._moves.after(user, add=add, remove=remove)
            had = not self._plans.isdisjoint(self._forecast.enabled(held))
            self._seen[key] = had and self._plans.isdisjoint(self._forecast.enabled(after))
        return self._seen[key]


def losing(
    review: Review, plans: Collection[ServicePlanId]
) -> Iterator[tuple[AssignmentWant, tuple[UserId, ...]]]:
    """Yield per assignment the users who have one of the plans on now and none of them after.

    Restoring takes nothing that a user had before the upgrade.
    Order: assignments as written, users sorted.
    """
    people, sorting = review.state.users, review.sorting
    losses = _Losses(review, frozenset(plans))
    direct = {user for cohort in sorting.cohorts for user in cohort.users if sorting.groups}
    for assignment in review.spec.assignments:
        where = assignment.where
        moved = (each for each in sorting.cohorts if not each.change.restores)
        mine = [each for each in moved if each.assignment.where == where]
        found = {u for each in mine for u in each.users if losses.has(people[u], each.change)}
        for move in sorting.groups:
            if move.assignment.where == where:
                found |= {
                    each
                    for each in move.users
                    if each not in direct and (user := people.get(each)) and losses.has(user, None)
                }
        if found:
            yield assignment, tuple(sorted(found))
