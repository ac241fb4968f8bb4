"""Say who is not moved because Graph would refuse it: by its rules for plans, or by country."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, sample, users

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "conflicting-plans": (
            "would hold plans that exclude each other",
            "take the other product from them, or switch one of the plans off there",
        ),
        "missing-plan": (
            "would hold a plan without what it needs",
            "replace the product that needs it, or give them one that contains it",
        ),
        "forbidden-in-location": (
            "would get what is not to be had in their usage location",
            "switch the service off for them, or give them another product",
        ),
    }
)


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning per assignment and rule with the users who stay as they are.

    Source: graph.md 4.2 c and 4.3, commerce.md edge cases 12 and 17, read 2026-11-22.
    """
    for each in review.sorting.left_out:
        if each.code in _WORDS:
            what, hint = _WORDS[each.code]
            yield Finding(
                severity=Severity.WARNING,
                code=each.code,
                summary=f"{users(len(each.users))} {what} and will not be moved: {each.about}",
                detail=sample(each.users),
                hint=f"{hint}; `--accept {each.code}` has Graph decide",
                where=str(each.assignment.where),
            )
