"""Refuse what would wipe a change that somebody has scheduled for the renewal."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review
from runner.steps.ordering import OrderStep
from runner.steps.sales import sale_with_id


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every order about a subscription with a change scheduled.

    Source: commerce.md 4.4 (G9), R02 and 3.4 (any change in between deletes it), read 2026-11-23.
    """
    for step in review.steps:
        if not isinstance(step, OrderStep):
            continue
        sale = sale_with_id(review.state, step.sale)
        if sale is not None and sale.has_scheduled_change:
            yield Finding(
                severity=Severity.ERROR,
                code="scheduled-change",
                summary=f"subscription {sale.id} of {step.product} has a change scheduled for its "
                "renewal, which this would delete",
                hint="remove it there, or accept once with `--accept scheduled-change`",
                where=step.origin,
                is_acceptable=True,
            )
