"""Refuse to end a subscription whose add-ons may end with it, unless a person says it is fine."""

from collections.abc import Iterator
from datetime import datetime

from runner.catalog import dependent_add_ons, is_storage, is_suite
from runner.model.findings import Finding, Severity
from runner.model.ids import SkuId
from runner.model.spec import Channel
from runner.model.state import SubscriptionState
from runner.planning.guards.review import Review, name_of, users
from runner.steps.ending import EndStep
from runner.steps.remove_add_on import RemoveAddOn
from runner.steps.sales import sale_of
from runner.steps.seats import LIVE

_UNTIED = "it does not if it is a subscription of its own: ask who sold it, then accept once with "


def check(review: Review) -> Iterator[Finding]:
    """Yield a finding per add-on in use and product that ends, an error where nothing else fits.

    Source: commerce.md 4.4 (G6), A01, A03 and A06 (a traditional add-on ends with its base, and
    the directory does not tell it from one of its own), read 2026-11-23.
    """
    endings = {step.sku: step for step in review.steps if isinstance(step, EndStep)}
    gone = {step.subscription for step in review.steps if isinstance(step, EndStep)}
    staying = [s for s in review.state.subscriptions if s.status in LIVE and s.id not in gone]
    for step in endings.values():
        for sku in dependent_add_ons(review.catalog, {each.sku for each in staying}):
            mine = [s for s in staying if s.sku == sku and _may_hang(s, review)]
            if not mine or not (holders := _left(sku, review)):
                continue
            if is_storage(review.catalog, sku):
                yield _storage(step, mine, review)
            else:
                yield _add_on(step, mine, review, holders=holders)


def _may_hang(add_on: SubscriptionState, review: Review) -> bool:
    """Say whether an add-on may hang on something that ends; Partner Center shows on what.

    Source: commerce.md 3.4 (`parentSubscriptionId`) and A05 (add-ons of new commerce outlive their
    base), read 2026-11-23.
    """
    sale = sale_of(review.state, add_on)
    if sale is None or sale.channel is not Channel.PARTNER_CENTER:
        return True
    sold = {step.sale for step in review.steps if isinstance(step, EndStep)}
    return sale.parent != "" and sale.parent in sold


def _add_on(
    step: EndStep, mine: list[SubscriptionState], review: Review, *, holders: str
) -> Finding:
    is_alone = not all(_has_another_suite(each, review) for each in mine)
    accept = f"{_UNTIED}`--accept add-ons-at-risk`"
    ask = "it does if it was sold as an add-on to it: ask before it ends"
    return Finding(
        severity=Severity.ERROR if is_alone else Severity.WARNING,
        code="add-ons-at-risk",
        summary=f"{name_of(review, mine[0].sku)} of {holders} may end together with {step.product}",
        hint=accept if is_alone else ask,
        where=step.origin,
        is_acceptable=is_alone,
    )


def _storage(step: EndStep, mine: list[SubscriptionState], review: Review) -> Finding:
    """Refuse where storage may end: it is cut at once, whatever else lives.

    Source: commerce.md A04 (the amount is in GB; less of it cuts storage immediately), read
    2026-11-23.
    """
    amount = sum(each.seats for each in mine)
    return Finding(
        severity=Severity.ERROR,
        code="storage-at-risk",
        summary=f"{amount} GB of {name_of(review, mine[0].sku)} may end together with "
        f"{step.product}, and what is in use cannot be read without rights in SharePoint",
        hint=f"compare it in the SharePoint admin center; {_UNTIED}`--accept storage-at-risk`",
        where=step.origin,
        is_acceptable=True,
    )


def _has_another_suite(add_on: SubscriptionState, review: Review) -> bool:
    """Say whether a suite that stays was there when the add-on was bought."""
    gone = {each.subscription for each in review.steps if isinstance(each, EndStep)}
    return any(
        each.status in LIVE
        and each.id not in gone
        and (product := review.catalog.products.get(each.sku)) is not None
        and is_suite(review.catalog, product)
        and _is_older(each.created_at, add_on.created_at)
        for each in review.state.subscriptions
    )


def _is_older(base: datetime | None, add_on: datetime | None) -> bool:
    return base is not None and add_on is not None and base <= add_on


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
