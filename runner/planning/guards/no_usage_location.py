"""Say who is not moved because no license can be assigned without a usage location."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, sample, users


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning per assignment with users who have no usage location.

    Source: graph.md 4.2 k (it must be set before a direct assignment), read 2026-11-22.
    """
    for assignment, reason, left in review.sorting.left_out:
        if reason == "no-usage-location":
            have = "has" if len(left) == 1 else "have"
            yield Finding(
                severity=Severity.WARNING,
                code=reason,
                summary=f"{users(len(left))} {have} no usage location and will not be moved",
                detail=sample(left),
                hint="set it, nothing can be assigned without one; `-v` names them",
                where=str(assignment.where),
            )
