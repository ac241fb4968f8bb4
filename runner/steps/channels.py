"""Find out who can act on a subscription."""

from collections.abc import Iterable

from runner.model.ids import SkuId, TenantId
from runner.model.orders import Seller
from runner.model.sales import OLDER, VOLUME, BillingAccount
from runner.model.spec import Channel, Purchase, SeatsMatch, SubscriptionWant, Tenant, TenantSpec
from runner.model.state import SubscriptionState, TenantState
from runner.steps.sales import own_sales, sale_of
from runner.steps.seats import LIVE


def stated_channel(entry: SubscriptionWant, want: TenantSpec) -> Channel | None:
    """Return the channel the YAML states, the entry before the tenant; None where it does not."""
    stated = (entry.channel, want.tenant.channel)
    return next((each for each in stated if each is not Channel.AUTO), None)


def channel_of(
    entry: SubscriptionWant,
    want: TenantSpec,
    have: TenantState,
    *,
    subscription: SubscriptionState | None,
) -> Channel:
    """Return the channel that acts on a subscription, or that a new one is bought through.

    One that no channel is known to sell is a task for a person, and so is one whose channel the
    inventory gives no right to write to; a new one is bought where the products are sold that it
    replaces.
    Source: commerce.md 3.1 (the decision is per subscription), read 2026-11-23.
    """
    found = stated_channel(entry, want) or _selling(entry, want, have, subscription=subscription)
    return found if found in writable(want.tenant) else Channel.MANUAL


def writable(tenant: Tenant) -> set[Channel]:
    """Return the channels through which the inventory lets orders for a tenant go."""
    azure = tenant.azure_billing
    return {
        *([Channel.PARTNER_CENTER] if tenant.partner_center is not None else []),
        *([Channel.AZURE_BILLING] if azure is not None and azure.writes else []),
    }


def _selling(
    entry: SubscriptionWant,
    want: TenantSpec,
    have: TenantState,
    *,
    subscription: SubscriptionState | None,
) -> Channel:
    """Return the channel that sells a subscription, or the products a new one replaces."""
    if subscription is not None:
        sale = sale_of(have, subscription)
        return sale.channel if sale else Channel.MANUAL
    found = _channels_of(replaced_by(entry, want), have) or {
        sale.channel for sale in own_sales(have)
    }
    return found.pop() if len(found) == 1 else Channel.MANUAL


def replaced_by(entry: SubscriptionWant, want: TenantSpec) -> set[SkuId]:
    """Return the products that a new one replaces, or takes its seats from."""
    skus = {sku for each in want.assignments if each.target == entry.sku for sku in each.sources}
    return skus | ({entry.seats.sku} if isinstance(entry.seats, SeatsMatch) else set())


def _channels_of(skus: Iterable[SkuId], have: TenantState) -> set[Channel]:
    wanted = set(skus)
    sales = [(each, sale_of(have, each)) for each in have.subscriptions if each.sku in wanted]
    return {sale.channel if sale else Channel.MANUAL for _, sale in sales}


def is_sold_by_partner(have: TenantState, subscriptions: Iterable[SubscriptionState]) -> bool:
    """Return whether a partner's tenant created any of these subscriptions.

    Source: commerce.md 3.1 (`ownerTenantId` neither null nor the tenant itself), read 2026-11-22.
    """
    return bool(partners_of(have, subscriptions))


def partners_of(
    have: TenantState, subscriptions: Iterable[SubscriptionState]
) -> tuple[TenantId, ...]:
    """Return the tenants of the partners who created these subscriptions, sorted."""
    owners = {each.owner_tenant for each in subscriptions}
    return tuple(sorted(each for each in owners if each not in (None, have.tenant_id) and each))


def seller_of(have: TenantState, subscriptions: Iterable[SubscriptionState]) -> Seller:
    """Return who sold these subscriptions, as far as Graph or a channel tells.

    Source: commerce.md 3.1 (`agreementType`; no signal tells the others apart), read 2026-11-23.
    """
    found = tuple(subscriptions)
    channels = {sale.channel for each in found if (sale := sale_of(have, each))}
    if partners_of(have, found) or Channel.PARTNER_CENTER in channels:
        return Seller.PARTNER
    if Channel.AZURE_BILLING in channels:
        return Seller.AGREEMENT
    agreements = {account.agreement for each in found if (account := account_of(have, each))}
    if VOLUME in agreements:
        return Seller.VOLUME
    return Seller.OLDER if OLDER in agreements else Seller.UNKNOWN


def account_of(have: TenantState, subscription: SubscriptionState) -> BillingAccount | None:
    """Return the billing account that lists a subscription no channel sells."""
    listed = (subscription.commerce_id or "").lower()
    return next((each for each in have.accounts if listed in each.subscriptions), None)


def sellers_products(
    sku: SkuId, replaced: Iterable[SkuId], have: TenantState
) -> tuple[SubscriptionState, ...]:
    """Return the live subscriptions of a product, else of those it replaces."""
    live = [each for each in have.subscriptions if each.status in LIVE and not each.is_trial]
    wanted = set(replaced)
    own = tuple(each for each in live if each.sku == sku)
    return own or tuple(each for each in live if each.sku in wanted)


def who_acts(channel: Channel, *, is_partner: bool) -> str:
    """Return who carries out an order on a channel, for a line of the plan."""
    if channel is not Channel.MANUAL:
        return (
            "through "
            + {"partner_center": "Partner Center", "azure_billing": "Azure billing"}[channel.value]
        )
    return "the partner who sold it" if is_partner else "a person, in the admin center"


def purchase_terms(purchase: Purchase) -> str:
    """Return the terms of a purchase in words, such as `annual, billed monthly`."""
    billed = {"annual": "yearly", "once": "once"}.get(purchase.billing, purchase.billing)
    paid = f", paid by {purchase.payment}" if purchase.payment else ""
    return f"{purchase.term}, billed {billed}{paid}"
