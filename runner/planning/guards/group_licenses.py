"""Refuse to move users whose source license comes from a group."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import AssignmentWant
from runner.planning.guards.review import Review, name_of, users
from runner.steps.cohorts import first_fits, inherits


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every assignment that covers users licensed by a group.

    Source: graph.md 4.2 g (an inherited license must be changed at the group), read 2026-11-22.
    """
    found: dict[str, list[AssignmentWant]] = {}
    for assignment, user in first_fits(review.spec, review.state):
        if any(inherits(user, sku) for sku in assignment.sources):
            found.setdefault(str(assignment.where), []).append(assignment)
    for covered in found.values():
        assignment = covered[0]
        source = " or ".join(name_of(review, sku) for sku in assignment.sources)
        yield Finding(
            severity=Severity.ERROR,
            code="group-licenses",
            summary=f"{users(len(covered))} hold {source} through a group, "
            "and changing licenses of groups is not supported yet",
            hint="assign the license directly instead, or leave the tenant out with `-l`",
            where=str(assignment.where),
        )
