"""Say when a product that shall be cancelled is not there, or ends by itself."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import CancelWhen, SubscriptionGoal, SubscriptionWant
from runner.planning.guards.review import Review, name_of
from runner.steps.seats import subscriptions_of


def check(review: Review) -> Iterator[Finding]:
    """Yield an info for every cancellation that needs no step and that nobody would expect.

    Source: commerce.md 4.3 (absent is done only where the journal saw it, else ask) and edge case
    18, read 2026-11-23.
    """
    for entry in review.spec.subscriptions:
        if entry.goal is not SubscriptionGoal.CANCELLED:
            continue
        name = name_of(review, entry.sku)
        found = subscriptions_of(review.state, entry.sku)
        if not found:
            yield _absent(entry, review)
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


def _absent(entry: SubscriptionWant, review: Review) -> Finding:
    """Return that a product is not there, and whether a run has seen it before."""
    memory = review.state.memory
    is_known = entry.sku in memory.left or entry.sku in memory.unheld_since
    seen = "any more" if is_known else "and no run has seen one here"
    return Finding(
        severity=Severity.INFO if is_known else Severity.WARNING,
        code="nothing-to-cancel",
        summary=f"the tenant shows no subscription of {name_of(review, entry.sku)} {seen}",
        hint="" if is_known else "see that the entry names the right product",
        where=str(entry.where),
    )
