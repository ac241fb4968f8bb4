"""Find the members whom a group that is swapped already left behind, and who is tried again."""

from collections.abc import Iterator, Mapping, Sequence

from runner.model.ids import SkuId, UserId
from runner.model.spec import AssignmentWant
from runner.model.state import Group, License, TenantState, User
from runner.steps.forecast import Forecast
from runner.steps.group_moves import GroupMove
from runner.steps.holding import WORKING, holds, is_assigned, row_of, takes_seat
from runner.steps.seats import free_seats
from runner.steps.who import Cover, stays

NO_SEAT = "CountViolation"
"""Source: graph.md 3.2 (words of an error), read 2026-11-23."""


class LeftBehind:
    """Finds members to be tried again, group by group; a seat that is free serves one of them."""

    def __init__(self, have: TenantState, *, cover: Cover, forecast: Forecast) -> None:
        self._have = have
        self._cover = cover
        self._forecast = forecast
        self._spare: dict[SkuId, int] = {}

    def of(self, group: Group, members: Sequence[UserId]) -> GroupMove | None:
        """Return the group as one whose members are tried again, if that is all it needs.

        Who has a source of it always is. Who has none any more, and the target by no path, is where
        what stood against it can be gone.
        Source: graph.md 5.2 (the intent is kept, the error stays until somebody reprocesses the
        user) and 5.4, read 2026-11-22.
        """
        carried = {each.sku: each for each in group.licenses}
        for assignment in self._cover.assignments:
            if assignment.target not in carried or not carried.keys().isdisjoint(
                assignment.sources
            ):
                continue
            people = tuple(self._people(assignment, members))
            keeping = [each for each in people if _keeps_source(each, group, assignment)]
            stranded = [each for each in people if self._is_stranded(each, group, assignment)]
            if again := [*keeping, *self._seated(stranded, assignment.target)]:
                return _tried_again(group, assignment, carried=carried, users=again)
        return None

    def _people(self, assignment: AssignmentWant, members: Sequence[UserId]) -> Iterator[User]:
        for member in members:
            user = self._have.users.get(member)
            if user and self._cover.first(member, assignment.sources) is assignment:
                yield user

    def _is_stranded(self, user: User, group: Group, assignment: AssignmentWant) -> bool:
        target = assignment.target
        if row_of(user, target, group.id) != "Error" or holds(user, target):
            return False
        leading = (each.sources for each in self._cover.assignments if each.target == target)
        has_source = any(is_assigned(user, sku) for sources in leading for sku in sources)
        return not (has_source or stays(assignment, user)) and self._can_be_given(user, group)

    def _can_be_given(self, user: User, group: Group) -> bool:
        """Return whether nothing that is known stands against giving the user what is carried."""
        lacking = [h for h in user.holdings if h.by_group == group.id and h.error == NO_SEAT]
        if any(not free_seats(self._have, each.license.sku) for each in lacking):
            return False
        after = (*(h.license for h in user.holdings if h.status in WORKING), *group.licenses)
        location = user.usage_location or self._have.country
        return self._forecast.trouble(user, after, location=location) is None

    def _seated(self, stranded: Sequence[User], target: SkuId) -> Sequence[User]:
        """Return as many as there are seats for that nobody else is about to take."""
        if not stranded:
            return ()
        if target not in self._spare:
            self._spare[target] = free_seats(self._have, target) - self._coming(target)
        seated = stranded[: max(0, self._spare[target])]
        self._spare[target] -= len(seated)
        return seated

    def _coming(self, target: SkuId) -> int:
        return sum(
            not takes_seat(user, target)
            and any(
                assignment.target == target and not stays(assignment, user)
                for assignment, _ in self._cover.fitting(user)
            )
            for user in self._have.users.values()
        )


def _keeps_source(user: User, group: Group, assignment: AssignmentWant) -> bool:
    keeps = (row_of(user, sku, group.id) for sku in assignment.sources)
    return any(row in WORKING for row in keeps) and (
        row_of(user, assignment.target, group.id) not in WORKING
    )


def _ended_in_error(user: User, target: SkuId) -> bool:
    """Return whether a user needs a seat anew; one whose turn is still to come has it promised."""
    return is_assigned(user, target) and not takes_seat(user, target)


def _tried_again(
    group: Group,
    assignment: AssignmentWant,
    *,
    carried: Mapping[SkuId, License],
    users: Sequence[User],
) -> GroupMove:
    kept = {h.license.sku for user in users for h in user.holdings}
    return GroupMove(
        assignment=assignment,
        group=group,
        before=(),
        add=(carried[assignment.target],),
        remove=tuple(sorted(kept.intersection(assignment.sources))),
        users=tuple(sorted(user.id for user in users)),
        arriving=tuple(user.id for user in users if _ended_in_error(user, assignment.target)),
        is_again=True,
    )
