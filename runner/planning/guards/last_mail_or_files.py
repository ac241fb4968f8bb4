"""Refuse to end the last subscription that gives the tenant mailboxes or sites."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.ids import SkuId
from runner.planning.guards.review import Review
from runner.steps.buy_seats import BuySeats
from runner.steps.ending import EndStep
from runner.steps.stop_renewal import StopRenewal

DATA_SERVICES = ("Exchange Online", "SharePoint")


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every ending after which a service that keeps data is nowhere.

    Source: commerce.md 4.4 (G10) and C09 (data may be gone after 30 days), read 2026-11-23.
    """
    ending = [step for step in review.steps if isinstance(step, EndStep)]
    live = _live(review, ending)
    for step in ending:
        staying = live | _bought(review, step)
        kept = {service for sku in staying for service in _services(sku, review)}
        lost = [s for s in _services(step.sku, review, unknown=DATA_SERVICES) if s not in kept]
        if lost:
            yield Finding(
                severity=Severity.ERROR,
                code="last-mail-or-files",
                summary=f"subscription {step.subscription} of {step.product} is the tenant's last "
                f"with {' and '.join(lost)}",
                hint="have another product with it first: without any, data may be gone after "
                "30 days",
                where=step.origin,
            )


def _live(review: Review, ending: list[EndStep]) -> set[SkuId]:
    """Return the products with a paid subscription that is live and that the plan leaves so."""
    gone = {step.subscription for step in ending}
    return {
        each.sku
        for each in review.state.subscriptions
        if each.status == "Enabled" and not each.is_trial and each.id not in gone
    }


def _bought(review: Review, step: EndStep) -> set[SkuId]:
    """Return the products that the plan buys and the ending waits for, or comes long after."""
    bought = {each.sku for each in review.steps if isinstance(each, BuySeats)}
    is_at_term = isinstance(step, StopRenewal) and not step.is_freed_first
    return bought if is_at_term else bought & set(step.successors)


def _services(sku: SkuId, review: Review, *, unknown: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return which of the services a product has, `unknown` where nobody knows it."""
    shown, known = review.state.skus.get(sku), review.catalog.products.get(sku)
    if shown is not None and shown.service_plans:
        plans = [plan.id for plan in shown.service_plans if plan.applies_to == "User"]
    elif known is not None:
        plans = list(known.service_plans)
    else:
        return unknown
    families = {review.catalog.families.get(plan) for plan in plans}
    return tuple(service for service in DATA_SERVICES if service in families)
