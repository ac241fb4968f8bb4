"""Refuse to cancel at once what its channel takes back no more."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import CancelWhen
from runner.planning.guards.review import Review, name_of
from runner.steps.ending import Ending, is_extended, is_refundable, subscriptions_ending
from runner.steps.sales import sale_of


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every `when: now` after the window in which the channel allows it.

    Source: commerce.md 4.4 (G8), C04 and edge case 21, read 2026-11-23.
    """
    for entry, each in subscriptions_ending(review.spec, review.state, Ending.CANCEL):
        sale = sale_of(review.state, each)
        if entry.when is not CancelWhen.NOW or sale is None or sale.is_legacy:
            continue
        now = review.state.read_at
        if is_extended(sale, now) or is_refundable(sale, now):
            continue
        until = sale.refundable_until
        closed = f"could be cancelled until {until:%Y-%m-%d}" if until else "has no refund"
        yield Finding(
            severity=Severity.ERROR,
            code="cannot-cancel-now",
            summary=f"{name_of(review, entry.sku)}, subscription {each.id}, {closed}",
            hint="use `when: soonest`, which lets it end with its term",
            where=str(entry.where),
        )
