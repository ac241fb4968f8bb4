"""Say what follows the term of a subscription that does not renew."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.sales import Sale
from runner.model.spec import SubscriptionGoal
from runner.model.state import SubscriptionState
from runner.planning.guards.review import Review, name_of
from runner.steps.ending import EndStep, is_extended
from runner.steps.holding import takes_seat
from runner.steps.ordering import OrderStep
from runner.steps.sales import sale_of
from runner.steps.stop_renewal import StopRenewal


def check(review: Review) -> Iterator[Finding]:
    """Yield a finding for every subscription in the plan that its channel does not renew.

    Source: commerce.md 0 (8), 4.2 and edge cases 31 and 32, read 2026-11-23; prices and dates of
    the Extended Service Term are second-hand there.
    """
    for each in _in_plan(review):
        sale = sale_of(review.state, each)
        if sale is None or sale.renews or sale.is_legacy or each.status != "Enabled":
            continue
        severity, summary, hint = _said(review, each, sale)
        yield Finding(
            severity=severity,
            code="no-renewal",
            summary=summary,
            hint=hint,
            where=_where(review, each),
        )


def _in_plan(review: Review) -> Iterator[SubscriptionState]:
    """Yield what an order is about, in a plan with steps what is to end, and what is not over.

    One that goes on by the month beyond its term is paid on, although nothing is left to do.
    """
    ordered = {step.subscription for step in review.steps if isinstance(step, OrderStep)}
    entries = review.spec.subscriptions if review.steps else ()
    ending = {each.sku for each in entries if each.goal is not SubscriptionGoal.ACTIVE}
    named = {each.sku for each in review.spec.subscriptions}
    for each in review.state.subscriptions:
        goes_on = each.sku in named and _is_extended(each, review)
        if each.id in ordered or each.sku in ending or goes_on:
            yield each


def _is_extended(each: SubscriptionState, review: Review) -> bool:
    sale = sale_of(review.state, each)
    return sale is not None and is_extended(sale, review.state.read_at)


def _where(review: Review, each: SubscriptionState) -> str:
    entries = (entry for entry in review.spec.subscriptions if entry.sku == each.sku)
    steps = (s for s in review.steps if isinstance(s, OrderStep) and s.subscription == each.id)
    return next((str(entry.where) for entry in entries), "") or next(steps).origin


def _said(review: Review, each: SubscriptionState, sale: Sale) -> tuple[Severity, str, str]:
    name = f"{name_of(review, each.sku)}, subscription {each.id},"
    at = sale.term_ends_at
    day = f"{at:%Y-%m-%d}" if at else "the end of its term"
    if is_extended(sale, review.state.read_at):
        said = f"{name} goes on by the month since {day}: its seats stay as they are"
        is_ending = any(isinstance(s, EndStep) and s.subscription == each.id for s in review.steps)
        if is_ending:
            return Severity.INFO, said, "it can be cancelled at any time"
        return Severity.WARNING, said, "end it with `state: cancelled`, or have it renewed"
    if sale.ends_at_term:
        said = f"{name} ends on {day}, and access may stop that day"
        is_held = any(takes_seat(user, each.sku) for user in review.state.users.values())
        return Severity.INFO, said, "move users before" if is_held else ""
    is_stopped = any(
        isinstance(step, StopRenewal) and step.subscription == each.id for step in review.steps
    )
    said = (
        f"{name} does not renew, which alone does not end it: from {day} on it may go on by the "
        "month, by partners' accounts 3 % dearer, or 23 % where no monthly plan is sold"
    )
    if is_stopped:
        return Severity.INFO, said, "this plan has it end"
    return Severity.WARNING, said, "turn its renewal on, or let it end"
