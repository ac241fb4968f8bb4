"""Find out which groups change their license, and which cannot without harm to a member."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from runner.model.catalog import Catalog
from runner.model.ids import GroupId, SkuId, UserId
from runner.model.spec import AssignmentWant
from runner.model.state import Group, License, TenantState, User
from runner.steps.forecast import Forecast, Reason
from runner.steps.group_moves import GroupMove, GroupMoves
from runner.steps.holding import direct, groups_giving, holds, inheritors_by_group, takes_seat
from runner.steps.left_behind import LeftBehind
from runner.steps.swap import going_off, swapped
from runner.steps.who import Cover, stays
from runner.steps.words import counted


def move_groups(
    have: TenantState, catalog: Catalog, *, cover: Cover, forecast: Forecast
) -> GroupMoves:
    """Return what becomes of every group that carries a source.

    Order: by group id.
    """
    moving: list[GroupMove] = []
    blocked: dict[GroupId, str] = {}
    inheritors = inheritors_by_group(have)
    behind = LeftBehind(have, cover=cover, forecast=forecast)
    for group in sorted(have.groups or (), key=lambda each: each.id):
        members = sorted((group.members or frozenset()) | inheritors.get(group.id, frozenset()))
        if again := behind.of(group, members):
            moving.append(again)
        for found in _swaps(group, members, have, cover=cover):
            if isinstance(found, str):
                blocked[group.id] = found
                continue
            move, why = _foreseen(_move(found, have, catalog), have, catalog, forecast=forecast)
            if why:
                blocked[group.id] = why
            else:
                moving.append(move)
    return GroupMoves(have, _with_seats(moving, have), blocked)


def _swaps(
    group: Group, members: Sequence[UserId], have: TenantState, *, cover: Cover
) -> Iterator["_Covered | str"]:
    """Yield what is swapped in a group, once for every target, or why something is not."""
    left = [each.sku for each in group.licenses]
    found: dict[SkuId, _Covered] = {}
    while left:
        assignment, why = _assignment(group, members, have, cover=cover, carried=left)
        if assignment is None:
            if why:
                yield why
            break
        sources = _sources(assignment, members, cover) & frozenset(left)
        held = tuple(each for each in group.licenses if each.sku in sources)
        first = found.get(assignment.target)
        found[assignment.target] = (
            replace(first, held=(*first.held, *held))
            if first
            else _Covered(group=group, assignment=assignment, held=held, members=members)
        )
        left = [sku for sku in left if sku not in sources]
    yield from found.values()


def _with_seats(moving: Sequence[GroupMove], have: TenantState) -> list[GroupMove]:
    """Return the moves with the seats each takes and gives back, every seat counted once.

    A member of several groups takes the seat with the first of them, and gives the old one back
    with the last, unless a group that is not swapped keeps it.
    """
    ending = {(move.group.id, sku) for move in moving for sku in move.remove}
    taken: dict[SkuId, set[UserId]] = {}
    found = []
    for move in moving:
        has = taken.setdefault(move.target, set())
        found.append(replace(move, arriving=tuple(u for u in move.arriving if u not in has)))
        has.update(move.arriving)
    given: dict[SkuId, set[UserId]] = {}
    for place in range(len(found) - 1, -1, -1):
        leaving = _leaving(found[place], have, ending)
        for sku, users in leaving.items():
            has = given.setdefault(sku, set())
            leaving[sku] = tuple(user for user in users if user not in has)
            has.update(users)
        found[place] = replace(found[place], leaving=leaving)
    return found


def _leaving(
    move: GroupMove, have: TenantState, ending: Collection[tuple[GroupId, SkuId]]
) -> dict[SkuId, tuple[UserId, ...]]:
    """Return by source who gives its seat back: those whom no other group keeps it for.

    Who holds it directly as well loses that too, or is not covered at all.
    """
    people = [user for each in move.users if (user := have.users.get(each))]
    return {
        sku: tuple(
            user.id
            for user in people
            if takes_seat(user, sku)
            and all((group, sku) in ending for group in groups_giving(user, sku))
        )
        for sku in move.remove
    }


def _assignment(
    group: Group,
    members: Sequence[UserId],
    have: TenantState,
    *,
    cover: Cover,
    carried: Sequence[SkuId],
) -> tuple[AssignmentWant | None, str]:
    """Return the one assignment that covers every member, or why there is none.

    Source: graph.md 4.2 g: an inherited license changes for the whole group, read 2026-11-22.
    """
    name = f'group "{group.name}"'
    if group.members is None and not cover.is_for_all(carried):
        return None, f"members of {name} may not be read: grant Member.Read.Hidden"
    if not members:
        return cover.for_nobody(group, carried), ""
    found: dict[str, tuple[AssignmentWant, int]] = {}
    outside = 0
    for member in members:
        assignment = cover.first(member, carried)
        user = have.users.get(member)
        if assignment is None or (user and stays(assignment, user)):
            outside += 1
        else:
            place = str(assignment.where)
            found[place] = (assignment, found.get(place, (assignment, 0))[1] + 1)
    if not found:
        return None, ""
    if outside:
        return None, f"{name} has {outside} of {counted(len(members), 'member')} who shall stay"
    if len(found) > 1:
        return None, f"members of {name} are covered by {' and '.join(sorted(found))}"
    return next(iter(found.values()))[0], ""


def _sources(
    assignment: AssignmentWant, members: Sequence[UserId], cover: Cover
) -> frozenset[SkuId]:
    """Return what every member loses, sources of later assignments to the same target included."""
    taken = [frozenset(each) for each in {cover.sources(assignment, member) for member in members}]
    return frozenset(assignment.sources).union(frozenset.intersection(*taken) if taken else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Covered:
    group: Group
    assignment: AssignmentWant
    held: tuple[License, ...]
    members: Sequence[UserId]


def _move(covered: _Covered, have: TenantState, catalog: Catalog) -> GroupMove:
    target = covered.assignment.target
    own = next((each for each in covered.group.licenses if each.sku == target), None)
    brought = swapped(covered.held, covered.assignment, have, catalog=catalog)
    people = (have.users.get(member) for member in covered.members)
    before = [*covered.held, *([own] if own else [])]
    return GroupMove(
        assignment=covered.assignment,
        group=covered.group,
        before=tuple(sorted(before, key=lambda each: each.sku)),
        add=() if own else (brought.license,),
        remove=tuple(sorted(each.sku for each in covered.held)),
        users=tuple(covered.members),
        arriving=tuple(user.id for user in people if user and not takes_seat(user, target)),
        lost_switches=() if own else brought.lost_switches,
        going_off=going_off(own, covered.held, have, catalog=catalog) if own else (),
    )


def _foreseen(
    move: GroupMove, have: TenantState, catalog: Catalog, *, forecast: Forecast
) -> tuple[GroupMove, str]:
    """Return the move with those who lose direct licenses first, and why it would harm a member.

    A member who holds a source directly as well has it until the group is done. Where that and the
    target exclude each other the direct one goes first: the group still gives the source.
    """
    people = _People(move, have, catalog=catalog, forecast=forecast)
    failing: list[str] = []
    first: set[UserId] = set()
    for member in move.users:
        user = have.users.get(member)
        if user is None:
            continue
        why, is_first = people.judge(user)
        if why:
            failing.append(why)
        elif is_first:
            first.add(user.id)
    move = replace(move, direct_first=frozenset(first))
    if not failing:
        return move, ""
    count = counted(len(failing), "member")
    return move, f'{count} of group "{move.group.name}" would be refused: {failing[0]}'


class _People:
    """Judges the members of one group, all with the same holdings and location at once."""

    def __init__(
        self, move: GroupMove, have: TenantState, *, catalog: Catalog, forecast: Forecast
    ) -> None:
        self._move = move
        self._have = have
        self._catalog = catalog
        self._forecast = forecast
        self._alone = GroupMoves(have, [move], {})
        self._seen: dict[tuple[int, str | None], tuple[str, bool]] = {}

    def judge(self, user: User) -> tuple[str, bool]:
        """Return why the swap would fail for a member, and whether direct licenses go first."""
        location = user.usage_location or self._have.country
        key = (id(user.holdings), location)
        if key not in self._seen:
            self._seen[key] = self._work_out(user, location)
        return self._seen[key]

    def _work_out(self, user: User, location: str | None) -> tuple[str, bool]:
        move = self._move
        if not move.add and not holds(user, move.target):
            return "the group carries the new product and they do not have it", False
        taken = [lic for sku in move.remove if (lic := direct(user, sku))]
        in_the_end = self._trouble(user, [each.sku for each in taken], location)
        on_the_way = self._trouble(user, [], location)
        if in_the_end:
            return in_the_end[1], False
        if not on_the_way or not taken:
            return (on_the_way[1] if on_the_way else ""), False
        kept = swapped(taken, move.assignment, self._have, catalog=self._catalog).license
        if self._alone.suffice(user, kept):
            return "", True
        why = "they hold a source directly with more services than the group gives"
        return f"{why}, and {on_the_way[1]}", False

    def _trouble(self, user: User, gone: Sequence[SkuId], location: str | None) -> Reason | None:
        after = self._alone.after(user, add=(), remove=gone)
        return self._forecast.trouble(user, after, location=location)
