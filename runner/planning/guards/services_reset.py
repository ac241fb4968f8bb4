"""Refuse an upgrade by the vendor that switches on what users have switched off."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, sample, users
from runner.steps.transition_subscription import TransitionSubscription


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every vendor's upgrade of users with services switched off.

    Source: commerce.md U11 and fact 5 (every moved user gets every service), read 2026-11-23.
    """
    for step in review.steps:
        if not isinstance(step, TransitionSubscription):
            continue
        if step.reset:
            yield Finding(
                severity=Severity.ERROR,
                code="services-reset",
                summary=f"{users(len(step.reset))} of {step.product} will have every service of "
                f"{step.target} on until the next run switches theirs off again",
                detail=sample(step.reset),
                hint="use `when: end_of_term` to buy and move instead, or accept once with "
                "`--accept services-reset`",
                where=step.origin,
                is_acceptable=True,
            )
