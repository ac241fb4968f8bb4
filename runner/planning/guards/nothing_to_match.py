"""Say when seats shall match those of a product that the tenant does not have."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import SeatsMatch
from runner.planning.guards.review import Review, name_of
from runner.steps.seats import paid_seats, subscriptions_of


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every entry whose seats follow from nothing, so that none are bought.

    Where the product has seats of its own the other one may be gone since an upgrade.
    """
    for entry in review.spec.subscriptions:
        if not isinstance(entry.seats, SeatsMatch) or paid_seats(review.state, entry.sku):
            continue
        other = entry.seats.sku
        if other in review.state.skus or subscriptions_of(review.state, other):
            continue
        yield Finding(
            severity=Severity.WARNING,
            code="nothing-to-match",
            summary=f"the tenant has no {name_of(review, other)} whose seats to match, so no "
            f"{name_of(review, entry.sku)} is bought",
            hint="see that `match` names the right product, or say how many seats",
            where=str(entry.where),
        )
