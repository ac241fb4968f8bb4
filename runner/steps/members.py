"""Tell how far a swap of a group's license has come: members by their own state."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from runner.model.ids import GroupId, SkuId, UserId
from runner.model.outcome import Check
from runner.model.state import Group, TenantState, User
from runner.steps.holding import WORKING, row_of
from runner.steps.verdicts import done, todo, wait
from runner.steps.words import counted

SOON = timedelta(seconds=30)
"""How soon to look again at members that Graph still works on."""

LONGEST = timedelta(hours=24)
"""Source: graph.md 5.3 (more than 24 h is a case for Microsoft's support), read 2026-11-22."""

COLLATERAL = "Other"
"""Source: graph.md 5.2 (the error where another product of the group is the cause), read
2026-11-23.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSwap:
    """What members of a group get and lose; `planned` were its members at planning.

    `name` and `product` name the group and the target for reading. `is_again` says that it is about
    those members only.
    """

    group: GroupId
    name: str
    target: SkuId
    product: str
    remove: tuple[SkuId, ...]
    planned: tuple[UserId, ...]
    is_again: bool


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
    """Return the members it is about who are known as users."""
    names = members_of(swap, group, have)
    if swap.is_again:
        names = tuple(sorted(set(names).intersection(swap.planned)))
    members = (have.users.get(each) for each in names)
    return tuple(user for user in members if user is not None)


def has_arrived(swap: GroupSwap, user: User) -> bool:
    """Return whether the user has the target by the group and none of what it replaces.

    Source: graph.md 5.4 (count members whose row is Active), read 2026-11-22.
    """
    still = any(row_of(user, sku, swap.group) in WORKING for sku in swap.remove)
    return not still and row_of(user, swap.target, swap.group) in WORKING


def reach_of(swap: GroupSwap, users: Iterable[User], group: Group) -> Reach:
    """Return how far the swap of the group has come among these members."""
    arrived: list[UserId] = []
    waiting: list[UserId] = []
    failed: list[UserId] = []
    for user in users:
        if has_arrived(swap, user):
            arrived.append(user.id)
        elif group.has_failed or _is_in_error(swap, user, group):
            failed.append(user.id)
        else:
            waiting.append(user.id)
    return Reach(arrived=tuple(arrived), waiting=tuple(waiting), failed=tuple(failed))


def _is_in_error(swap: GroupSwap, user: User, group: Group) -> bool:
    """Say whether Graph has been with a member in vain.

    While it is at work, an error of what is replaced may be an older one.
    """
    if row_of(user, swap.target, swap.group) == "Error":
        return True
    rows = {row_of(user, sku, swap.group) for sku in (swap.target, *swap.remove)}
    return not group.is_processing and bool(rows & {"Error", "ActiveWithError"})


def follow(
    swap: GroupSwap, people: Sequence[User], group: Group, *, since: datetime, now: datetime
) -> Check:
    """Say whether Graph is still to come to a member, or whom it left in error, or neither.

    Who is in error is told at once, and tried again when nobody is left to wait for.
    """
    reach = reach_of(swap, people, group)
    whole = f'{counted(reach.members, "member")} of group "{swap.name}"'
    if not (reach.waiting or reach.failed):
        found = done(f"{whole} {'holds' if reach.members == 1 else 'hold'} {swap.product}")
        return replace(found, arrived=reach.arrived)
    errors = _errors(swap.group, (each for each in people if each.id in reach.failed))
    failed = f"{len(reach.failed)} in error: {errors}"
    if not reach.waiting:
        found = todo(f"{whole}: {failed}")
        return replace(found, subjects=reach.failed, arrived=reach.arrived)
    why = f"Graph is at work on {whole}: {len(reach.waiting)} still to come"
    why = f"{why}, {failed}" if reach.failed else why
    found = wait(why, again=now + SOON, deadline=since + LONGEST)
    left = tuple(sorted((*reach.waiting, *reach.failed)))
    return replace(found, subjects=left, arrived=reach.arrived)


def _errors(group: GroupId, users: Iterable[User]) -> str:
    found: Counter[str] = Counter()
    for user in users:
        errors = {h.error for h in user.holdings if h.by_group == group and h.error}
        found.update(errors - {COLLATERAL} or errors or {"no reason given"})
    return ", ".join(f"{count} {error}" for error, count in sorted(found.items()))
