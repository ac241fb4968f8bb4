"""Say which services end for users who hold the target already, with other choices there."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of, users
from runner.steps.swapping import SwapStep


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning per cohort whose source has services on that are off in its target.

    Source: graph.md 4.2 h and m (effective services are the union of licenses), read 2026-11-22.
    """
    for step in review.steps:
        if isinstance(step, SwapStep) and step.going_off:
            yield Finding(
                severity=Severity.WARNING,
                code="goes-off",
                summary=f"{users(len(step.users))} will lose {', '.join(step.going_off)}: on in "
                f"{step.source}, off in the {name_of(review, step.target_sku)} they hold already",
                hint="switch it on there first if they need it",
                where=step.origin,
            )
