"""Look up what seats cost in a month, where the owner has given prices."""

from decimal import Decimal

from runner.model.ids import SkuId
from runner.model.prices import Prices


def price_of(prices: Prices, sku: SkuId, *, term: str, billing: str) -> tuple[Decimal, str] | None:
    """Return what a seat costs; where its terms cannot be read, the only price of the product."""
    known = {price for (each, _, _), price in prices.items() if each == sku}
    only = known.pop() if len(known) == 1 else None
    return prices.get((sku, term, billing), None if term else only)


def as_money(amount: Decimal | int) -> str:
    """Return an amount with two decimals."""
    return f"{amount:,.2f}"
