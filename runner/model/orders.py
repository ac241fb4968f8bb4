"""What is asked of whoever sells and cancels subscriptions, and what comes back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runner.model.ids import SkuId, SubscriptionId, TenantId
from runner.model.sales import Sale
from runner.model.spec import Channel, Purchase


class OrderVerb(StrEnum):
    """What an order does to a product in a tenant.

    `buy` buys a new subscription, or raises the one in `sale`; `resize` gives seats up,
    `resize_at_renewal` sets how many it renews with; `cancel` ends a subscription now,
    `stop_renewal` lets it end with its term; `transition` has the vendor turn it into another
    product.
    """

    BUY = "buy"
    RESIZE = "resize"
    RESIZE_AT_RENEWAL = "resize_at_renewal"
    CANCEL = "cancel"
    STOP_RENEWAL = "stop_renewal"
    TRANSITION = "transition"


class Seller(StrEnum):
    """Who sold a subscription, as far as anything readable tells.

    `partner` is a partner's tenant, `agreement` Microsoft under the customer's own agreement,
    `older` Microsoft under the one before it, `volume` whoever the volume licenses are from.
    `unknown` may be Microsoft directly, a reseller of volume licenses, or whoever sells keys.
    """

    PARTNER = "partner"
    AGREEMENT = "agreement"
    OLDER = "older"
    VOLUME = "volume"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeTab:
    """The admin center's own upgrade of a subscription, as another way to make a purchase.

    `product` is what it turns into another, `refusals` say why it is not the way, `doubts` why it
    may not be; `resets` counts the users whose switched-off services it switches on.
    """

    product: str
    subscription: SubscriptionId
    refusals: tuple[str, ...]
    doubts: tuple[str, ...]
    resets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One thing to buy, resize or cancel, with absolute totals.

    `key` is the idempotency key: the same for every try of one order. `step` is the step it is for.
    `seats` is the new total of the SKU, `seats_now` the total before. `sale` is the subscription to
    change as its channel just showed it, None where a new one is bought; `sale_seats` is then the
    new total of that one subscription, else the seats of the new one; `renews_at` is when it
    renews, where that is known. `known_sales` are the ids of the sales that are counted in these
    totals. `target_product` is what the catalog calls the
    product of a transition. `reference` is what an earlier receipt of this order said, to go on
    from. `deadline_at` is when the result is expected to show at the latest, `opened_at` when this
    was first asked for, `now` the tenant's time. `seller` is who sold what it is about, or what a
    new product replaces; `partners` are the tenants of partners who did.
    """

    key: str
    step: str
    verb: OrderVerb
    channel: Channel
    sku: SkuId
    product: str
    part_number: str
    seats: int
    seats_now: int
    target_product: str = ""
    subscription: SubscriptionId | None = None
    sale: Sale | None = None
    sale_seats: int = 0
    renews_at: datetime | None = None
    known_sales: frozenset[str] = frozenset()
    reference: str = ""
    purchase: Purchase | None = None
    seller: Seller = Seller.UNKNOWN
    partners: tuple[TenantId, ...] = ()
    tab: UpgradeTab | None = None
    now: datetime
    opened_at: datetime
    confirmed_at: datetime | None = None
    deadline_at: datetime
    timezone: str


class ReceiptStatus(StrEnum):
    """How an order stands.

    `open` goes on by itself or by a person, `accepted` was taken and shows before long, `refused`
    cannot be done like this, `doubtful` may or may not have been taken: nothing is sent again.
    """

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How an order stands; `task` is for the person who has to act, where one has to.

    `reference` is what the channel goes by, such as the id of a cart or an order; it is recorded
    before the order goes on, and given back with its next try; one of kind `again` or `failed` says
    that nothing is under way. `again_s` is how soon to look again, in seconds, 0 where that is for
    the caller to say.
    """

    status: ReceiptStatus
    summary: str
    task: str = ""
    reference: str = ""
    again_s: int = 0
