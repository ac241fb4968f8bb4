"""Find out which groups change their license, and which cannot without harm to a member."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from runner.model.catalog import Catalog
from runner.model.ids import GroupId, SkuId, UserId
from runner.model.spec import AssignmentWant
from runner.model.state import Group, License, TenantState
from runner.steps.forecast import Forecast
from runner.steps.group_moves import GroupMove, GroupMoves
from runner.steps.harm import Harm
from runner.steps.holding import groups_giving, inheritors_by_group, takes_seat
from runner.steps.left_behind import LeftBehind
from runner.steps.swap import going_off, swapped
from runner.steps.who import Cover, stays
from runner.steps.words import counted


def move_groups(
    have: TenantState,
    catalog: Catalog,
    *,
    cover: Cover,
    forecast: Forecast,
    held_back: Mapping[GroupId, str] = MappingProxyType({}),
) -> GroupMoves:
    """Return what becomes of every group that carries a source.

    `held_back` are groups that are not to be swapped, with the reason.
    Order: by group id.
    """
    moving: list[GroupMove] = []
    blocked: dict[GroupId, str] = {}
    inheritors = inheritors_by_group(have)
    behind = LeftBehind(have, cover=cover, forecast=forecast)
    harm = Harm(have, catalog, forecast)
    for group in sorted(have.groups or (), key=lambda each: each.id):
        members = sorted((group.members or frozenset()) | inheritors.get(group.id, frozenset()))
        if again := behind.of(group, members):
            moving.append(again)
            harm.expect(again)
        for found in _swaps(group, members, have, cover=cover):
            if isinstance(found, str):
                blocked[group.id] = found
                continue
            move, why = harm.foreseen(_move(found, have, catalog))
            if why := held_back.get(group.id, why):
                blocked[group.id] = why
            else:
                moving.append(move)
                harm.expect(move)
    return GroupMoves(have, with_seats(moving, have), blocked)


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


def with_seats(moving: Sequence[GroupMove], have: TenantState) -> list[GroupMove]:
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
