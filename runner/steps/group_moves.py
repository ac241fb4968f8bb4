"""Say which groups change their license, and what a user holds after that."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from runner.model.ids import GroupId, ServicePlanId, SkuId, UserId
from runner.model.spec import AssignmentWant
from runner.model.state import Group, License, TenantState, User
from runner.steps.forecast import Reason
from runner.steps.holding import WORKING, groups_giving

INHERITED = "inherited-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMove:
    """A group whose members get the target and lose the sources together.

    `before` are the licenses concerned as the group carries them now; `users` are its members,
    `arriving` those of them who start to take a seat of the target, `leaving` by source those who
    give its seat back. `direct_first` lose what they hold directly before the group is swapped.
    `is_again` says that the group is swapped already and left `users` in error.
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
    going_off: tuple[ServicePlanId, ...] = ()
    direct_first: frozenset[UserId] = frozenset()
    is_again: bool = False

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
        self._moving: dict[GroupId, list[GroupMove]] = {}
        for each in self.moving:
            self._moving.setdefault(each.group.id, []).append(each)
        self._blocked = blocked

    @cached_property
    def _carried(self) -> Mapping[GroupId, set[SkuId]]:
        groups = self._have.groups or ()
        return {group.id: {each.sku for each in group.licenses} for group in groups}

    def of(self, user: User, sources: Iterable[SkuId]) -> tuple[GroupId, ...]:
        """Return the groups that are swapped and give one of the sources to the user."""
        wanted = tuple(sources)
        giving = {
            group for sku in wanted for group in groups_giving(user, sku) if self._loses(group, sku)
        }
        return tuple(sorted(giving))

    def _loses(self, group: GroupId, sku: SkuId) -> bool:
        return any(sku in move.remove for move in self._moving.get(group, ()))

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
                if not self._loses(group, sku) and sku in self._carried[group]:
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
                is_kept = not self._loses(holding.by_group, holding.license.sku)
            if is_kept:
                kept.append(holding.license)
        brought = (each for move in self._moves_of(user) for each in move.add)
        return (*kept, *brought, *given)

    def goes_first(self, user: User) -> bool:
        """Return whether the user loses direct licenses before a group is swapped."""
        return any(user.id in move.direct_first for move in self._moves_of(user))

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
            yield from self._moving.get(group, ())
