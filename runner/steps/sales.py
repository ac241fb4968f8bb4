"""Bring together what Graph shows of subscriptions and what their channels say of them."""

from collections.abc import Iterator

from runner.model.ids import SkuId
from runner.model.sales import Sale, SaleStatus
from runner.model.state import SubscriptionState, TenantState

SOLD = (SaleStatus.PENDING, SaleStatus.LIVE)


def own_sales(have: TenantState) -> tuple[Sale, ...]:
    """Return what channels sell to the tenant, and to none that the same account pays for.

    Source: commerce.md U05 (nothing crosses tenants) and 3.1 (`commerceSubscriptionId` is the join
    key), read 2026-11-23.
    """
    ids = {_key(each) for each in have.subscriptions}
    return tuple(each for each in have.sales if not each.is_unplaced or each.id in ids)


def unplaced_sales(have: TenantState) -> tuple[Sale, ...]:
    """Return what is left out: it names no tenant, and no subscription of this one has its id."""
    own = own_sales(have)
    return tuple(each for each in have.sales if each not in own and each.status in SOLD)


def sale_of(have: TenantState, subscription: SubscriptionState) -> Sale | None:
    """Return what the channel says of a subscription, None where no channel is known to sell it.

    The two go by one id where Microsoft's ids agree; else the only one of the product on either
    side that has no other counterpart is meant, if both have the same number of seats.
    Source: commerce.md 3.1 (`commerceSubscriptionId` is the join key; equality UNVERIFIED), read
    2026-11-23.
    """
    by_id = {sale.id: sale for sale in have.sales}
    found = by_id.get(_key(subscription))
    if found is not None:
        return found
    taken = {_key(each) for each in have.subscriptions}
    sales = [s for s in own_sales(have) if s.sku == subscription.sku and s.id not in taken]
    sales = [sale for sale in sales if sale.status is not SaleStatus.OVER]
    others = [
        each
        for each in have.subscriptions
        if each.sku == subscription.sku and _key(each) not in by_id
    ]
    is_certain = len(sales) == len(others) == 1 and sales[0].seats == subscription.seats
    return sales[0] if is_certain else None


def _key(subscription: SubscriptionState) -> str:
    return (subscription.commerce_id or "").lower()


def sale_with_id(have: TenantState, sale: str) -> Sale | None:
    """Return the sale with this id as its channel shows it now."""
    return next((each for each in have.sales if each.id == sale), None) if sale else None


def sales_of(have: TenantState, sku: SkuId) -> tuple[Sale, ...]:
    """Return what channels sell of a product, ordered or delivered; trials are left out."""
    joined = {sale.id for sale in _joined(have, sku)}
    return tuple(
        each
        for each in own_sales(have)
        if (each.sku == sku or each.id in joined) and each.status in SOLD and not each.is_trial
    )


def setup_said(have: TenantState, sku: SkuId) -> str:
    """Return what channels say of subscriptions of a product that they have not set up yet.

    Source: commerce.md 3.4 (`provisioningstatus`), read 2026-11-23.
    """
    found = [each.setup for each in sales_of(have, sku) if each.setup]
    if "failed" in found:
        return "; its channel says that setting it up has come to nothing: ask its support"
    return f"; its channel says of its setup: {found[0]}" if found else ""


def _joined(have: TenantState, sku: SkuId) -> Iterator[Sale]:
    for subscription in have.subscriptions:
        if subscription.sku == sku and (sale := sale_of(have, subscription)) is not None:
            yield sale


def seats_sold(have: TenantState, sku: SkuId) -> int:
    """Return the seats of a product that were ordered, whether Graph shows them yet or not.

    Source: commerce.md 3.4 (a subscription is provisioned up to 15 min later), read 2026-11-23.
    """
    shown = [each for each in have.subscriptions if each.sku == sku and not each.is_trial]
    alone = (s.seats for s in shown if s.status == "Enabled" and sale_of(have, s) is None)
    return sum(sale.seats for sale in sales_of(have, sku)) + sum(alone)
