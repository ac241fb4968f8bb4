"""Refuse to move users to a product that no user can hold."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every assignment whose target is for the whole company.

    Source: graph.md 1.2 (`appliesTo`: only `User` products can be assigned), read 2026-11-22.
    """
    for assignment in review.spec.assignments:
        state = review.state.skus.get(assignment.target)
        if state is not None and state.applies_to != "User":
            yield Finding(
                severity=Severity.ERROR,
                code="not-assignable",
                summary=f"{name_of(review, assignment.target)} is for the whole company and "
                "cannot be assigned to users",
                hint="name a product that users can hold under `to`",
                where=str(assignment.where),
            )
