"""Tell when seats can be given up: now, at the renewal, or not yet."""

from datetime import datetime
from enum import StrEnum

from runner.model.ids import SkuId
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import Channel, TenantSpec
from runner.model.state import SubscriptionState, TenantState
from runner.steps.channels import channel_of
from runner.steps.ending import REFUND_MARGIN, is_refundable
from runner.steps.sales import sale_of
from runner.steps.seats import SeatGoal, paid_seats, subscriptions_of


class GivingUp(StrEnum):
    """When seats are given up: at once, at the renewal, or by no call before it."""

    NOW = "now"
    AT_RENEWAL = "at_renewal"
    NOT_YET = "not_yet"


def giving_up(goal: SeatGoal, want: TenantSpec, have: TenantState) -> GivingUp | None:
    """Return when the seats of a goal change downwards, None where nothing is left to ask for.

    A number of ours that is scheduled and not wanted any more is taken back at the renewal, too.
    Source: commerce.md B04, 3.3, 3.4 (`refundableQuantity`, At renewal) and 3.6, read 2026-11-23.
    """
    only = only_paid(goal.entry.sku, have)
    sale = sale_of(have, only) if only else None
    if goal.wanted < goal.now and is_open(sale, have.read_at, seats=goal.now - goal.wanted):
        return GivingUp.NOW
    if only is None or sale is None:
        return None
    total = next_total(goal.entry.sku, have, sale)
    is_back = goal.wanted == goal.now and is_own_schedule(goal.entry.sku, have, sale)
    if total == goal.wanted or not (goal.wanted < goal.now or is_back):
        return None
    channel = channel_of(goal.entry, want, have, subscription=only)
    is_set = channel is Channel.MANUAL or sale.channel is channel is Channel.PARTNER_CENTER
    is_live = sale.status is SaleStatus.LIVE and sale.renews and not sale.is_trial
    return GivingUp.AT_RENEWAL if is_set and is_live and goal.wanted else GivingUp.NOT_YET


def is_open(sale: Sale | None, now: datetime, *, seats: int) -> bool:
    """Return whether so many seats can be given up now.

    They can by a person, before new commerce, and in their window; seats that were added later have
    a window of their own. On a direct agreement they can only while the subscription renews.
    Source: commerce.md B04 and 3.4 (`refundableQuantity.details`), read 2026-11-23.
    """
    if sale is None or sale.is_legacy:
        return True
    if sale.channel is Channel.AZURE_BILLING and not sale.renews:
        return False
    if sale.refundable_seats:
        return sum(lot for lot, _ in refunded(sale, now)) >= seats
    return is_refundable(sale, now)


def refunded(sale: Sale, now: datetime) -> tuple[tuple[int, datetime], ...]:
    """Return the lots of seats whose window is open, with its end."""
    lots = sale.refundable_seats
    return tuple((seats, until) for seats, until in lots if now < until - REFUND_MARGIN)


def only_paid(sku: SkuId, have: TenantState) -> SubscriptionState | None:
    """Return the one live and paid subscription of a product, None where there are several."""
    paid = [s for s in subscriptions_of(have, sku) if s.status == "Enabled" and not s.is_trial]
    return paid[0] if len(paid) == 1 else None


def next_total(sku: SkuId, have: TenantState, sale: Sale) -> int:
    """Return the seats of a product from a sale's renewal on, as far as that is scheduled."""
    seats = paid_seats(have, sku)
    return seats if sale.next_seats is None else seats - sale.seats + sale.next_seats


def is_own_schedule(sku: SkuId, have: TenantState, sale: Sale) -> bool:
    """Return whether what is scheduled is what the journal says was asked for last."""
    is_seats = sale.next_seats is not None
    return is_seats and have.memory.reduced_to.get(sku) == next_total(sku, have, sale)
