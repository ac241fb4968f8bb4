"""Say who has to act and on which page, by who sold a subscription."""

from runner.model.orders import Order, OrderVerb, Seller
from runner.model.spec import Channel

YOUR_PRODUCTS = "https://go.microsoft.com/fwlink/p/?linkid=842054"
PURCHASE_SERVICES = "https://go.microsoft.com/fwlink/p/?linkid=868433"
"""Source: commerce.md 3.7, read 2026-11-22."""

_DIRECT = "Billing Administrator, or owner or contributor of the billing account or its profile"
_AGREEMENT = "owner or contributor of the billing account, or of its billing profile"

_KEYS = {
    OrderVerb.BUY: "redeem another product key",
    OrderVerb.TRANSITION: "buy the new plan beside it",
}
_LICENSES = {
    OrderVerb.BUY: "a VL Administrator reserves the seats there: a commitment that cannot be "
    "edited, nor cancelled in the 72 h before its usage date, nor made in the last 30 days before "
    "the anniversary",
}


def role(order: Order) -> str:
    """Return who can carry an order out.

    Source: commerce.md U04 (roles by kind of account) and S02, read 2026-11-23.
    """
    if order.seller is Seller.PARTNER:
        named = ", ".join(order.partners)
        who = f"the partner with tenant id {named}" if named else "the partner who sold it"
        return f"{who}: no page of the tenant can change it"
    if order.seller is Seller.VOLUME:
        return "the account representative or the partner of the volume licensing agreement"
    return _AGREEMENT if order.seller is Seller.AGREEMENT else _DIRECT


def page(order: Order) -> list[str]:
    """Return where an order is carried out, nothing where a partner does it elsewhere."""
    if order.seller is Seller.PARTNER:
        return []
    if order.seller is Seller.VOLUME:
        return [f"Billing > Your products, tab Volume licensing: {YOUR_PRODUCTS}"]
    if order.verb is OrderVerb.BUY and not order.seats_now:
        return [f"Billing > Purchase services: {PURCHASE_SERVICES}"]
    return [f"Billing > Your products: {YOUR_PRODUCTS}"]


def cancels_whole(order: Order) -> bool:
    """Return whether it is cancelled with all its seats: by whoever sold it, or on an agreement."""
    return order.seller in (Seller.PARTNER, Seller.AGREEMENT, Seller.VOLUME)


def by_itself(order: Order) -> list[str]:
    """Return how the inventory could let the runner do what a person is asked for."""
    if order.seller is not Seller.AGREEMENT or order.channel is not Channel.MANUAL:
        return []
    return ["set `writes: true` under `azure_billing` in the inventory, and run it again"]


def other_sellers(order: Order) -> list[str]:
    """Return how its seller goes about it, or who that may be where nothing readable tells.

    Source: commerce.md 3.1, 3.8, B07, B08, R06 and S02, read 2026-11-23.
    """
    licenses = _LICENSES.get(order.verb, "its seller does it, at the true-up or the renewal")
    if order.seller is Seller.VOLUME:
        return [licenses]
    if order.seller is not Seller.UNKNOWN:
        return []
    key = _KEYS.get(order.verb, "no seat comes off before a renewal with a smaller key")
    return [
        'who sold it cannot be read: see the column "Purchase channel" of Billing > Your products',
        f"Reseller: ask that partner; Prepaid: {key}",
        f"tab Volume licensing: {licenses}",
        "a Microsoft representative sold it or scheduled a change: ask them",
    ]
