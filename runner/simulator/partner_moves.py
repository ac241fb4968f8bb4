"""Turn a subscription into another product, and move its users along."""

from __future__ import annotations

from runner.simulator.accounts import Row
from runner.simulator.products import Product
from runner.simulator.purchases import Wish, add_subscription
from runner.simulator.subscriptions import GONE, Buyer, Subscription
from runner.simulator.tenant import Tenant

PARTNER_BUYER = Buyer(kind="partner")


def convert(tenant: Tenant, item: Subscription, *, product: Product, now: float) -> None:
    """Make a subscription one of another product: same id, no window in which to go back."""
    source = item.sku_id
    item.sku_id = product.sku_id
    item.converted_at = now
    item.plan_statuses = {}
    tenant.note_seats(source, now)


def reassign(tenant: Tenant, *, source: str, target: str, now: float) -> None:
    """Give every user the target for the directly given source, with every service on.

    Source: commerce fact sheet, U11 of section 1.2, read 2026-11-23: what was switched off is
    not kept. Licenses from groups stay as they are.
    """
    for index in sorted(tenant.holders(source)):
        user = tenant.users[index]
        rows = user.state.rows
        if source not in user.state.direct:
            continue
        gone = (source, target)
        kept = [row for row in rows if row.group_id is not None or row.sku_id not in gone]
        new = Row(sku_id=target, at=now)
        tenant.change(user, user.state.with_changes(rows=(*kept, new)), now=now)


def split(
    tenant: Tenant, item: Subscription, *, product: Product, seats: int, now: float
) -> Subscription:
    """Make some seats a new subscription of another product that ends on the same day."""
    item.resize(item.seats - seats, now)
    tenant.note_seats(item.sku_id, now)
    wish = Wish(
        product=product,
        seats=seats,
        buyer=PARTNER_BUYER,
        channel="csp",
        term=item.term,
        billing_cycle=item.billing_cycle,
        renews=item.renews,
        owner_tenant=item.owner_tenant,
        ends_at=item.term_end(now),
    )
    made = add_subscription(tenant, wish, now=now)
    made.converted_at = now
    return made


def join(
    tenant: Tenant, item: Subscription, *, target: Subscription, seats: int, now: float
) -> None:
    """Put seats into another subscription; one that has none left is gone."""
    target.resize(target.seats + seats, now)
    if seats == item.seats:
        item.stop(now, status=GONE)
    else:
        item.resize(item.seats - seats, now)
    tenant.note_seats(item.sku_id, now)
