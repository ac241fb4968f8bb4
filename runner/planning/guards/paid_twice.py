"""Say until when a product that is replaced is paid beside the new one."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.planning.guards.pricing import as_money, price_of
from runner.planning.guards.review import Review, moving_off, users
from runner.steps.holding import takes_seat
from runner.steps.stop_renewal import StopRenewal


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every subscription that ends with its term: its cost, its last day.

    Source: commerce.md edge cases 21 and 31 (overlap; access may stop that day), read 2026-11-23.
    """
    trials = {each.id for each in review.state.subscriptions if each.is_trial}
    for step in review.steps:
        if not isinstance(step, StopRenewal):
            continue
        ends_at = step.term_ends_at
        until = f"until {ends_at:%Y-%m-%d}" if ends_at else "until its term ends"
        if step.is_freed_first and step.subscription in trials:
            continue
        if step.is_freed_first:
            beside = "beside those that replace them" if step.successors else "whether used or not"
            yield Finding(
                severity=Severity.INFO,
                code="paid-twice",
                summary=f"{step.seats} seats of {step.product} are paid {until}"
                f"{_cost(step, review)}, {beside}",
                where=step.origin,
            )
            continue
        held = _staying(step, review)
        if held:
            yield Finding(
                severity=Severity.WARNING,
                code="ends-in-use",
                summary=f"{users(held)} of {step.product} lose it when it ends, {until}",
                hint="move them before that day",
                where=step.origin,
            )


def _cost(step: StopRenewal, review: Review) -> str:
    price = price_of(review.prices, step.sku, term=step.term, billing=step.billing)
    return f", {as_money(price[0] * step.seats)} {price[1]} a month" if price else ""


def _staying(step: StopRenewal, review: Review) -> int:
    moving = moving_off(step.sku, review)
    people = review.state.users.values()
    return sum(takes_seat(each, step.sku) and each.id not in moving for each in people)
