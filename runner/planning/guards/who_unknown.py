"""Refuse a tenant where nobody knows whom a `who` means."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review
from runner.steps.who import references_of
from runner.steps.words import counted


def check(review: Review) -> Iterator[Finding]:
    """Yield an error per reference that means nobody for certain, and say who is not among them.

    Source: graph.md 5.2 (members of nested groups inherit nothing), read 2026-11-22.
    """
    for assignment in review.spec.assignments:
        who = assignment.who
        excepted = {*who.except_groups, *who.except_users}
        for reference in references_of(who):
            found = review.state.selections.get(reference)
            problem = found.problem if found else "it was not looked up"
            if problem:
                yield Finding(
                    severity=Severity.ERROR,
                    code="who-unknown",
                    summary=f"{reference.kind} {reference.text!r} of `who`: {problem}",
                    hint="correct it, or take it as nobody with `--accept who-unknown`"
                    + (", which moves those you meant to except" * (reference.text in excepted)),
                    where=str(assignment.where),
                    is_acceptable=True,
                )
            elif found and found.nested_groups:
                inside = counted(found.nested_groups, "group")
                yield Finding(
                    severity=Severity.INFO,
                    code="nested-groups",
                    summary=f"members of the {inside} inside {reference.text!r} are not covered",
                    hint="name those groups too if they are meant",
                    where=str(assignment.where),
                )
