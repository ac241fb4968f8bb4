"""Tell how a subscription that shall end can end, and what must be so before it may."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from runner.model.ids import SkuId, SubscriptionId
from runner.model.outcome import Check
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import CancelWhen, SubscriptionGoal, SubscriptionWant, TenantSpec
from runner.model.state import SubscriptionState, TenantState
from runner.steps.channels import channel_of, is_sold_by_partner
from runner.steps.kind import Context
from runner.steps.naming import part_number, product_name, step_id
from runner.steps.ordering import OrderStep, sale_fields
from runner.steps.sales import sale_of
from runner.steps.seats import OVER, seats_in_use, subscriptions_of
from runner.steps.verdicts import wait

SETTLE = timedelta(minutes=1)
"""How soon to look again at counts that lag behind assignments."""

REFUND_MARGIN = timedelta(hours=1)
"""How long before the end of its window a subscription is cancelled at the latest.

Source: commerce.md 4.4 (G8: the window minus a margin), read 2026-11-23.
"""


class Ending(StrEnum):
    """How a subscription ends: at once, or with its term because it is not renewed."""

    CANCEL = "cancel"
    STOP_RENEWAL = "stop_renewal"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStep(OrderStep):
    """A subscription to end, by id, after nobody has held its SKU for `soak_s` seconds.

    `successors` are SKUs that must be live and paid for before anything is ended; `also_ending`
    are other subscriptions of the product that the plan ends, which can hold nobody either.
    """

    seats: int
    soak_s: int
    successors: tuple[SkuId, ...]
    also_ending: tuple[SubscriptionId, ...] = ()


def to_end(entry: SubscriptionWant, have: TenantState) -> tuple[SubscriptionState, ...]:
    """Return the subscriptions an entry is about that are not over and not ending already.

    One in its grace period, in the directory or by its channel, ends by itself, so only `when: now`
    cancels it. A state that is not known counts as live.
    Source: commerce.md 4.1, 4.3 and edge case 18, read 2026-11-23.
    """
    is_now = entry.when is CancelWhen.NOW
    settled = OVER if is_now else (*OVER, "Warning")
    sold_out = (SaleStatus.OVER, SaleStatus.SUSPENDED, *(() if is_now else (SaleStatus.LAPSED,)))
    return tuple(
        each
        for each in subscriptions_of(have, entry.sku)
        if each.status not in settled
        and (not entry.subscription_ids or each.id in entry.subscription_ids)
        and not ((sale := sale_of(have, each)) and sale.status in sold_out)
    )


def ending_of(
    entry: SubscriptionWant, have: TenantState, subscription: SubscriptionState
) -> Ending:
    """Return how a subscription ends: at once where that is refunded or asked for, else later.

    One that goes on by the month has no term left to end with; a trial has nothing to refund.
    Source: commerce.md 4.3, 4.4 (G8), C10 and edge cases 16, 21 and 32, read 2026-11-23.
    """
    sale = sale_of(have, subscription)
    if entry.goal is SubscriptionGoal.RENEWAL_OFF:
        return Ending.STOP_RENEWAL
    if entry.when is CancelWhen.NOW or (sale and is_extended(sale, have.read_at)):
        return Ending.CANCEL
    if entry.when is CancelWhen.END_OF_TERM:
        return Ending.STOP_RENEWAL
    if sale is None or sale.is_legacy:
        return Ending.STOP_RENEWAL if subscription.is_trial else Ending.CANCEL
    return Ending.CANCEL if is_refundable(sale, _freed_at(entry, have)) else Ending.STOP_RENEWAL


def _freed_at(entry: SubscriptionWant, have: TenantState) -> datetime:
    """Return when the soak is over at the earliest; what has passed of it is not waited for again.

    Source: commerce.md 4.4 (G11: time since nobody has held it), read 2026-11-23.
    """
    now = have.read_at
    since = now if seats_in_use(have, entry.sku) else have.memory.unheld_since.get(entry.sku, now)
    return max(now, since + timedelta(seconds=entry.soak_s))


def is_refundable(sale: Sale, at: datetime) -> bool:
    """Return whether the channel still takes a subscription back at a moment."""
    return sale.refundable_until is not None and at < sale.refundable_until - REFUND_MARGIN


def is_extended(sale: Sale, now: datetime) -> bool:
    """Return whether a subscription goes on by the month after its term.

    Source: commerce.md 4.2 (Extended Service Term: it can be cancelled any time), read 2026-11-23.
    """
    is_past = sale.term_ends_at is not None and sale.term_ends_at < now
    lives_on = sale.status is SaleStatus.LIVE and not sale.renews and not sale.ends_at_term
    return is_past and lives_on


def subscriptions_ending(
    want: TenantSpec, have: TenantState, how: Ending
) -> Iterator[tuple[SubscriptionWant, SubscriptionState]]:
    """Yield every subscription that shall end in this way, with the entry that wants it."""
    for entry in want.subscriptions:
        if entry.goal is not SubscriptionGoal.ACTIVE:
            for subscription in to_end(entry, have):
                if ending_of(entry, have, subscription) is how:
                    yield entry, subscription


def end_fields(
    want: TenantSpec,
    have: TenantState,
    context: Context,
    *,
    entry: SubscriptionWant,
    subscription: SubscriptionState,
) -> dict[str, object]:
    """Return the fields that both ways of ending a subscription have in common."""
    tenant = want.tenant.name
    targets = sorted({a.target for a in want.assignments if entry.sku in a.sources})
    before = tuple(step_id(tenant, k, sku) for k in ("buy_seats", "await_ready") for sku in targets)
    moves = tuple(step.id for step in context.earlier if entry.sku in getattr(step, "remove", ()))
    is_freed = entry.goal is SubscriptionGoal.CANCELLED
    others = tuple(each.id for each in to_end(entry, have) if each.id != subscription.id)
    return {
        "needs": (*before, *moves) if is_freed else (),
        "origin": str(entry.where),
        "sku": entry.sku,
        "product": product_name(entry.sku, have, context.catalog),
        "part_number": part_number(entry.sku, have, context.catalog),
        **sale_fields(subscription, have),
        "seats": subscription.seats,
        "soak_s": entry.soak_s if is_freed else 0,
        "channel": channel_of(entry, want, have, subscription=subscription),
        "is_sold_by_partner": is_sold_by_partner(have, (subscription,)),
        "successors": tuple(targets) if is_freed else (),
        "also_ending": others,
        "timezone": want.tenant.timezone,
    }


def missing(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Judge a subscription that is not listed but that its product still names."""
    state = have.skus.get(step.sku)
    if state is not None and step.subscription in state.subscription_ids:
        return wait(f"subscription {step.subscription} is not listed", again=now + SETTLE)
    return None


def others_suffice(step: EndStep, have: TenantState) -> bool:
    """Say whether subscriptions that stay hold everybody who has the product.

    Source: commerce.md 4.4 (G2: with several, the seats that remain suffice), read 2026-11-22.
    """
    staying = (
        each.seats
        for each in subscriptions_of(have, step.sku)
        if each.status == "Enabled"
        and not each.is_trial
        and each.id not in (step.subscription, *step.also_ending)
    )
    return 0 < seats_in_use(have, step.sku) <= sum(staying)


def ended_skus(step: EndStep) -> tuple[SkuId, ...]:
    """Name the SKU that ends and those that must live on."""
    return (step.sku, *step.successors)
