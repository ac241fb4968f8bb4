"""Say when a product that shall be cancelled is not there, or ends by itself."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import CancelWhen, SubscriptionGoal
from runner.planning.guards.review import Review, name_of
from runner.steps.seats import subscriptions_of


def check(review: Review) -> Iterator[Finding]:
    """Yield an info for every cancellation that needs no step and that nobody would expect.

    Source: commerce.md 4.3 and edge case 18, read 2026-11-22.
    """
    for entry in review.spec.subscriptions:
        if entry.goal is not SubscriptionGoal.CANCELLED:
            continue
        name = name_of(review, entry.sku)
        found = subscriptions_of(review.state, entry.sku)
        if not found:
            yield Finding(
                severity=Severity.INFO,
                code="nothing-to-cancel",
                summary=f"the tenant shows no subscription of {name}",
                where=str(entry.where),
            )
        for each in found:
            if each.status == "Warning" and entry.when is not CancelWhen.NOW:
                until = each.next_lifecycle_at
                yield Finding(
                    severity=Severity.WARNING,
                    code="already-ending",
                    summary=f"{name} has expired and ends by itself"
                    + (f" on {until:%Y-%m-%d}" if until else ""),
                    hint="users lose access then; move them before",
                    where=str(entry.where),
                )
