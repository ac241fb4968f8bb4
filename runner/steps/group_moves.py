"""Find out which groups change their license, and which cannot without harm to a member."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from runner.model.catalog import Catalog
from runner.model.ids import GroupId, ServicePlanId, SkuId, UserId
from runner.model.spec import AssignmentWant
from runner.model.state import Group, License, TenantState, User
from runner.steps.forecast import Forecast, Reason
from runner.steps.holding import WORKING, direct, groups_giving, holds, takes_seat
from runner.steps.swap import swapped
from runner.steps.who import Cover
from runner.steps.words import counted

INHERITED = "inherited-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMove:
    """A group whose members get the target and lose the sources together.

    `before` are the licenses concerned as the group carries them now; `users` are its members,
    `arriving` those of them who start to take a seat of the target.
    """

    assignment: AssignmentWant
    group: Group
    before: tuple[License, ...]
    add: tuple[License, ...]
    remove: tuple[SkuId, ...]
    users: tuple[UserId, ...]
    arriving: tuple[UserId, ...]
    leaving: Mapping[SkuId, tuple[UserId, ...]] = field(default_factory=dict)
    lost_switches: tuple[ServicePlanId, ...] = ()

    @property
    def target(self) -> SkuId:
        """Return the product the members get."""
        return self.assignment.target


class GroupMoves:
    """The groups that are swapped, those that are not with the reason, and what follows."""

    def __init__(
        self, have: TenantState, moving: Iterable[GroupMove], blocked: Mapping[GroupId, str]
    ) -> None:
        self.moving = tuple(moving)
        self._have = have
        self._moving = {each.group.id: each for each in self.moving}
        self._blocked = blocked
        self._carried = {
            group.id: {each.sku for each in group.licenses} for group in have.groups or ()
        }

    def of(self, user: User, sources: Iterable[SkuId]) -> tuple[GroupId, ...]:
        """Return the groups that are swapped and give one of the sources to the user."""
        giving = {group for sku in sources for group in groups_giving(user, sku)}
        return tuple(sorted(giving & self._moving.keys()))

    def blocked(self, user: User, sources: Iterable[SkuId]) -> Reason | None:
        """Return why the user would keep a source through a group, or None.

        A group that does not carry the source any more is on its way to this member.
        """
        for sku in sources:
            for group in groups_giving(user, sku):
                if self._have.groups is None:
                    return (INHERITED, "groups cannot be read")
                if group not in self._carried:
                    return (INHERITED, f"group {group} is not among those with licenses")
                if group not in self._moving and sku in self._carried[group]:
                    return (INHERITED, self._blocked.get(group, "no assignment covers the group"))
        return None

    def after(
        self, user: User, *, add: Iterable[License], remove: Iterable[SkuId]
    ) -> tuple[License, ...]:
        """Return the licenses of a user after the direct change and after every group's."""
        given = tuple(add)
        gone = {*remove, *(each.sku for each in given)}
        kept = []
        for holding in user.holdings:
            if holding.status not in WORKING:
                continue
            if holding.by_group is None:
                is_kept = holding.license.sku not in gone
            else:
                move = self._moving.get(holding.by_group)
                is_kept = move is None or holding.license.sku not in move.remove
            if is_kept:
                kept.append(holding.license)
        brought = (each for move in self._moves_of(user) for each in move.add)
        return (*kept, *brought, *given)

    def suffice(self, user: User, license: License) -> bool:
        """Return whether groups give the user all that a license of the target would have on."""
        given = [
            each
            for each in self.after(user, add=(), remove=[h.license.sku for h in user.holdings])
            if each.sku == license.sku
        ]
        if not given:
            return False
        off = set(given[0].disabled_plans).intersection(*(each.disabled_plans for each in given))
        return off <= set(license.disabled_plans)

    def _moves_of(self, user: User) -> Iterator[GroupMove]:
        for group in sorted({h.by_group for h in user.holdings if h.by_group is not None}):
            if group in self._moving:
                yield self._moving[group]


def move_groups(
    have: TenantState, catalog: Catalog, *, cover: Cover, forecast: Forecast
) -> GroupMoves:
    """Return what becomes of every group that carries a source.

    Order: by group id.
    """
    moving: list[GroupMove] = []
    blocked: dict[GroupId, str] = {}
    inheritors = _inheritors(have)
    for group in sorted(have.groups or (), key=lambda each: each.id):
        members = sorted((group.members or frozenset()) | inheritors.get(group.id, frozenset()))
        assignment, why = _assignment(group, members, have, cover=cover)
        if assignment is not None:
            sources = _sources(assignment, members, cover)
            held = tuple(each for each in group.licenses if each.sku in sources)
            covered = _Covered(group=group, assignment=assignment, held=held, members=members)
            move = _move(covered, have, catalog)
            why = _members_trouble(move, have, forecast)
            if not why:
                moving.append(move)
        if why:
            blocked[group.id] = why
    ending = {move.group.id: move.remove for move in moving}
    return GroupMoves(
        have, [replace(move, leaving=_leaving(move, have, ending)) for move in moving], blocked
    )


def _leaving(
    move: GroupMove, have: TenantState, ending: Mapping[GroupId, tuple[SkuId, ...]]
) -> Mapping[SkuId, tuple[UserId, ...]]:
    """Return by source who gives its seat back: those whom no other group keeps it for.

    Who holds it directly as well loses that too, or is not covered at all.
    """
    people = [user for each in move.users if (user := have.users.get(each))]
    return {
        sku: tuple(
            user.id
            for user in people
            if takes_seat(user, sku)
            and all(sku in ending.get(group, ()) for group in groups_giving(user, sku))
        )
        for sku in move.remove
    }


def _inheritors(have: TenantState) -> Mapping[GroupId, frozenset[UserId]]:
    """Return who shows a license of which group, each set of holdings looked at once."""
    groups: dict[int, frozenset[GroupId]] = {}
    found: dict[GroupId, set[UserId]] = {}
    for user in have.users.values() if have.groups else ():
        key = id(user.holdings)
        if key not in groups:
            groups[key] = frozenset(h.by_group for h in user.holdings if h.by_group is not None)
        for group in groups[key]:
            found.setdefault(group, set()).add(user.id)
    return {group: frozenset(users) for group, users in found.items()}


def _assignment(
    group: Group, members: Sequence[UserId], have: TenantState, *, cover: Cover
) -> tuple[AssignmentWant | None, str]:
    """Return the one assignment that covers every member, or why there is none.

    Source: graph.md 4.2 g: an inherited license changes for the whole group, read 2026-11-22.
    """
    carried = [each.sku for each in group.licenses]
    name = f'group "{group.name}"'
    if not members:
        return cover.for_nobody(group, carried), ""
    found: dict[str, tuple[AssignmentWant, int]] = {}
    outside = 0
    for member in members:
        assignment = cover.first(member, carried)
        if assignment is None or not _is_wanted(assignment, have.users.get(member)):
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


def _is_wanted(assignment: AssignmentWant, user: User | None) -> bool:
    if user is None:
        return True
    is_guest_to_stay = user.is_guest and not assignment.moves_guests
    is_blocked_to_stay = not user.is_enabled and not assignment.moves_blocked_accounts
    return not is_guest_to_stay and not is_blocked_to_stay


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
    )


def _members_trouble(move: GroupMove, have: TenantState, forecast: Forecast) -> str:
    """Return why the swap would end in error for a member, who would be left with nothing new.

    A member who holds a source directly as well has it until the group is done, so the set on the
    way counts as well as the one in the end.
    """
    alone = GroupMoves(have, [move], {})
    seen: dict[tuple[int, str | None], Reason | None] = {}
    failing: list[Reason] = []
    for member in move.users:
        user = have.users.get(member)
        if user is None:
            continue
        if not move.add and not holds(user, move.target):
            failing.append((INHERITED, "the group carries the new product and they do not have it"))
            continue
        location = user.usage_location or have.country
        key = (id(user.holdings), location)
        if key not in seen:
            taken = [sku for sku in move.remove if direct(user, sku)]
            ends = {(), tuple(taken)}
            after = (alone.after(user, add=(), remove=end) for end in sorted(ends))
            found = (forecast.trouble(user, each, location=location) for each in after)
            seen[key] = next((each for each in found if each), None)
        if reason := seen[key]:
            failing.append(reason)
    if not failing:
        return ""
    count = counted(len(failing), "member")
    return f'{count} of group "{move.group.name}" would be refused: {failing[0][1]}'
