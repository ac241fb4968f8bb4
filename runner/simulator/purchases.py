"""Turn a purchase into a subscription, and remember who bought what under which key."""

from __future__ import annotations

from dataclasses import dataclass

from runner.simulator.clock import parse_span
from runner.simulator.parts import object_id
from runner.simulator.products import Product
from runner.simulator.subscriptions import TERMS_S, Buyer, Purchase, Subscription
from runner.simulator.tenant import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Hold what is bought, how it is paid, by whom and under which key of theirs."""

    product: Product
    seats: int
    buyer: Buyer
    channel: str = "direct_legacy"
    term: str = "P1Y"
    billing_cycle: str = "monthly"
    renews: bool = True
    owner_tenant: str | None = None
    ends_at: float | None = None
    credit_check: str | float | None = None


def buy(tenant: Tenant, wish: Wish, *, now: float) -> Subscription:
    """Buy as the tenant's purchases go: with a credit check, hidden, or ready late."""
    settings = tenant.entry.purchase
    wanted = settings.credit_check if wish.credit_check is None else wish.credit_check
    enabled_at = parse_span(wanted).after(now, tenant.entry.timezone)
    setup = parse_span(settings.provisioning)
    item = add_subscription(tenant, wish, now=now)
    item.visible_at = now if settings.visible else enabled_at
    item.enabled_at = enabled_at
    item.provisioned_at = setup.after(enabled_at, tenant.entry.timezone)
    _note(tenant, item, seats=wish.seats, buyer=wish.buyer, now=now)
    return item


def resize(tenant: Tenant, item: Subscription, *, seats: int, buyer: Buyer, now: float) -> None:
    """Set the seats of a subscription; more of them are a purchase too."""
    if seats > item.seats:
        _note(tenant, item, seats=seats - item.seats, buyer=buyer, now=now)
    item.resize(seats, now)


def _note(tenant: Tenant, item: Subscription, *, seats: int, buyer: Buyer, now: float) -> None:
    tenant.purchases.append(
        Purchase(at=now, buyer=buyer, sku_id=item.sku_id, seats=seats, subscription_id=item.id)
    )


def add_subscription(tenant: Tenant, wish: Wish, *, now: float) -> Subscription:
    """Add a subscription that is there at once, without a credit check."""
    term_s = TERMS_S[wish.term]
    key = object_id(tenant.name, "subscription", key=len(tenant.subscriptions))
    item = Subscription(
        id=key,
        commerce_id=object_id(tenant.name, "commerce", key=key),
        sku_id=wish.product.sku_id,
        seats=wish.seats,
        channel=wish.channel,
        term=wish.term,
        billing_cycle=wish.billing_cycle,
        created_at=now,
        owner_id=object_id(tenant.name, "owner", key="admin"),
        owner_tenant=wish.owner_tenant,
        visible_at=now,
        enabled_at=now,
        provisioned_at=now,
        renews=wish.renews,
        after_term=tenant.entry.azure.after_term,
        lifecycle_at=now + term_s if wish.ends_at is None else wish.ends_at,
        term_s=term_s,
    )
    tenant.subscriptions.append(item)
    return item
