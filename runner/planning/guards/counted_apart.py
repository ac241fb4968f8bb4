"""Say when Graph counts more seats in use than the users it lists would take."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.not_enough_seats import need_of, seats_of, targets_of
from runner.planning.guards.review import Review, name_of, users
from runner.steps.seats import unlisted


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every target whose seats would not hold those beside its users too.

    They are users on the move whom the list shows as before, or seats that nobody listed takes: a
    plan that bought seats for the former would buy them twice.
    Source: graph.md 10 (the views of the directory lag apart), read 2026-11-23.
    """
    for sku in targets_of(review):
        need, seats = need_of(sku, review), seats_of(sku, review, at_first=False)
        apart = unlisted(review.state, sku)
        if not need or not need <= seats < need + apart:
            continue
        yield Finding(
            severity=Severity.WARNING,
            code="counted-apart",
            summary=f"{apart} of the seats in use of {name_of(review, sku)} are of no user that is "
            f"listed, so {users(need + apart - seats)} may find none free",
            hint="plan again in some minutes; where it stays so, raise `seats`, as with "
            f"`seats: {{needed: true, headroom: {need + apart - seats}}}`",
            where=next((str(e.where) for e in review.spec.assignments if e.target == sku), ""),
        )
