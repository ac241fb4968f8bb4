"""Say which subscriptions of a channel are left out because nobody can tell whose they are."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of
from runner.steps.sales import unplaced_sales
from runner.steps.words import counted


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning per entry whose product a billing account pays for, for an unknown tenant.

    Source: commerce.md 3.1 (the join of ids is UNVERIFIED) and U05, read 2026-11-23.
    """
    for entry in review.spec.subscriptions:
        found = [each for each in unplaced_sales(review.state) if each.sku == entry.sku]
        if found:
            seats = counted(sum(each.seats for each in found), "seat")
            yield Finding(
                severity=Severity.WARNING,
                code="sales-left-out",
                summary=f"{counted(len(found), 'subscription')} of {name_of(review, entry.sku)} "
                f"with {seats} not counted: the billing account names no tenant, and this one "
                "shows no such id",
                detail=", ".join(each.id for each in found),
                hint="see under Billing > Your products whose they are, before more is bought",
                where=str(entry.where),
            )
