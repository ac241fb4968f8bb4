"""Say when seats that are not wanted any more cannot be given up yet."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of
from runner.steps.change_seats import later_reduction
from runner.steps.seats import seat_goals


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every reduction that the channel does not take now, with its next day.

    Source: commerce.md B04 and edge case 24 (reduce in the window, or at renewal), read 2026-11-23.
    """
    for goal in seat_goals(review.spec, review.state, review.sorting):
        sale = later_reduction(goal, review.state) if goal.wanted < goal.now else None
        if sale is not None:
            ends = f" on {sale.term_ends_at:%Y-%m-%d}" if sale.term_ends_at else ""
            yield Finding(
                severity=Severity.WARNING,
                code="seats-stay",
                summary=f"{goal.now - goal.wanted} of {goal.now} seats of "
                f"{name_of(review, goal.entry.sku)} cannot be given up before it renews{ends}",
                hint="run it again within 7 days after that",
                where=str(goal.entry.where),
            )
