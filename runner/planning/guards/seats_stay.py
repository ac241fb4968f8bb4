"""Say when seats that are not wanted any more cannot be given up yet."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of
from runner.steps.ordering import sale_fields
from runner.steps.renewals import GivingUp, giving_up, only_paid
from runner.steps.sales import sale_with_id
from runner.steps.seats import SeatGoal, seat_goals


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every reduction that no call makes now, with its next day.

    Source: commerce.md B04, 4.2 and edge case 24 (in the window, or at renewal), read 2026-11-23.
    """
    for goal in seat_goals(review.spec, review.state, review.sorting):
        is_fewer = goal.wanted < goal.now
        if is_fewer and giving_up(goal, review.spec, review.state) is GivingUp.NOT_YET:
            yield _finding(review, goal)


def _finding(review: Review, goal: SeatGoal) -> Finding:
    sold = sale_fields(only_paid(goal.entry.sku, review.state), review.state)
    sale, at = sale_with_id(review.state, sold.get("sale", "")), sold.get("term_ends_at")
    day = f" on {at:%Y-%m-%d}" if at else ""
    renews = sale is None or sale.renews
    seats = f"{goal.now - goal.wanted} of {goal.now} seats of {name_of(review, goal.entry.sku)}"
    return Finding(
        severity=Severity.WARNING,
        code="seats-stay",
        summary=f"{seats} cannot be given up before it renews{day}"
        if renews
        else f"{seats} cannot be given up: it does not renew, and its term ends{day}",
        hint="run it again within 7 days after that"
        if renews
        else "let it end, or turn its renewal on first",
        where=str(goal.entry.where),
    )
