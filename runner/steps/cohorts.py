"""Find out who changes how: users for whom the same call body is right are one cohort."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId, SkuId, UserId
from runner.model.spec import AssignmentWant, TenantSpec
from runner.model.state import License, TenantState, User
from runner.steps.translate import new_services, switched_off


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one user: the relevant direct licenses before, what to add and remove."""

    before: tuple[License, ...]
    add: tuple[License, ...]
    remove: tuple[SkuId, ...]
    lost_switches: tuple[ServicePlanId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """All users of one assignment with the same change, sorted by id."""

    assignment: AssignmentWant
    change: Change
    users: tuple[UserId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """Every user an assignment covers: those who change, and those who stay, with the reason."""

    cohorts: tuple[Cohort, ...]
    left_out: tuple[tuple[AssignmentWant, str, tuple[UserId, ...]], ...]


def direct(user: User, sku: SkuId) -> License | None:
    """Return the license the user holds directly for a SKU."""
    for holding in user.holdings:
        if holding.license.sku == sku and holding.by_group is None:
            return holding.license
    return None


def holds(user: User, sku: SkuId) -> bool:
    """Return whether the user has the use of a SKU, directly or through a group.

    Source: graph.md 3.2: a row in state `Error` gives nothing, read 2026-11-22.
    """
    return any(h.license.sku == sku and h.status != "Error" for h in user.holdings)


def inherits(user: User, sku: SkuId) -> bool:
    """Return whether a group gives the SKU to the user, working or not."""
    return any(h.license.sku == sku and h.by_group is not None for h in user.holdings)


def first_fits(want: TenantSpec, have: TenantState) -> Iterator[tuple[AssignmentWant, User]]:
    """Yield every user who holds a source, with the first assignment that covers the user."""
    for user in have.users.values():
        for assignment in want.assignments:
            if _covers(assignment, user):
                yield assignment, user
                break


def _covers(assignment: AssignmentWant, user: User) -> bool:
    return any(direct(user, sku) or inherits(user, sku) for sku in assignment.sources)


def left_out_because(assignment: AssignmentWant, user: User) -> str | None:
    """Return the code of the reason why a covered user is not moved, or None."""
    if user.is_guest and not assignment.moves_guests:
        return "guest-left"
    if not user.is_enabled and not assignment.moves_blocked_accounts:
        return "blocked-account-left"
    if not holds(user, assignment.target) and not user.usage_location:
        return "no-usage-location"
    return None


class _Changes:
    """Work out changes once for every distinct set of holdings.

    Users share their holdings, so the identity of the tuple is the key: hashing a whole license
    set for each of a million users would be most of the work.
    """

    def __init__(self, have: TenantState, catalog: Catalog) -> None:
        self._have = have
        self._catalog = catalog
        self._seen: dict[tuple[int, int], Change | None] = {}
        self._same: dict[Change, Change] = {}

    def of(self, assignment: AssignmentWant, user: User) -> Change | None:
        key = (id(assignment), id(user.holdings))
        if key not in self._seen:
            change = self._work_out(assignment, user)
            self._seen[key] = change and self._same.setdefault(change, change)
        return self._seen[key]

    def _work_out(self, assignment: AssignmentWant, user: User) -> Change | None:
        sources = [lic for sku in assignment.sources if (lic := direct(user, sku))]
        if not sources:
            return None
        own = direct(user, assignment.target)
        lost: tuple[ServicePlanId, ...] = ()
        add: tuple[License, ...] = ()
        if not holds(user, assignment.target):
            disabled, lost = self._disabled(assignment, sources)
            add = (License(sku=assignment.target, disabled_plans=disabled),)
        before = sorted([*sources, *([own] if own else [])], key=lambda each: each.sku)
        return Change(
            before=tuple(before),
            add=add,
            remove=tuple(sorted(each.sku for each in sources)),
            lost_switches=lost,
        )

    def _disabled(
        self, assignment: AssignmentWant, sources: list[License]
    ) -> tuple[tuple[ServicePlanId, ...], tuple[ServicePlanId, ...]]:
        have, catalog, target = self._have, self._catalog, assignment.target
        disabled: set[ServicePlanId] = set()
        lost: tuple[ServicePlanId, ...] = ()
        if assignment.keeps_service_plans:
            kept = switched_off(sources, target, have=have, catalog=catalog)
            disabled.update(kept.disabled)
            lost = kept.lost
        if not assignment.enables_new_services:
            skus = [each.sku for each in sources]
            disabled.update(new_services(skus, target, have=have, catalog=catalog))
        return tuple(sorted(disabled)), lost


def sort_users(want: TenantSpec, have: TenantState, catalog: Catalog) -> Sorting:
    """Return who changes how and who stays as they are, in an order that never varies.

    Order: by assignment as written, then larger cohorts first, then by what they change.
    """
    changes = _Changes(have, catalog)
    cohorts: dict[tuple[int, int], tuple[Change, list[UserId]]] = {}
    left: dict[tuple[int, str], list[UserId]] = defaultdict(list)
    places = {id(each): place for place, each in enumerate(want.assignments)}
    for assignment, user in first_fits(want, have):
        place = places[id(assignment)]
        change = changes.of(assignment, user)
        if change is None:
            continue
        reason = left_out_because(assignment, user)
        if reason:
            left[place, reason].append(user.id)
        else:
            cohorts.setdefault((place, id(change)), (change, []))[1].append(user.id)
    ordered = sorted(
        ((place, change, sorted(users)) for (place, _), (change, users) in cohorts.items()),
        key=lambda item: (item[0], -len(item[2]), item[2][0]),
    )
    return Sorting(
        cohorts=tuple(
            Cohort(assignment=want.assignments[place], change=change, users=tuple(users))
            for place, change, users in ordered
        ),
        left_out=tuple(
            (want.assignments[place], reason, tuple(sorted(users)))
            for (place, reason), users in sorted(left.items())
        ),
    )


def arriving(sorting: Sorting, sku: SkuId) -> int:
    """Return how many users start to hold a SKU."""
    return sum(
        len(each.users) for each in sorting.cohorts if any(a.sku == sku for a in each.change.add)
    )


def leaving(sorting: Sorting, sku: SkuId) -> int:
    """Return how many users stop to hold a SKU."""
    return sum(len(each.users) for each in sorting.cohorts if sku in each.change.remove)
