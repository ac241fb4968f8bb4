"""Refuse to take Teams from users who have it, unless a person says that this is meant."""

from collections.abc import Iterator

from runner.catalog import has_teams
from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, losing, name_of, sample, users


def check(review: Review) -> Iterator[Finding]:
    """Yield an error with the users who have Teams switched on and would have none.

    Source: commerce.md 2.4 and edge case 33 (block unless accepted), read 2026-11-22.
    """
    teams = {plan for plan in review.catalog.service_plans if has_teams(review.catalog, [plan])}
    for assignment, found in losing(review, teams):
        yield Finding(
            severity=Severity.ERROR,
            code="loses-teams",
            summary=f"{users(len(found))} use Teams, which "
            f"{name_of(review, assignment.target)} does not contain",
            detail=sample(found),
            hint="give them Microsoft Teams Enterprise first, with its MCOIMP switched off, or "
            "accept the loss with `--accept loses-teams`",
            where=str(assignment.where),
            is_acceptable=True,
        )
