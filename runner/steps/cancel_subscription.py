"""End a subscription that nobody uses any more; the last step, and alone."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from runner.model.ids import SkuId, SubscriptionId
from runner.model.orders import OrderVerb
from runner.model.outcome import Check, Outcome
from runner.model.spec import (
    CancelWhen,
    SubscriptionGoal,
    SubscriptionWant,
    TenantSpec,
)
from runner.model.state import SubscriptionState, TenantState
from runner.ports import Ports
from runner.steps.business_days import credit_check_ends
from runner.steps.channels import channel_of, is_sold_by_partner, who_acts
from runner.steps.holding import takes_seat
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import part_number, product_name, step_id
from runner.steps.ordering import Ask, OrderStep, place_orders
from runner.steps.seats import OVER, paid_seats, seats_in_use, subscriptions_of
from runner.steps.verdicts import done, look_again, stale, todo, wait
from runner.steps.words import counted, in_words

SETTLE = timedelta(minutes=1)
"""How soon to look again at counts that lag behind assignments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSubscription(OrderStep):
    """The subscription to end, by id, after nobody has held its SKU for `soak_s` seconds.

    `successors` are SKUs that must be live and paid for before anything is cancelled; `also_ending`
    are other subscriptions of the product that the plan ends, which can hold nobody either.
    """

    seats: int
    soak_s: int
    successors: tuple[SkuId, ...]
    also_ending: tuple[SubscriptionId, ...] = ()


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[CancelSubscription]:
    """Yield one cancellation for every live subscription an entry wants gone."""
    for entry in want.subscriptions:
        if entry.goal is SubscriptionGoal.CANCELLED:
            ending = to_cancel(entry, have)
            for subscription in ending:
                step = _step(want, have, context, entry=entry, subscription=subscription)
                others = tuple(each.id for each in ending if each.id != subscription.id)
                yield replace(step, also_ending=others)


def to_cancel(entry: SubscriptionWant, have: TenantState) -> tuple[SubscriptionState, ...]:
    """Return the subscriptions an entry still has to end.

    One in its grace period ends by itself, so only `when: now` cancels it. A state that is not
    known counts as live.
    Source: commerce.md 4.3 and edge case 18, read 2026-11-22.
    """
    settled = OVER if entry.when is CancelWhen.NOW else (*OVER, "Warning")
    return tuple(
        each
        for each in subscriptions_of(have, entry.sku)
        if each.status not in settled
        and (not entry.subscription_ids or each.id in entry.subscription_ids)
    )


def _step(
    want: TenantSpec,
    have: TenantState,
    context: Context,
    *,
    entry: SubscriptionWant,
    subscription: SubscriptionState,
) -> CancelSubscription:
    tenant = want.tenant.name
    targets = {a.target for a in want.assignments if entry.sku in a.sources}
    orders = tuple(step_id(tenant, "buy_seats", sku) for sku in sorted(targets))
    waits = tuple(step_id(tenant, "await_ready", sku) for sku in sorted(targets))
    moves = tuple(step.id for step in context.earlier if entry.sku in getattr(step, "remove", ()))
    return CancelSubscription(
        id=step_id(tenant, "cancel_subscription", subscription.id),
        needs=(*orders, *waits, *moves),
        reason="the playbook wants it cancelled",
        origin=str(entry.where),
        sku=entry.sku,
        product=product_name(entry.sku, have, context.catalog),
        part_number=part_number(entry.sku, have, context.catalog),
        subscription=subscription.id,
        seats=subscription.seats,
        soak_s=entry.soak_s,
        channel=channel_of(entry.channel, want.tenant.channel),
        is_sold_by_partner=is_sold_by_partner(have, (subscription,)),
        successors=tuple(sorted(targets)),
        timezone=want.tenant.timezone,
    )


def check(step: CancelSubscription, have: TenantState, now: datetime) -> Check:
    """Hold the cancellation back until nothing and nobody depends on the subscription.

    Source: commerce.md 4.3 and 4.4 (G1, G2, G4, G5, G11), read 2026-11-22.
    """
    found = [each for each in have.subscriptions if each.id == step.subscription]
    if found and found[0].status in OVER:
        return done(f"subscription {step.subscription} of {step.product} is {found[0].status}")
    if not found:
        return _absent(step, have, now)
    if found[0].seats > step.seats:
        grown = f"subscription {step.subscription} has {found[0].seats} seats"
        return stale(f"{grown} and had {step.seats} at planning")
    held = (sku for sku in step.successors if seats_in_use(have, sku))
    lapsed = [sku for sku in held if not paid_seats(have, sku)]
    if lapsed:
        return stale(f"{lapsed[0]}, which users moved to, has no live subscription")
    ready = todo(f"nobody needs subscription {step.subscription} of {step.product}")
    if _others_suffice(step, have):
        return ready
    return _in_use(step, have, now) or _soaking(step, have, now) or ready


def _absent(step: CancelSubscription, have: TenantState, now: datetime) -> Check:
    """Judge a subscription that is not listed: gone, unless its product still names it."""
    state = have.skus.get(step.sku)
    if state is not None and step.subscription in state.subscription_ids:
        return wait(f"subscription {step.subscription} is not listed", again=now + SETTLE)
    return done(f"subscription {step.subscription} of {step.product} is gone")


def _others_suffice(step: CancelSubscription, have: TenantState) -> bool:
    """Say whether subscriptions that stay hold everybody who has the product."""
    staying = (
        each.seats
        for each in subscriptions_of(have, step.sku)
        if each.status == "Enabled"
        and not each.is_trial
        and each.id not in (step.subscription, *step.also_ending)
    )
    return 0 < seats_in_use(have, step.sku) <= sum(staying)


def _in_use(step: CancelSubscription, have: TenantState, now: datetime) -> Check | None:
    if have.groups is None:
        return stale(f"groups cannot be read, so one may still carry {step.product}")
    holders = [user for user in have.users.values() if takes_seat(user, step.sku)]
    groups = [g for g in have.groups if any(each.sku == step.sku for each in g.licenses)]
    later = look_again(now, credit_check_ends(now, step.timezone))
    if groups:
        names = ", ".join(f'"{g.name}"' for g in groups[:3])
        return wait(
            f"{counted(len(groups), 'group')} still carrying {step.product}: {names}", again=later
        )
    if holders:
        return wait(f"{counted(len(holders), 'user')} still holding {step.product}", again=later)
    used = seats_in_use(have, step.sku)
    if used:
        return wait(f"{used} seats of {step.product} still count as used", again=now + SETTLE)
    return None


def _soaking(step: CancelSubscription, have: TenantState, now: datetime) -> Check | None:
    if not step.soak_s:
        return None
    since = have.memory.unheld_since.get(step.sku, now)
    until = since + timedelta(seconds=step.soak_s)
    if until <= now:
        return None
    ago = f"for {in_words(now - since)}" if since < now else "from now on"
    return wait(f"nobody has held {step.product} {ago}", again=until)


async def perform(
    steps: Sequence[CancelSubscription], have: TenantState, ports: Ports
) -> AsyncIterator[tuple[Outcome, ...]]:
    """Place each cancellation; the journal holds its key before this is called."""
    async for outcomes in place_orders(steps, have, ports, ask=_ask):
        yield outcomes


def _ask(step: CancelSubscription, have: TenantState) -> Ask:
    found = [each for each in have.subscriptions if each.id == step.subscription]
    return Ask(verb=OrderVerb.CANCEL, seats=0, seats_now=found[0].seats if found else 0)


def describe(step: CancelSubscription) -> Line:
    """Say what ends, and after what."""
    soak = f"once nobody has held it for {in_words(timedelta(seconds=step.soak_s))}"
    when = soak if step.soak_s else "once nobody holds it"
    return Line(
        symbol="-",
        verb="cancel",
        subject=step.product,
        amount=f"{step.seats} seats, {when}",
        detail=who_acts(step.channel, is_partner=step.is_sold_by_partner),
    )


def totals(step: CancelSubscription) -> Totals:
    """Count the subscription."""
    return Totals(subscriptions_cancelled=1)


def skus(step: CancelSubscription) -> tuple[SkuId, ...]:
    """Name the SKU that ends and those that must live on."""
    return (step.sku, *step.successors)


def ordered_seats(step: CancelSubscription) -> int:
    """Return that none remain, however many there are now."""
    return 0


KIND = Kind(
    name="cancel_subscription",
    step=CancelSubscription,
    plan=plan,
    check=check,
    perform=perform,
    describe=describe,
    totals=totals,
    skus=skus,
    ordered_seats=ordered_seats,
)
