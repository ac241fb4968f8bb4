"""Find out who changes how: users for whom the same call body is right are one cohort."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId, SkuId, UserId
from runner.model.spec import AssignmentWant, TenantSpec
from runner.model.state import License, TenantState, User
from runner.steps.translate import all_plans_of, new_services, switched_off

WORKING = ("Active", "ActiveWithError")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one user: the relevant direct licenses before, what to add and remove.

    `lost_switches` are plans that were off and have no counterpart in the target. `going_off` are
    plans that are on in a source and off in the target the user holds already.
    """

    before: tuple[License, ...]
    add: tuple[License, ...]
    remove: tuple[SkuId, ...]
    lost_switches: tuple[ServicePlanId, ...]
    going_off: tuple[ServicePlanId, ...] = ()


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

    Source: graph.md 3.2 (states of an assignment), read 2026-11-22.
    """
    return any(h.license.sku == sku and h.status in WORKING for h in user.holdings)


def is_assigned(user: User, sku: SkuId) -> bool:
    """Return whether the user has a SKU in any state, working or not."""
    return any(h.license.sku == sku for h in user.holdings)


def inherits(user: User, sku: SkuId) -> bool:
    """Return whether a group gives the SKU to the user, working or not."""
    return any(h.license.sku == sku and h.by_group is not None for h in user.holdings)


def first_fits(want: TenantSpec, have: TenantState) -> Iterator[tuple[AssignmentWant, User]]:
    """Yield every user who holds a source, with the first assignment that covers the user.

    Later assignments to the same target lend it their sources, so that a user who holds several
    loses them in the same call.
    """
    assignments = tuple(_with_lent_sources(each, want) for each in want.assignments)
    for user in have.users.values():
        for assignment in assignments:
            if any(is_assigned(user, sku) for sku in assignment.sources):
                yield assignment, user
                break


def _with_lent_sources(assignment: AssignmentWant, want: TenantSpec) -> AssignmentWant:
    same = (each for each in want.assignments if each.target == assignment.target)
    sources = dict.fromkeys((*assignment.sources, *(sku for each in same for sku in each.sources)))
    return replace(assignment, sources=tuple(sources))


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
        self._seen: dict[tuple[str, int], Change | None] = {}
        self._same: dict[Change, Change] = {}

    def of(self, assignment: AssignmentWant, user: User) -> Change | None:
        key = (_place(assignment), id(user.holdings))
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
            disabled, lost = self._disabled(assignment, [*sources, *([own] if own else [])])
            add = (License(sku=assignment.target, disabled_plans=disabled),)
        before = sorted([*sources, *([own] if own else [])], key=lambda each: each.sku)
        return Change(
            before=tuple(before),
            add=add,
            remove=tuple(sorted(each.sku for each in sources)),
            lost_switches=lost,
            going_off=self._going_off(own, sources) if own else (),
        )

    def _going_off(self, own: License, sources: list[License]) -> tuple[ServicePlanId, ...]:
        off = set(own.disabled_plans)
        on = {
            plan
            for each in sources
            for plan in all_plans_of(each.sku, self._have, self._catalog)
            if plan not in each.disabled_plans
        }
        return tuple(sorted(off & on))

    def _disabled(
        self, assignment: AssignmentWant, held: list[License]
    ) -> tuple[tuple[ServicePlanId, ...], tuple[ServicePlanId, ...]]:
        have, catalog, target = self._have, self._catalog, assignment.target
        disabled: set[ServicePlanId] = set()
        lost: tuple[ServicePlanId, ...] = ()
        if assignment.keeps_service_plans:
            kept = switched_off(held, target, have=have, catalog=catalog)
            disabled.update(kept.disabled)
            lost = kept.lost
        if not assignment.enables_new_services:
            skus = [each.sku for each in held]
            disabled.update(new_services(skus, target, have=have, catalog=catalog))
        return tuple(sorted(disabled)), lost


def sort_users(want: TenantSpec, have: TenantState, catalog: Catalog) -> Sorting:
    """Return who changes how and who stays as they are, in an order that never varies.

    Order: by assignment as written, then larger cohorts first, then by what they change.
    """
    changes = _Changes(have, catalog)
    cohorts: dict[tuple[str, int], tuple[Cohort, list[UserId]]] = {}
    left: dict[tuple[str, str], tuple[AssignmentWant, list[UserId]]] = {}
    for assignment, user in first_fits(want, have):
        change = changes.of(assignment, user)
        if change is None:
            continue
        place = _place(assignment)
        if reason := left_out_because(assignment, user):
            left.setdefault((place, reason), (assignment, []))[1].append(user.id)
        else:
            cohort = Cohort(assignment=assignment, change=change, users=())
            cohorts.setdefault((place, id(change)), (cohort, []))[1].append(user.id)
    full = [replace(cohort, users=tuple(sorted(users))) for cohort, users in cohorts.values()]
    order = {_place(each): number for number, each in enumerate(want.assignments)}
    return Sorting(
        cohorts=tuple(
            sorted(
                full,
                key=lambda each: (order[_place(each.assignment)], -len(each.users), each.users[0]),
            )
        ),
        left_out=tuple(
            (left[key][0], key[1], tuple(sorted(left[key][1])))
            for key in sorted(left, key=lambda key: (order[key[0]], key[1]))
        ),
    )


def _place(assignment: AssignmentWant) -> str:
    where = assignment.where
    return f"{where.file}:{where.line}:{where.column}"


def arriving(sorting: Sorting, sku: SkuId) -> int:
    """Return how many users start to hold a SKU."""
    return sum(
        len(each.users) for each in sorting.cohorts if any(a.sku == sku for a in each.change.add)
    )


def leaving(sorting: Sorting, sku: SkuId) -> int:
    """Return how many users stop to hold a SKU."""
    return sum(len(each.users) for each in sorting.cohorts if sku in each.change.remove)
