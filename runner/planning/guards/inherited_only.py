"""Say who is not moved because a group gives the license and the group cannot be swapped."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of, sample, users


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning per assignment and reason with users whose license comes from a group.

    Source: graph.md 4.2 g (an inherited license must be changed at the group), read 2026-11-22.
    """
    for each in review.sorting.left_out:
        if each.code == "inherited-only":
            source = " or ".join(name_of(review, sku) for sku in each.assignment.sources)
            yield Finding(
                severity=Severity.WARNING,
                code=each.code,
                summary=f"{users(len(each.users))} with {source} from a group will not be moved: "
                f"{each.about}",
                detail=sample(each.users),
                hint="cover the whole group with one assignment, or mend what stops its members",
                where=str(each.assignment.where),
            )
