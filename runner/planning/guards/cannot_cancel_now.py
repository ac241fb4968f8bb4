"""Refuse to cancel at once what its channel takes back no more."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import CancelWhen
from runner.model.state import SubscriptionState
from runner.planning.guards.review import Review, name_of
from runner.steps.ending import Ending, is_extended, is_refundable, subscriptions_ending
from runner.steps.sales import sale_of


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every `when: now` after the window in which the channel allows it.

    Source: commerce.md 4.4 (G8), C04, C10 and edge case 21, read 2026-11-23.
    """
    for entry, each in subscriptions_ending(review.spec, review.state, Ending.CANCEL):
        closed = _why_not(each, review) if entry.when is CancelWhen.NOW else ""
        if not closed:
            continue
        yield Finding(
            severity=Severity.ERROR,
            code="cannot-cancel-now",
            summary=f"{name_of(review, entry.sku)}, subscription {each.id}, {closed}",
            hint="use `when: soonest`, which lets it end with its term",
            where=str(entry.where),
        )


def _why_not(subscription: SubscriptionState, review: Review) -> str:
    """Return why a subscription cannot be cancelled at once, empty where it can."""
    sale, now = sale_of(review.state, subscription), review.state.read_at
    if sale is None or sale.is_legacy:
        return "is a trial, which only ends with its term" if subscription.is_trial else ""
    if is_extended(sale, now) or is_refundable(sale, now):
        return ""
    until = sale.refundable_until
    return f"could be cancelled until {until:%Y-%m-%d}" if until else "has no refund"
