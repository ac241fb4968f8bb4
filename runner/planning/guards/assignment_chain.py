"""Refuse assignments that feed each other, since applying them would never come to an end."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of
from runner.steps.who import people_of


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every assignment whose target another takes away from the same people."""
    people = [(each, people_of(each.who, review.state)) for each in review.spec.assignments]
    for assignment, covered in people:
        for other, others in people:
            if assignment.target in other.sources and covered.overlaps(others):
                yield Finding(
                    severity=Severity.ERROR,
                    code="assignment-chain",
                    summary=f"{name_of(review, assignment.target)} is given here and taken away "
                    f"in {other.where}",
                    hint="give everybody the product they shall hold in the end, or except the "
                    "ones from the other",
                    where=str(assignment.where),
                )
