"""Refuse what would wipe a change that somebody has scheduled for the renewal."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review
from runner.steps.change_seats import ChangeSeats
from runner.steps.ordering import OrderStep
from runner.steps.renewals import is_own_schedule
from runner.steps.sales import sale_with_id


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every order about a subscription with a change of others scheduled.

    What an earlier plan has scheduled is told; it is not missed where the order replaces it.
    Source: commerce.md 4.4 (G9), R02 and 3.4 (any change in between deletes it), read 2026-11-23.
    """
    for step in review.steps:
        sale = sale_with_id(review.state, step.sale) if isinstance(step, OrderStep) else None
        if sale is None or not isinstance(step, OrderStep) or not sale.has_scheduled_change:
            continue
        if not is_own_schedule(step.sku, review.state, sale):
            yield Finding(
                severity=Severity.ERROR,
                code="scheduled-change",
                summary=f"subscription {sale.id} of {step.product} has a change scheduled for its "
                "renewal, which this would delete",
                hint="remove it there, or accept once with `--accept scheduled-change`",
                where=step.origin,
                is_acceptable=True,
            )
        elif not (isinstance(step, ChangeSeats) and step.is_at_renewal):
            yield Finding(
                severity=Severity.INFO,
                code="schedule-lost",
                summary=f"this deletes that {step.product} renews with {sale.next_seats} seats; "
                "a later plan schedules what is wanted then",
                where=step.origin,
            )
