"""Say which add-ons may end together with a subscription that is cancelled."""

from collections.abc import Iterator

from runner.catalog import dependent_add_ons
from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review, name_of, users
from runner.steps.cancel_subscription import to_cancel
from runner.steps.holding import takes_seat
from runner.steps.seats import LIVE


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning per live add-on of a tenant that cancels a base product.

    Source: commerce.md A01, A03, A04 and A06 (traditional add-ons end with their base, and no API
    tells them from standalone ones), read 2026-11-22.
    """
    for entry in review.spec.subscriptions:
        if not to_cancel(entry, review.state) or entry.goal != "cancelled":
            continue
        live = {
            each.sku
            for each in review.state.subscriptions
            if each.status in LIVE and each.sku != entry.sku
        }
        for sku in dependent_add_ons(review.catalog, live):
            holders = sum(takes_seat(user, sku) for user in review.state.users.values())
            yield Finding(
                severity=Severity.WARNING,
                code="add-ons-at-risk",
                summary=f"{name_of(review, sku)} of {users(holders)} may end together "
                f"with {name_of(review, entry.sku)}",
                hint="it does if it was sold as an add-on to it: ask before it is cancelled",
                where=str(entry.where),
            )
