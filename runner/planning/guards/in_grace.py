"""Say when seats are bought anew because those there are have expired."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review
from runner.steps.buy_seats import BuySeats
from runner.steps.seats import subscriptions_of


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every purchase of a product with a subscription in its grace period.

    Source: commerce.md 4.4 (G5: a target in Warning does not count), read 2026-11-22.
    """
    for step in review.steps:
        if not isinstance(step, BuySeats):
            continue
        for each in subscriptions_of(review.state, step.sku):
            if each.status == "Warning":
                yield Finding(
                    severity=Severity.WARNING,
                    code="in-grace",
                    summary=f"{each.seats} seats of {step.product} have expired and are not "
                    "counted, so they would be bought anew",
                    hint="renew that subscription instead if it is still wanted",
                    where=step.origin,
                )
