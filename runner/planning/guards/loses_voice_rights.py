"""Say who loses the voice right on premises that only Office 365 E4 contains."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.ids import service_plan_id
from runner.planning.guards.review import Review, losing, sample, users

MCOVOICECONF = service_plan_id("27216c54-caf8-4d0d-97e2-517afb5c08f6")
"""Source: commerce.md 2.2 and 2.3, read 2026-11-22."""


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning with the users who have MCOVOICECONF switched on and lose it.

    Source: commerce.md 2.3 and 2.4 (whether the right follows is a question of license terms),
    read 2026-11-22.
    """
    for assignment, found in losing(review, {MCOVOICECONF}):
        yield Finding(
            severity=Severity.WARNING,
            code="loses-voice-rights",
            summary=f"{users(len(found))} will lose MCOVOICECONF, voice on premises",
            detail=sample(found),
            hint="it matters only beside a Skype for Business Server: buy the Plus CAL there",
            where=str(assignment.where),
        )
