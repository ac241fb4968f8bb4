"""Foresee whether the swap of a group would harm a member of it."""

from collections.abc import Sequence
from dataclasses import replace

from runner.model.catalog import Catalog
from runner.model.ids import GroupId, SkuId, UserId
from runner.model.state import TenantState, User
from runner.steps.forecast import Forecast, Reason
from runner.steps.group_moves import GroupMove, GroupMoves
from runner.steps.holding import direct, holds
from runner.steps.swap import swapped
from runner.steps.words import counted


class Harm:
    """Judges swaps of groups by what Graph would refuse their members, one after the other."""

    def __init__(self, have: TenantState, catalog: Catalog, forecast: Forecast) -> None:
        self.have = have
        self.catalog = catalog
        self.forecast = forecast
        self._made: dict[GroupId, list[GroupMove]] = {}

    def expect(self, move: GroupMove) -> None:
        """Count on a move, so that the next are judged together with it."""
        self._made.setdefault(move.group.id, []).append(move)

    def beside(self, user: User) -> Sequence[GroupMove]:
        """Return the moves of the user's groups that are counted on."""
        groups = sorted({each.by_group for each in user.holdings if each.by_group in self._made})
        return [move for group in groups for move in self._made[group]]

    def foreseen(self, move: GroupMove) -> tuple[GroupMove, str]:
        """Return the move with those who lose direct licenses first, and why it would do harm.

        Graph swaps the groups of a member in any order, so the swap must do no harm alone, nor
        together with those counted on. A member who holds a source directly as well has it until
        the group is done. Where that and the target exclude each other the direct one goes first:
        the group still gives the source.
        """
        people = _People(move, self)
        failing: list[str] = []
        first: set[UserId] = set()
        for member in move.users:
            user = self.have.users.get(member)
            if user is None:
                continue
            why, is_first = people.judge(user)
            if why:
                failing.append(why)
            elif is_first:
                first.add(user.id)
        move = replace(move, direct_first=frozenset(first))
        return move, refused_members(move, len(failing), failing[0]) if failing else ""


def refused_members(move: GroupMove, members: int, why: str) -> str:
    """Say how many members the swap of their group would be refused, and why."""
    return f'{counted(members, "member")} of group "{move.group.name}" would be refused: {why}'


class _People:
    """Judges the members of one group, all with the same holdings and location at once."""

    def __init__(self, move: GroupMove, harm: Harm) -> None:
        self._move = move
        self._harm = harm
        self._alone = GroupMoves(harm.have, [move], {})
        self._seen: dict[tuple[int, str | None], tuple[str, bool]] = {}

    def judge(self, user: User) -> tuple[str, bool]:
        """Return why the swap would fail for a member, and whether direct licenses go first."""
        location = user.usage_location or self._harm.have.country
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
        kept = swapped(taken, move.assignment, self._harm.have, catalog=self._harm.catalog).license
        if self._orders(user)[-1].suffice(user, kept):
            return "", True
        why = "they hold a source directly with more services than the group gives"
        return f"{why}, and {on_the_way[1]}", False

    def _trouble(self, user: User, gone: Sequence[SkuId], location: str | None) -> Reason | None:
        for moves in self._orders(user):
            after = moves.after(user, add=(), remove=gone)
            if trouble := self._harm.forecast.trouble(user, after, location=location):
                return trouble
        return None

    def _orders(self, user: User) -> Sequence[GroupMoves]:
        beside = self._harm.beside(user)
        if not beside:
            return (self._alone,)
        return (self._alone, GroupMoves(self._harm.have, [*beside, self._move], {}))
