"""Refuse assignments that feed each other, since applying them would never come to an end."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every assignment whose target another assignment takes away."""
    for assignment in review.spec.assignments:
        for other in review.spec.assignments:
            if assignment.target in other.sources:
                yield Finding(
                    severity=Severity.ERROR,
                    code="assignment-chain",
                    summary=f"{name_of(review, assignment.target)} is given here and taken away "
                    f"in {other.where}",
                    hint="give everybody the product they shall hold in the end",
                    where=str(assignment.where),
                )
