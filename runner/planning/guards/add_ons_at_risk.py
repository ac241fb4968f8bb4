"""Say which add-ons may end together with a subscription that is cancelled."""

from collections.abc import Iterator

from runner.catalog import dependent_add_ons
from runner.model.findings import Finding, Severity
from runner.model.ids import SkuId
from runner.planning.guards.review import Review, name_of, users
from runner.steps.ending import to_end
from runner.steps.remove_add_on import RemoveAddOn
from runner.steps.seats import LIVE


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning per live add-on of a tenant that cancels a base product.

    Source: commerce.md A01, A03, A04 and A06 (traditional add-ons end with their base, and no API
    tells them from standalone ones), read 2026-11-22.
    """
    for entry in review.spec.subscriptions:
        if not to_end(entry, review.state) or entry.goal != "cancelled":
            continue
        live = {
            each.sku
            for each in review.state.subscriptions
            if each.status in LIVE and each.sku != entry.sku
        }
        for sku in dependent_add_ons(review.catalog, live):
            holders = _left(sku, review)
            if not holders:
                continue
            yield Finding(
                severity=Severity.WARNING,
                code="add-ons-at-risk",
                summary=f"{name_of(review, sku)} of {holders} may end together "
                f"with {name_of(review, entry.sku)}",
                hint="it does if it was sold as an add-on to it: ask before it is cancelled",
                where=str(entry.where),
            )


def _left(sku: SkuId, review: Review) -> str:
    """Say who has the add-on once the plan is carried out, or nothing where nobody has."""
    state = review.state.skus.get(sku)
    if state is not None and state.applies_to != "User":
        return "the whole tenant"
    losing = {
        user
        for step in review.steps
        if isinstance(step, RemoveAddOn) and sku in step.remove
        for user in step.users
    }
    left = (state.consumed if state else 0) - len(losing)
    return users(left) if left > 0 else ""
