"""Say when seats that are not wanted any more cannot be given up yet."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of
from runner.steps.ending import is_extended
from runner.steps.ordering import sale_fields
from runner.steps.renewals import GivingUp, giving_up, only_paid, refunded
from runner.steps.sales import sale_of, sale_with_id
from runner.steps.seats import SeatGoal, seat_goals


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every reduction that no call makes now, with its next day.

    Source: commerce.md B04, 4.2 and edge case 24 (in the window, or at renewal), read 2026-11-23.
    """
    for goal in seat_goals(review.spec, review.state, review.sorting):
        if goal.wanted >= goal.now:
            continue
        when = giving_up(goal, review.spec, review.state)
        if when is GivingUp.NOT_YET:
            yield _finding(review, goal)
        elif when is GivingUp.AT_RENEWAL:
            yield from _refunded(review, goal)


def _refunded(review: Review, goal: SeatGoal) -> Iterator[Finding]:
    """Yield that some of the seats are still taken back today, though not all of them.

    Source: commerce.md 3.4 (`refundableQuantity.details`), read 2026-11-23.
    """
    only = only_paid(goal.entry.sku, review.state)
    sale = sale_of(review.state, only) if only else None
    lots = refunded(sale, review.state.read_at) if sale else ()
    if not lots:
        return
    seats, until = sum(lot for lot, _ in lots), min(each for _, each in lots)
    yield Finding(
        severity=Severity.INFO,
        code="seats-refunded",
        summary=f"{seats} of the {goal.now - goal.wanted} seats of "
        f"{name_of(review, goal.entry.sku)} are taken back with a refund until {until:%Y-%m-%d}",
        hint=f"`seats: {goal.now - seats}` gives those up first, the others at the renewal later",
        where=str(goal.entry.where),
    )


def _finding(review: Review, goal: SeatGoal) -> Finding:
    sold = sale_fields(only_paid(goal.entry.sku, review.state), review.state)
    sale, at = sale_with_id(review.state, sold.get("sale", "")), sold.get("term_ends_at")
    day = f" on {at:%Y-%m-%d}" if at else ""
    seats = f"{goal.now - goal.wanted} of {goal.now} seats of {name_of(review, goal.entry.sku)}"
    said, hint = f"before it renews{day}", "run it again within 7 days after that"
    if sale is not None and is_extended(sale, review.state.read_at):
        said, hint = "while it goes on by the month", "cancel it, or have it renewed for a term"
    elif sale is not None and not sale.renews:
        said, hint = f"and it ends{day} without renewal", "let it end, or turn its renewal on first"
    return Finding(
        severity=Severity.WARNING,
        code="seats-stay",
        summary=f"{seats} cannot be given up {said}",
        hint=hint,
        where=str(goal.entry.where),
    )
