"""Refuse a plan that buys more seats than `limits.seats_bought` allows."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review
from runner.steps import KIND_OF


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every limit on seats that the plan exceeds."""
    buying = sum(KIND_OF[type(step)].totals(step).seats_bought for step in review.steps)
    for limits in review.spec.limits:
        if limits.seats_bought is not None and buying > limits.seats_bought:
            yield Finding(
                severity=Severity.ERROR,
                code="too-many-seats",
                summary=f"{buying} seats would be bought, the limit is {limits.seats_bought}",
                hint="raise `limits.seats_bought`, or accept it once with "
                "`--accept too-many-seats`",
                where=str(limits.where or review.spec.where),
                is_acceptable=True,
            )
