"""Find the users whose services the vendor's own upgrade switched on, and what was off before."""

from collections.abc import Iterator
from dataclasses import replace

from runner.model.catalog import Catalog
from runner.model.ids import SkuId, UserId
from runner.model.spec import AssignmentWant
from runner.model.state import Holding, License, OpenOrder, TenantState, User
from runner.steps.cohorts import Change, place_of
from runner.steps.forecast import Forecast
from runner.steps.group_moves import GroupMoves
from runner.steps.holding import direct, is_assigned
from runner.steps.ordering import is_begun
from runner.steps.swap import swapped
from runner.steps.who import Cover, stays


def is_reset(user: User, own: License | None, have: TenantState) -> bool:
    """Return whether the vendor gave the user this license: with everything on, and new."""
    before = have.memory.before.get(user.id)
    if not before or own is None or own.disabled_plans:
        return False
    return all(each.sku != own.sku for each in before)


def stranded(have: TenantState) -> tuple[UserId, ...]:
    """Return who held something before an upgrade in place, and is no longer among the holders."""
    if not any(_is_upgrade(each, have) for each in have.memory.orders):
        return ()
    return tuple(sorted(have.memory.before.keys() - have.users.keys()))


def _is_upgrade(order: OpenOrder, have: TenantState) -> bool:
    return order.kind == "transition_subscription" and is_begun(have, order.step)


class Resets:
    """What was switched off before users came to their target by another hand than ours.

    Source: commerce.md U10, U11 and edge case 6 (all services are on after it), read 2026-11-23.
    """

    def __init__(
        self, have: TenantState, catalog: Catalog, *, forecast: Forecast, moves: GroupMoves
    ) -> None:
        self._have = have
        self._catalog = catalog
        self._forecast = forecast
        self._moves = moves
        self._seen: dict[tuple[object, ...], Change | None] = {}
        self._same: dict[Change, Change] = {}

    def of(self, user: User, cover: Cover) -> Iterator[tuple[AssignmentWant, Change]]:
        """Yield what gives a user back what was off before, by the assignment that covered them.

        Nothing can be assigned to a user without a usage location.
        """
        before = self._have.memory.before.get(user.id)
        if not before or not user.usage_location:
            return
        held = tuple(
            Holding(license=each, by_group=None, status="Active", error=None) for each in before
        )
        for assignment, sources in cover.fitting(replace(user, holdings=held)):
            if assignment.keeps_service_plans and not stays(assignment, user):
                key = (place_of(assignment), sources, id(user.holdings), id(before))
                if key not in self._seen:
                    change = self._work_out(user, assignment, sources=sources, before=before)
                    self._seen[key] = change and self._same.setdefault(change, change)
                if found := self._seen[key]:
                    yield assignment, found

    def _work_out(
        self,
        user: User,
        assignment: AssignmentWant,
        *,
        sources: tuple[SkuId, ...],
        before: tuple[License, ...],
    ) -> Change | None:
        own = direct(user, assignment.target)
        is_lost = self._is_lost(user, assignment.target, sources)
        if not is_lost and not is_reset(user, own, self._have):
            return None
        lost = sorted((each for each in before if each.sku in sources), key=lambda each: each.sku)
        staying = self._moves.after(user, add=(), remove=(assignment.target,))
        others = self._forecast.enabled(staying)
        brought = swapped(lost, assignment, self._have, catalog=self._catalog, others=others)
        is_same = not is_lost and not brought.license.disabled_plans
        if is_same or self._moves.suffice(user, brought.license):
            return None
        return Change(
            before=(own,) if own else (),
            add=(brought.license,),
            remove=(),
            restores=tuple(lost),
            lost_switches=brought.lost_switches,
            takes_seat=is_lost,
        )

    def _is_lost(self, user: User, target: SkuId, sources: tuple[SkuId, ...]) -> bool:
        """Say whether the channel's upgrade left a user with neither product.

        Blocked accounts are left alone: their license may have been taken on purpose.
        Source: commerce.md M05 (a swap that went wrong is repaired fast) and 3.4 (60000), read
        2026-11-23.
        """
        orders = (each for each in self._have.memory.orders if each.sku in sources)
        if not user.is_enabled or not any(_is_upgrade(each, self._have) for each in orders):
            return False
        return not any(is_assigned(user, sku) for sku in (target, *sources))
