"""What is asked of whoever sells and cancels subscriptions, and what comes back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runner.model.ids import SkuId, SubscriptionId
from runner.model.spec import Channel, Purchase


class OrderVerb(StrEnum):
    """What an order does to a product in a tenant."""

    BUY = "buy"
    RESIZE = "resize"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One thing to buy, resize or cancel, with absolute totals.

    `key` is the idempotency key: the same for every try of one order. `step` is the step it is for.
    `seats` is the new total, `seats_now` the total before. `deadline_at` is when the result is
    expected to show at the latest, `opened_at` when this was first asked for, `now` the tenant's
    time.
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
    subscription: SubscriptionId | None = None
    purchase: Purchase | None = None
    is_sold_by_partner: bool = False
    now: datetime
    opened_at: datetime
    confirmed_at: datetime | None = None
    deadline_at: datetime
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How an order stands; `task` is for the person who has to act, where one has to."""

    summary: str
    task: str = ""
