"""Say which guests and blocked accounts the playbook leaves as they are."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, sample, users

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "guest-left": ("is a guest", "are guests"),
        "blocked-account-left": ("is blocked from signing in", "are blocked from signing in"),
    }
)


def check(review: Review) -> Iterator[Finding]:
    """Yield an info per assignment and kind of account that stays as it is."""
    for assignment, reason, left in review.sorting.left_out:
        if reason in _WORDS:
            one, many = _WORDS[reason]
            yield Finding(
                severity=Severity.INFO,
                code="left-as-is",
                summary=f"{users(len(left))} {one if len(left) == 1 else many} and not moved",
                detail=sample(left),
                where=str(assignment.where),
            )
