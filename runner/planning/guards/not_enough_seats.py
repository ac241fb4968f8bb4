"""Refuse a plan whose seats cannot hold everyone it moves."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.ids import SkuId
from runner.planning.guards.review import Review, name_of, users
from runner.steps.buy_seats import seats_once_bought
from runner.steps.change_seats import ChangeSeats
from runner.steps.cohorts import arriving, leaving
from runner.steps.motion import flows_of, stuck
from runner.steps.seats import LIVE, seats_at_once, seats_in_use, subscriptions_of
from runner.steps.words import counted


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every target with fewer seats than its users need, in the end or before.

    Where users exchange products in a circle, the seats they give back serve the others, but one
    seat must be free to begin with.
    Source: docs/playbook.md (`seats`), commerce.md edge case 9, graph.md 4.2 i, read 2026-11-22.
    """
    in_the_end = {sku: seats_of(sku, review, at_first=False) for sku in targets_of(review)}
    short = [sku for sku, seats in in_the_end.items() if need_of(sku, review) > seats]
    for sku in short:
        yield _finding(sku, review, seats=in_the_end[sku])
    if short:
        return
    flows = flows_of(review.sorting)
    named = {sku for flow in flows for sku, _ in (*flow.takes, *flow.frees)}
    free = {sku: seats_of(sku, review) - seats_in_use(review.state, sku) for sku in named}
    left = zip(flows, stuck(free, flows), strict=True)
    waiting = {sku: 0 for flow, count in left if count for sku, _ in flow.takes}
    if waiting:
        yield _locked(sorted(waiting), review)


def targets_of(review: Review) -> tuple[SkuId, ...]:
    """Return the products that users move to, and those that come back with them."""
    targets = {each.target for each in review.spec.assignments}
    return tuple(sorted(targets.union(*(c.change.also_takes for c in review.sorting.cohorts))))


def need_of(sku: SkuId, review: Review) -> int:
    """Return how many users hold a product in the end, or 0 where nobody moves to it."""
    if not arriving(review.sorting, sku):
        return int(any(each.target == sku for each in review.sorting.groups))
    return seats_at_once(review.state, sku, review.sorting) - leaving(review.sorting, sku)


def seats_of(sku: SkuId, review: Review, *, at_first: bool = True) -> int:
    """Return the seats of a product once all is bought; what is given up is so only at the end."""
    given_up = [step for step in review.steps if isinstance(step, ChangeSeats) and step.sku == sku]
    if given_up and not at_first:
        return given_up[0].seats
    return seats_once_bought(sku, review.state, review.steps)


def _finding(sku: SkuId, review: Review, *, seats: int) -> Finding:
    need, moving = need_of(sku, review), arriving(review.sorting, sku)
    used, gone = seats_in_use(review.state, sku), leaving(review.sorting, sku)
    leave = f", {users(gone)} would leave it" if gone else ""
    trial = sum(
        each.seats
        for each in subscriptions_of(review.state, sku)
        if each.is_trial and each.status in LIVE
    )
    leave += f"; {trial} seats of a trial do not count" if trial else ""
    return Finding(
        severity=Severity.ERROR,
        code="not-enough-seats",
        summary=f"{name_of(review, sku)} would have {seats} seats for {users(need)}",
        detail=f"{used} seats are in use and {users(moving)} would move to it{leave}",
        hint=f"give it at least {need} seats: `seats: {need}`, `seats: {{needed: true}}`",
        where=_where(sku, review),
    )


def _locked(skus: list[SkuId], review: Review) -> Finding:
    names = " and ".join(name_of(review, sku) for sku in skus)
    return Finding(
        severity=Severity.ERROR,
        code="not-enough-seats",
        summary=f"users wait for one another's seats of {names}, and none is free to begin with",
        detail=f"{counted(1, 'free seat')} of one of them lets all of them move, one by one",
        hint="let one have a seat more: `seats: {needed: true, headroom: 1}`",
        where=_where(skus[0], review),
    )


def _where(sku: SkuId, review: Review) -> str:
    places = (str(each.where) for each in review.spec.assignments if each.target == sku)
    return next(places, "")
