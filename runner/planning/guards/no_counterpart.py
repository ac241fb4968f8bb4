"""Say which switched-off services have no counterpart in the target."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of, users
from runner.steps.swapping import SwapStep


def check(review: Review) -> Iterator[Finding]:
    """Yield an info per cohort whose switched-off services do not exist in the target."""
    for step in review.steps:
        if isinstance(step, SwapStep) and step.lost_switches:
            yield Finding(
                severity=Severity.INFO,
                code="no-counterpart",
                summary=f"{users(len(step.users))} had {', '.join(step.lost_switches)} switched "
                f"off, which {name_of(review, step.target_sku)} does not contain",
                where=step.origin,
            )
