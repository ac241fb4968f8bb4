"""Refuse a channel that is stated and that the tenant shows to be another."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import Channel
from runner.model.state import SubscriptionState
from runner.planning.guards.review import Review, name_of
from runner.steps.channels import is_sold_by_partner, stated_channel
from runner.steps.sales import sale_of
from runner.steps.seats import OVER, subscriptions_of

_WORDS = {Channel.PARTNER_CENTER: "Partner Center", Channel.AZURE_BILLING: "Azure billing"}


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every subscription whose channel is stated and is not that.

    A task for a person is right everywhere, so `manual` contradicts nothing.
    Source: commerce.md 3.1 (a contradiction with the signals is an error), read 2026-11-23.
    """
    for entry in review.spec.subscriptions:
        stated = stated_channel(entry, review.spec)
        if stated is None or stated is Channel.MANUAL:
            continue
        for each in subscriptions_of(review.state, entry.sku):
            is_meant = not entry.subscription_ids or each.id in entry.subscription_ids
            if each.status not in OVER and is_meant and (why := _why(each, stated, review)):
                yield Finding(
                    severity=Severity.ERROR,
                    code="channel-contradicts",
                    summary=f"{name_of(review, entry.sku)}, subscription {each.id}: {why}",
                    hint="leave `channel` out, or state `manual`",
                    where=str(entry.where),
                )


def _why(subscription: SubscriptionState, stated: Channel, review: Review) -> str:
    sale = sale_of(review.state, subscription)
    if sale is not None and sale.channel is stated:
        return ""
    if sale is not None:
        return f"it is sold through {_WORDS[sale.channel]}, not {_WORDS[stated]}"
    is_by_partner = is_sold_by_partner(review.state, (subscription,))
    if is_by_partner and stated is Channel.AZURE_BILLING:
        return "a partner sold it, so Azure billing cannot change it"
    if not is_by_partner and stated is Channel.PARTNER_CENTER:
        return "no partner sold it, so Partner Center cannot change it"
    return f"{_WORDS[stated]} does not list it"
