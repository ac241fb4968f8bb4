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
    for each in review.sorting.left_out:
        if each.code in _WORDS:
            one, many = _WORDS[each.code]
            are = one if len(each.users) == 1 else many
            yield Finding(
                severity=Severity.INFO,
                code="left-as-is",
                summary=f"{users(len(each.users))} {are} and not moved",
                detail=sample(each.users),
                where=str(each.assignment.where),
            )
