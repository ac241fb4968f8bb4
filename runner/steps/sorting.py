"""Find out who changes how, and who stays as they are and why."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from runner.model.catalog import Catalog
from runner.model.ids import GroupId, ServicePlanId, SkuId, UserId
from runner.model.spec import AssignmentWant, TenantSpec
from runner.model.state import License, TenantState, User
from runner.steps.add_ons import AddOnRemoval, Included, included_in, wanted_products
from runner.steps.cohorts import Change, Cohort, LeftOut, Sorting, place_of
from runner.steps.forecast import Forecast, Reason
from runner.steps.group_moves import GroupMoves
from runner.steps.group_sorting import move_groups
from runner.steps.harm import refused_members
from runner.steps.holding import direct, holds, inherits, takes_seat
from runner.steps.reset import Resets, is_reset
from runner.steps.swap import going_off, swapped
from runner.steps.who import Cover, stays

Key = tuple[object, ...]


class _Changes:
    """Work out changes once for every distinct set of holdings.

    Users share their holdings, so the identity of the tuple is the key: hashing a whole license
    set for each of a million users would be most of the work.
    """

    def __init__(
        self, have: TenantState, catalog: Catalog, *, forecast: Forecast, moves: GroupMoves
    ) -> None:
        self._have = have
        self._catalog = catalog
        self._forecast = forecast
        self._moves = moves
        self._seen: dict[Key, Change | None] = {}
        self._judged: dict[Key, Reason | None] = {}
        self._same: dict[Change, Change] = {}

    def of(
        self, assignment: AssignmentWant, user: User, *, sources: tuple[SkuId, ...]
    ) -> Change | None:
        """Return what happens to the user directly, or None where nothing does."""
        past = id(self._have.memory.before.get(user.id))
        key = (place_of(assignment), id(user.holdings), sources, past)
        if key not in self._seen:
            change = self._work_out(assignment, user, sources)
            self._seen[key] = change and self._same.setdefault(change, change)
        return self._seen[key]

    def trouble(self, user: User, change: Change, *, location: str | None) -> Reason | None:
        """Return why Graph would refuse the change, as a code and details, or None."""
        key = (id(user.holdings), id(change), location)
        if key not in self._judged:
            after = self._moves.after(user, add=change.add, remove=change.remove)
            self._judged[key] = self._forecast.trouble(user, after, location=location)
        return self._judged[key]

    def _work_out(
        self, assignment: AssignmentWant, user: User, sources: tuple[SkuId, ...]
    ) -> Change | None:
        held = [lic for sku in sources if (lic := direct(user, sku))]
        if not held:
            return None
        target, moves = assignment.target, self._moves
        own = direct(user, target)
        before = sorted([*held, *([own] if own else [])], key=lambda each: each.sku)
        add: tuple[License, ...] = ()
        lost: tuple[ServicePlanId, ...] = ()
        ending: tuple[ServicePlanId, ...] = ()
        anew = assignment.keeps_service_plans and is_reset(user, own, self._have)
        if own and holds(user, target) and not anew:
            ending = going_off(own, held, self._have, catalog=self._catalog)
        else:
            staying = moves.after(user, add=(), remove=(*sources, target))
            others = self._forecast.enabled(staying)
            old = held if anew else before
            brought = swapped(old, assignment, self._have, catalog=self._catalog, others=others)
            is_there = anew and brought.license == own
            if not is_there and not moves.suffice(user, brought.license):
                add, lost = (brought.license,), brought.lost_switches
        groups = moves.of(user, sources)
        goes_first = not add and moves.goes_first(user)
        comes_by_group = any(
            each.target == target and each.group.id in groups for each in moves.moving
        )
        return Change(
            before=tuple(before),
            add=add,
            remove=tuple(sorted(each.sku for each in held)),
            lost_switches=lost,
            going_off=ending,
            after_groups=() if goes_first else groups,
            before_groups=groups if goes_first else (),
            takes_seat=bool(add) and not takes_seat(user, target) and not comes_by_group,
            frees=tuple(sorted(e.sku for e in held if not inherits(user, e.sku))),
        )


class _Sorter:
    """Sorts users one by one into cohorts, removals of add-ons and those who stay."""

    def __init__(
        self,
        want: TenantSpec,
        have: TenantState,
        catalog: Catalog,
        *,
        accepted: Collection[str],
        held_back: Mapping[GroupId, str],
    ) -> None:
        self._have = have
        self._catalog = catalog
        self._accepted = accepted
        self._cover = Cover(want, have)
        forecast = Forecast(have, catalog)
        self.moves = move_groups(
            have, catalog, cover=self._cover, forecast=forecast, held_back=held_back
        )
        self._changes = _Changes(have, catalog, forecast=forecast, moves=self.moves)
        self._resets = Resets(have, catalog, forecast=forecast, moves=self.moves)
        self._wanted = wanted_products(want)
        self._drops_add_ons = any(not each.keeps_included_add_ons for each in want.assignments)
        self._included: dict[Key, Included | None] = {}
        self.cohorts: dict[Key, tuple[Cohort, list[UserId]]] = {}
        self.add_ons: dict[Key, tuple[AddOnRemoval, list[UserId]]] = {}
        self.left: dict[Key, tuple[LeftOut, list[UserId]]] = {}

    def sort(self, user: User) -> None:
        """Find the place of a user in every assignment that fits."""
        is_covered = False
        for assignment, sources in self._cover.fitting(user):
            is_covered = True
            self._sort(assignment, user, sources)
        for assignment, change in () if is_covered else self._resets.of(user, self._cover):
            is_covered = True
            reason = self._foreseen(user, change, location=None)
            self._take(assignment, user, change, location=None, reason=reason)
        if not is_covered and self._drops_add_ons:
            holding = self._cover.taking_add_ons(user)
            if holding and not stays(holding, user):
                self._drop(user, holding, None)

    def harmful(self) -> dict[GroupId, str]:
        """Return the groups that count on members to lose direct licenses first who do not."""
        found = {}
        for move in self.moves.moving:
            users = set(move.direct_first)
            for cohort, people in self.cohorts.values():
                if move.group.id in cohort.change.before_groups:
                    users.difference_update(people)
            if users:
                why = "they keep a source directly that excludes the new product"
                found[move.group.id] = refused_members(move, len(users), why)
        return found

    def _sort(self, assignment: AssignmentWant, user: User, sources: tuple[SkuId, ...]) -> None:
        change = self._changes.of(assignment, user, sources=sources)
        location = None if user.usage_location else assignment.usage_location
        reason = self.moves.blocked(user, sources)
        if reason is None and change is not None:
            reason = _left_out_because(assignment, user, change) or self._foreseen(
                user, change, location=location
            )
        self._take(assignment, user, change, location=location, reason=reason)

    def _take(
        self,
        assignment: AssignmentWant,
        user: User,
        change: Change | None,
        *,
        location: str | None,
        reason: Reason | None,
    ) -> None:
        """Put a user where the change belongs, or among those who stay as they are."""
        if reason is not None:
            left = LeftOut(assignment=assignment, code=reason[0], about=reason[1], users=())
            key: Key = (place_of(assignment), *reason)
            self.left.setdefault(key, (left, []))[1].append(user.id)
            return
        if change is not None:
            location = location if change.add else None
            cohort = Cohort(assignment=assignment, change=change, users=(), location=location)
            key = (place_of(assignment), id(change), location)
            self.cohorts.setdefault(key, (cohort, []))[1].append(user.id)
        if not assignment.keeps_included_add_ons:
            self._drop(user, assignment, change)

    def _foreseen(self, user: User, change: Change, *, location: str | None) -> Reason | None:
        where = user.usage_location or location
        trouble = self._changes.trouble(user, change, location=where)
        return trouble if trouble and trouble[0] not in self._accepted else None

    def _drop(self, user: User, assignment: AssignmentWant, change: Change | None) -> None:
        """Take the add-ons from a user that the target has in it, once the user holds that."""
        place = place_of(assignment)
        key: Key = (place, id(user.holdings), id(change))
        if key not in self._included:
            add, remove = (change.add, change.remove) if change else ((), ())
            after = self.moves.after(user, add=add, remove=remove)
            targets = [each for each in after if each.sku == assignment.target]
            self._included[key] = included_in(
                targets, user, self._have, catalog=self._catalog, wanted=self._wanted
            )
        if included := self._included[key]:
            removal = AddOnRemoval(assignment=assignment, included=included, users=())
            self.add_ons.setdefault((place, included), (removal, []))[1].append(user.id)


def sort_users(
    want: TenantSpec, have: TenantState, catalog: Catalog, *, accepted: Collection[str] = ()
) -> Sorting:
    """Return who changes how and who stays as they are, in an order that never varies.

    `accepted` are codes of predictions that a person lets pass, so that those users are tried.
    Order: by assignment as written, then larger cohorts first, then by what they change.
    """
    sorter = _sorted(want, have, catalog, accepted=accepted)
    order = {place_of(each): number for number, each in enumerate(want.assignments)}
    cohorts = [replace(each, users=tuple(sorted(u))) for each, u in sorter.cohorts.values()]
    add_ons = [replace(each, users=tuple(sorted(u))) for each, u in sorter.add_ons.values()]
    left = [replace(each, users=tuple(sorted(u))) for each, u in sorter.left.values()]
    return Sorting(
        cohorts=tuple(sorted(cohorts, key=lambda each: _rank(each, order))),
        groups=sorter.moves.moving,
        add_ons=tuple(sorted(add_ons, key=lambda each: _rank(each, order))),
        left_out=tuple(
            sorted(left, key=lambda e: (order[place_of(e.assignment)], e.code, e.about))
        ),
    )


def _sorted(
    want: TenantSpec, have: TenantState, catalog: Catalog, *, accepted: Collection[str]
) -> _Sorter:
    """Sort every user, again without the groups that would do harm as long as there are any.

    A member who stays because of one group may be who another group counts on.
    """
    held_back: dict[GroupId, str] = {}
    while True:
        sorter = _Sorter(want, have, catalog, accepted=accepted, held_back=held_back)
        for user in have.users.values():
            sorter.sort(user)
        harmful = sorter.harmful()
        if not harmful:
            return sorter
        held_back |= harmful


def _rank(each: Cohort | AddOnRemoval, order: Mapping[str, int]) -> tuple[int, int, UserId]:
    return (order[place_of(each.assignment)], -len(each.users), each.users[0])


def _left_out_because(assignment: AssignmentWant, user: User, change: Change) -> Reason | None:
    if code := stays(assignment, user):
        return (code, "")
    if change.add and not user.usage_location and not assignment.usage_location:
        return ("no-usage-location", "")
    return None
