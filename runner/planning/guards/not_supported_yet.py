"""Refuse a tenant whose playbook uses what this version cannot carry out yet."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every key that would otherwise be ignored."""
    for each in review.spec.unsupported:
        yield Finding(
            severity=Severity.ERROR,
            code="not-supported-yet",
            summary=f"`{each.key}` is not supported yet, so nothing is planned around it",
            hint="leave it out, or wait for a version that carries it out",
            where=str(each.where),
        )
