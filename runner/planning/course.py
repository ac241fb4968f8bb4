"""Foresee how many seats and users each product has, from now until the plan is carried out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from runner.model.ids import SkuId
from runner.model.plan import Step, TenantPlan
from runner.planning.summary import is_refused
from runner.steps.buy_seats import BuySeats
from runner.steps.change_seats import ChangeSeats
from runner.steps.ending import EndStep
from runner.steps.remove_add_on import RemoveAddOn
from runner.steps.stop_renewal import StopRenewal
from runner.steps.swapping import SwapStep
from runner.steps.transition_subscription import TransitionSubscription


class Stage(IntEnum):
    """The stages of an upgrade, in their order."""

    NOW = 0
    BOUGHT = 1
    MOVED = 2
    ENDED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Seats and users of one product at every stage."""

    product: str
    seats: tuple[int, ...]
    users: tuple[int, ...]


@dataclass(slots=True, kw_only=True)
class _Counts:
    product: str
    seats: list[int] = field(default_factory=lambda: [0] * len(Stage))
    users: list[int] = field(default_factory=lambda: [0] * len(Stage))

    def add_seats(self, number: int, stage: Stage) -> None:
        for place in range(stage, len(Stage)):
            self.seats[place] += number

    def add_users(self, number: int, stage: Stage) -> None:
        for place in range(stage, len(Stage)):
            self.users[place] = max(0, self.users[place] + number)


def course_of(tenant: TenantPlan) -> tuple[Course, ...]:
    """Return the course of every product that the plan changes; of a refused plan none."""
    if is_refused(tenant):
        return ()
    counts: dict[SkuId, _Counts] = {}
    for each in tenant.observed.products:
        counts[each.sku] = _Counts(product=each.product)
        counts[each.sku].add_seats(each.seats, Stage.NOW)
        counts[each.sku].add_users(each.in_use, Stage.NOW)
    changed: dict[SkuId, None] = {}
    for step in tenant.steps:
        changed.update(dict.fromkeys(_apply(step, counts)))
    return tuple(
        Course(product=each.product, seats=tuple(each.seats), users=tuple(each.users))
        for each in (counts[sku] for sku in changed)
    )


def _apply(step: Step, counts: dict[SkuId, _Counts]) -> Iterable[SkuId]:
    """Add what a step changes, and return the products it concerns."""
    if isinstance(step, BuySeats | ChangeSeats):
        stage = Stage.BOUGHT if isinstance(step, BuySeats) else Stage.ENDED
        _of(counts, step.sku, step.product).add_seats(step.seats - step.seats_now, stage)
        return (step.sku,)
    if isinstance(step, TransitionSubscription):
        source, target = (
            _of(counts, step.sku, step.product),
            _of(counts, step.target_sku, step.target),
        )
        for each, sign in ((source, -1), (target, 1)):
            each.add_seats(sign * step.seats, Stage.BOUGHT)
            each.add_users(sign * len(step.users), Stage.BOUGHT)
        return (step.sku, step.target_sku)
    if isinstance(step, SwapStep):
        return _swap(step, counts)
    if isinstance(step, RemoveAddOn):
        for sku in step.remove:
            _of(counts, sku, step.add_ons).add_users(-len(step.users), Stage.MOVED)
        return step.remove
    if isinstance(step, EndStep):
        ending = _of(counts, step.sku, step.product)
        if not ending.users[Stage.ENDED] or not _is_freed_first(step):
            ending.add_seats(-step.seats, Stage.ENDED)
        return (step.sku,)
    return ()


def _is_freed_first(step: EndStep) -> bool:
    """Say whether the step waits while anybody holds the product."""
    return not isinstance(step, StopRenewal) or step.is_freed_first


def _swap(step: SwapStep, counts: dict[SkuId, _Counts]) -> Iterable[SkuId]:
    held = {each.sku for each in step.before}
    if step.target_sku not in held:
        _of(counts, step.target_sku, step.target).add_users(len(step.users), Stage.MOVED)
    for sku in step.remove:
        _of(counts, sku, step.source).add_users(-len(step.users), Stage.MOVED)
    return (*step.remove, step.target_sku)


def _of(counts: dict[SkuId, _Counts], sku: SkuId, product: str) -> _Counts:
    return counts.setdefault(sku, _Counts(product=product))
