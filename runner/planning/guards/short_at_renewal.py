"""Say when a renewal will leave fewer seats than are in use."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of
from runner.steps.buy_seats import BuySeats
from runner.steps.change_seats import ChangeSeats
from runner.steps.cohorts import leaving
from runner.steps.renewals import next_total, only_paid
from runner.steps.sales import sale_of
from runner.steps.seats import seat_goals, seats_at_once


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every product that renews with fewer seats than its users hold then.

    Source: commerce.md B03 and 4.2 (90 days to mend it), read 2026-11-23.
    """
    state, changed = review.state, _changed(review)
    for goal in seat_goals(review.spec, state, review.sorting):
        sku, only = goal.entry.sku, only_paid(goal.entry.sku, state)
        sale = sale_of(state, only) if only else None
        if sale is None or sale.next_seats is None or sku in changed:
            continue
        seats = next_total(sku, state, sale)
        used = seats_at_once(state, sku, review.sorting) - leaving(review.sorting, sku)
        if used > seats:
            day = f" on {sale.term_ends_at:%Y-%m-%d}" if sale.term_ends_at else ""
            yield Finding(
                severity=Severity.WARNING,
                code="short-at-renewal",
                summary=f"{name_of(review, sku)} renews{day} with {seats} seats, "
                f"and {used} will be in use",
                hint="raise `seats`, or take the license from users before that day",
                where=str(goal.entry.where),
            )


def _changed(review: Review) -> set[str]:
    """Return the products whose schedule the plan replaces or deletes."""
    return {step.sku for step in review.steps if isinstance(step, BuySeats | ChangeSeats)}
