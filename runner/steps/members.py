"""Tell how far a swap of a group's license has come: members by their own state."""

from collections.abc import Iterable
from dataclasses import dataclass

from runner.model.ids import GroupId, SkuId, UserId
from runner.model.state import Group, TenantState, User
from runner.steps.holding import WORKING, row_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSwap:
    """What members of a group get and lose; `planned` were its members at planning."""

    group: GroupId
    target: SkuId
    remove: tuple[SkuId, ...]
    planned: tuple[UserId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The members whom the swap has reached, those it has not, and those in error."""

    arrived: tuple[UserId, ...]
    waiting: tuple[UserId, ...]
    failed: tuple[UserId, ...]

    @property
    def members(self) -> int:
        """Return how many there are in all."""
        return len(self.arrived) + len(self.waiting) + len(self.failed)


def members_of(swap: GroupSwap, group: Group, have: TenantState) -> tuple[UserId, ...]:
    """Return the members as they are now; where they may not be read, who inherits or did."""
    if group.members is not None:
        return tuple(sorted(group.members))
    inheriting = (
        user.id
        for user in have.users.values()
        if any(row_of(user, sku, swap.group) for sku in (swap.target, *swap.remove))
    )
    return tuple(sorted({*swap.planned, *inheriting}))


def people_of_group(swap: GroupSwap, group: Group, have: TenantState) -> tuple[User, ...]:
    """Return the members who are known as users."""
    members = (have.users.get(each) for each in members_of(swap, group, have))
    return tuple(user for user in members if user is not None)


def has_arrived(swap: GroupSwap, user: User) -> bool:
    """Return whether the user has the target by the group and none of what it replaces.

    Source: graph.md 5.4 (count members whose row is Active), read 2026-11-22.
    """
    still = any(row_of(user, sku, swap.group) in WORKING for sku in swap.remove)
    return not still and row_of(user, swap.target, swap.group) in WORKING


def reach_of(swap: GroupSwap, users: Iterable[User]) -> Reach:
    """Return how far the swap has come among these members."""
    arrived: list[UserId] = []
    waiting: list[UserId] = []
    failed: list[UserId] = []
    for user in users:
        rows = {row_of(user, sku, swap.group) for sku in (swap.target, *swap.remove)}
        if has_arrived(swap, user):
            arrived.append(user.id)
        elif rows & {"Error", "ActiveWithError"}:
            failed.append(user.id)
        else:
            waiting.append(user.id)
    return Reach(arrived=tuple(arrived), waiting=tuple(waiting), failed=tuple(failed))
