"""Refuse a plan whose seats cannot hold everyone it moves."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of, users
from runner.steps.buy_seats import BuySeats
from runner.steps.change_seats import ChangeSeats
from runner.steps.cohorts import arriving
from runner.steps.seats import paid_seats, seats_in_use


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every target with fewer seats in the end than users who will hold it.

    Source: docs/playbook.md (`seats`), commerce.md edge case 9, read 2026-11-22.
    """
    planned = {
        step.sku: step.seats for step in review.steps if isinstance(step, BuySeats | ChangeSeats)
    }
    for sku in sorted({each.target for each in review.spec.assignments}):
        moving = arriving(review.sorting, sku)
        state = review.state.skus.get(sku)
        need = moving + seats_in_use(review.state, sku)
        enabled = state.enabled if state else 0
        seats = planned.get(sku, max(paid_seats(review.state, sku), enabled))
        if moving and need > seats:
            where = next(a.where for a in review.spec.assignments if a.target == sku)
            yield Finding(
                severity=Severity.ERROR,
                code="not-enough-seats",
                summary=f"{name_of(review, sku)} would have {seats} seats for {users(need)}",
                detail=f"{need - moving} seats are in use and {users(moving)} would move to it",
                hint=f"give it at least {need} seats: `seats: {need}`, `seats: {{needed: true}}`",
                where=str(where),
            )
