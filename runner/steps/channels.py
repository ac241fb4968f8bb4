"""Find out who can act on a subscription."""

from collections.abc import Iterable

from runner.model.spec import Channel, Purchase
from runner.model.state import SubscriptionState, TenantState


def channel_of(entry: Channel, tenant: Channel) -> Channel:
    """Return the channel stated nearest to the subscription; without a statement a person acts."""
    for stated in (entry, tenant):
        if stated is not Channel.AUTO:
            return stated
    return Channel.MANUAL


def is_sold_by_partner(have: TenantState, subscriptions: Iterable[SubscriptionState]) -> bool:
    """Return whether a partner's tenant created any of these subscriptions.

    Source: commerce.md 3.1 (`ownerTenantId` neither null nor the tenant itself), read 2026-11-22.
    """
    return any(s.owner_tenant not in (None, have.tenant_id) for s in subscriptions)


def who_acts(channel: Channel, *, is_partner: bool) -> str:
    """Return who carries out an order on a channel, for a line of the plan."""
    if channel is not Channel.MANUAL:
        return channel.value.replace("_", " ")
    return "the partner who sold it" if is_partner else "a person, in the admin center"


def purchase_terms(purchase: Purchase) -> str:
    """Return the terms of a purchase in words, such as `annual, billed monthly`."""
    billed = {"annual": "yearly", "once": "once"}.get(purchase.billing, purchase.billing)
    paid = f", paid by {purchase.payment}" if purchase.payment else ""
    return f"{purchase.term}, billed {billed}{paid}"
