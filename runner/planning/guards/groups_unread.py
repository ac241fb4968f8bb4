"""Refuse to cancel while nobody knows which groups carry the product."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import SubscriptionGoal
from runner.planning.guards.review import Review


def check(review: Review) -> Iterator[Finding]:
    """Yield an error where something shall be cancelled and groups cannot be read.

    Source: commerce.md 4.4 (G4), read 2026-11-22.
    """
    if review.state.groups is not None:
        return
    for entry in review.spec.subscriptions:
        if entry.goal is SubscriptionGoal.CANCELLED:
            yield Finding(
                severity=Severity.ERROR,
                code="groups-unread",
                summary="groups cannot be read, so one may still give the product to its members",
                hint="grant the application GroupMember.Read.All or Group.Read.All",
                where=str(entry.where),
            )
