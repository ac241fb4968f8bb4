"""Say which covered users stay as they are, and why."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, users

_REASONS: Mapping[str, tuple[Severity, str, str]] = MappingProxyType(
    {
        "no-usage-location": (
            Severity.WARNING,
            "have no usage location and will not be moved",
            "set it for them: a license cannot be assigned without one",
        ),
        "guest-left": (Severity.INFO, "are guests and are left as they are", ""),
        "blocked-account-left": (
            Severity.INFO,
            "are blocked from signing in and are left as they are",
            "",
        ),
    }
)


def check(review: Review) -> Iterator[Finding]:
    """Yield one finding per assignment and reason, with the number of users and a sample."""
    for assignment, reason, left in review.sorting.left_out:
        severity, text, hint = _REASONS[reason]
        summary = f"{users(len(left))} {text}"
        if len(left) == 1:
            for plural, singular in ((" have ", " has "), (" are ", " is "), ("guests", "a guest")):
                summary = summary.replace(plural, singular)
        yield Finding(
            severity=severity,
            code=reason,
            summary=summary,
            detail=", ".join(left[:5]) + (" …" if len(left) > 5 else ""),
            hint=hint,
            where=str(assignment.where),
        )
