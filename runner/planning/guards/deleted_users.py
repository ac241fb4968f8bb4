"""Say that deleted users may come back and will find no seat of what is cancelled."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of
from runner.steps.ending import to_end
from runner.steps.words import counted


def check(review: Review) -> Iterator[Finding]:
    """Yield an info per product to cancel that users held who can still be restored.

    Source: graph.md 3.4 (30 days), commerce.md edge case 14, read 2026-11-22.
    """
    for entry in review.spec.subscriptions:
        count = review.state.deleted_holders.get(entry.sku, 0)
        if count and entry.goal == "cancelled" and to_end(entry, review.state):
            yield Finding(
                severity=Severity.INFO,
                code="deleted-users",
                summary=f"{counted(count, 'deleted user')} held {name_of(review, entry.sku)} and "
                "can be restored for 30 days, without a seat of it once it is cancelled",
                hint="keep as many seats of the new product free: `headroom`",
                where=str(entry.where),
            )
