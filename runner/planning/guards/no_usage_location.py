"""Say who is not moved because no license can be assigned without a usage location."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, sample, users


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning per assignment with users who have no usage location.

    Source: graph.md 4.2 k (it must be set before a direct assignment), read 2026-11-22.
    """
    for each in review.sorting.left_out:
        if each.code == "no-usage-location":
            have = "has" if len(each.users) == 1 else "have"
            yield Finding(
                severity=Severity.WARNING,
                code=each.code,
                summary=f"{users(len(each.users))} {have} no usage location and will not be moved",
                detail=sample(each.users),
                hint='name the country with `usage_location: "XX"` in the assignment, or set it in '
                "the tenant",
                where=str(each.assignment.where),
            )
