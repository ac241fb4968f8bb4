"""Let the admin center's Upgrade tab buy another plan, move everybody to it and cancel the old."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.simulator.partner_moves import reassign
from runner.simulator.products import Product, load_products
from runner.simulator.purchases import Wish, buy
from runner.simulator.subscriptions import Buyer, Subscription
from runner.simulator.tenant import Tenant

DIRECT = ("direct_legacy", "direct_mca")
TIERS = (
    ("EXCHANGE_S_DESKLESS", "EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE"),
    ("SHAREPOINTDESKLESS", "SHAREPOINTSTANDARD", "SHAREPOINTENTERPRISE"),
)
NOT_COMMERCIAL = re.compile(
    r"gov|gcc|dod\b|facult|student|nonprofit|non-profit|charity|donation|\b[AG][135]\b", re.I
)


def refusals(
    tenant: Tenant, item: Subscription, *, product: Product, seats: int, now: float
) -> Iterator[str]:
    """Yield every reason for which the tab does not offer an upgrade.

    Source: commerce fact sheet, table 1.3 and rule S15, read 2026-11-23.
    """
    source = load_products().by_id[item.sku_id]
    pool = tenant.pool(item.sku_id, now)
    if item.channel not in DIRECT or item.owner_tenant is not None:
        yield "the subscription was not bought directly, ask who sold it"
    if tenant.consumed(item.sku_id) > pool.enabled:
        yield f"{tenant.consumed(item.sku_id)} users for {pool.enabled} licenses, unassign some"
    if not item.is_provisioned(now) or set(item.plan_statuses.values()) - {"Success", "Disabled"}:
        yield "the subscription is not fully set up, try again in some hours"
    if len([each for each in pool.subscriptions if each.status(now) == "Enabled"]) != 1:
        yield f"there are other subscriptions of {source.name}, or it is not active"
    if any(NOT_COMMERCIAL.search(f"{each.name} {each.part_number}") for each in (source, product)):
        yield "a government, education or nonprofit plan is changed by hand"
    if _lower(product, source):
        yield f"{product.name} has lower data services than {source.name}"
    if any(each.parent_id in (item.id, item.commerce_id) for each in tenant.subscriptions):
        yield "the subscription has an add-on, remove it first"
    if seats < item.seats:
        yield f"{seats} seats are fewer than the {item.seats} there are, reduce them before"


def _lower(product: Product, source: Product) -> bool:
    return any(_tier(product, tiers) < _tier(source, tiers) for tiers in TIERS)


def _tier(product: Product, tiers: tuple[str, ...]) -> int:
    return max((place for place, name in enumerate(tiers) if product.plan(name)), default=-1)


def use_upgrade_tab(
    tenant: Tenant, item: Subscription, *, product: Product, seats: int, now: float
) -> Subscription:
    """Buy the product, move everybody with every service on, and cancel the subscription.

    Source: commerce fact sheet, rules S04 and U11, read 2026-11-23.
    """
    wish = Wish(
        product=product,
        seats=seats,
        buyer=Buyer(kind="administrator"),
        channel=item.channel,
        term=item.term,
        billing_cycle=item.billing_cycle,
        credit_check=0,
    )
    bought = buy(tenant, wish, now=now)
    reassign(tenant, source=item.sku_id, target=product.sku_id, now=now)
    item.stop(now, status=tenant.entry.purchase.cancelled_as)
    return bought
