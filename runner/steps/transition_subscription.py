"""Have the channel turn a subscription into another product, with everybody who holds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from runner.model.ids import SkuId, UserId
from runner.model.orders import OrderVerb
from runner.model.outcome import Check
from runner.model.spec import Purchase, TenantSpec
from runner.model.state import TenantState, User
from runner.steps.channels import is_sold_by_partner
from runner.steps.holding import direct, takes_seat
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import part_number, product_name, step_id
from runner.steps.ordering import (
    Ask,
    OrderStep,
    is_begun,
    open_order,
    place_orders,
    sale_fields,
    unlike_planned,
    which_one,
    who_and_when,
)
from runner.steps.sales import sale_with_id
from runner.steps.seats import paid_seats, subscriptions_of
from runner.steps.upgrade import VendorUpgrade
from runner.steps.verdicts import done, look_again, stale, todo, wait
from runner.steps.words import counted

SOON = timedelta(minutes=5)
LONGEST = timedelta(days=1)
"""How long the channel may take for the users before they are moved one by one.

Source: commerce.md 3.4 (36 minutes in Microsoft's sample; 900278 says 24 h), read 2026-11-23.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionSubscription(OrderStep):
    """The subscription to turn, with all its `seats` and `users`, into `target_sku`.

    `target_product` is what the catalog of the channel calls the target. `reset` are those of the
    users who have services switched off, which it switches on.
    """

    target_sku: SkuId
    target: str
    target_product: str
    seats: int
    users: tuple[UserId, ...]
    reset: tuple[UserId, ...]
    purchase: Purchase | None


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[TransitionSubscription]:
    """Yield one step for every subscription that its channel turns into the target."""
    for each in context.upgrades:
        yield _step(want, have, context, upgrade=each)


def _step(
    want: TenantSpec, have: TenantState, context: Context, *, upgrade: VendorUpgrade
) -> TransitionSubscription:
    source, target = upgrade.source.sku, upgrade.target.sku
    return TransitionSubscription(
        id=step_id(want.tenant.name, "transition_subscription", upgrade.subscription.id, target),
        reason="its channel offers the upgrade, and it is past its refund",
        origin=str(upgrade.source.where),
        sku=source,
        product=product_name(source, have, context.catalog),
        part_number=part_number(source, have, context.catalog),
        **sale_fields(upgrade.subscription, have),
        channel=upgrade.sale.channel,
        is_sold_by_partner=is_sold_by_partner(have, (upgrade.subscription,)),
        timezone=want.tenant.timezone,
        target_sku=target,
        target=product_name(target, have, context.catalog),
        target_product=upgrade.upgrade.product,
        seats=upgrade.sale.seats,
        users=upgrade.users,
        reset=tuple(each for each in upgrade.users if _has_off(have.users[each], source)),
        purchase=upgrade.target.purchase,
    )


def check(step: TransitionSubscription, have: TenantState, now: datetime) -> Check:
    """Say whether the subscription is turned, its users with it, or what stands against it.

    Source: commerce.md 3.4 (the id stays; events Conversion and LicenseReassignment), read
    2026-11-23.
    """
    if _is_turned(step, have):
        return _arrived(step, have, now)
    if is_begun(have, step.id):
        return todo(f"subscription {step.subscription} is being turned into {step.target}")
    return _misfit(step, have, now) or todo(f"{step.product} is to become {step.target}")


def _is_turned(step: TransitionSubscription, have: TenantState) -> bool:
    sale = sale_with_id(have, step.sale)
    is_still = any(each.id == step.subscription for each in subscriptions_of(have, step.sku))
    is_target = sale is not None and sale.sku == step.target_sku
    return is_target or (not is_still and paid_seats(have, step.target_sku) >= step.seats)


def _arrived(step: TransitionSubscription, have: TenantState, now: datetime) -> Check:
    """Say whether everybody has arrived; until then its channel is asked how far it is."""
    late = [name for name in step.users if not _is_moved(step, have.users.get(name))]
    opened = open_order(have, step.id)
    deadline = (opened.opened_at if opened else now) + LONGEST
    if not late or deadline <= now:
        return done(f"{step.product} has become {step.target}")
    why = f"{counted(len(late), 'user')} still to be moved by its channel"
    return todo(why) if is_begun(have, step.id) else wait(why, again=now + SOON)


def _is_moved(step: TransitionSubscription, user: User | None) -> bool:
    """Say whether a user has the target alone; who is not listed holds neither of the two."""
    if user is None or direct(user, step.sku) is not None:
        return False
    return takes_seat(user, step.target_sku)


def _has_off(user: User, sku: SkuId) -> bool:
    held = direct(user, sku)
    return held is not None and bool(held.disabled_plans)


def _misfit(step: TransitionSubscription, have: TenantState, now: datetime) -> Check | None:
    sale = sale_with_id(have, step.sale)
    if changed := unlike_planned(step, have):
        return changed
    if sale is None:
        return stale(f"its channel shows subscription {step.subscription} no more")
    if sale.locked:
        return wait(sale.locked, again=look_again(now, now + LONGEST))
    if sale.seats != step.seats:
        return stale(f"{step.product} has {sale.seats} seats and had {step.seats} at planning")
    if paid_seats(have, step.target_sku):
        return stale(f"{step.target} was bought since planning")
    return _grown(step, have)


def _grown(step: TransitionSubscription, have: TenantState) -> Check | None:
    """Return that it would concern somebody whom the plan does not name, and so nobody accepted.

    Source: commerce.md U11 (every moved user gets every service), read 2026-11-23.
    """
    holders = [user for user in have.users.values() if takes_seat(user, step.sku)]
    if more := {user.id for user in holders} - set(step.users):
        return stale(f"{counted(len(more), 'user')} more than planned hold {step.product}")
    quiet = {user.id for user in holders if _has_off(user, step.sku)} - set(step.reset)
    if quiet:
        people = counted(len(quiet), "user")
        return stale(f"{people} of {step.product} switched services off since planning")
    if have.groups is None or any(each.sku == step.sku for g in have.groups for each in g.licenses):
        return stale(f"a group may carry {step.product}, and its members would stay behind")
    return None


def _ask(step: TransitionSubscription, have: TenantState) -> Ask:
    return Ask(
        verb=OrderVerb.TRANSITION,
        seats=step.seats,
        seats_now=step.seats,
        sale_seats=step.seats,
        target_product=step.target_product,
        purchase=step.purchase,
    )


def describe(step: TransitionSubscription) -> Line:
    """Say what becomes of what, for how many."""
    users = counted(len(step.users), "user")
    return Line(
        symbol="~",
        verb="upgrade",
        subject=step.product,
        amount=f"→ {step.target}, {step.seats} seats and {users} in place",
        detail=who_and_when(step),
        which=which_one(step),
    )


def totals(step: TransitionSubscription) -> Totals:
    """Count nothing bought and nothing cancelled: the subscription stays."""
    return Totals()


def skus(step: TransitionSubscription) -> tuple[SkuId, ...]:
    """Name the SKU that is replaced and the one it becomes."""
    return (step.sku, step.target_sku)


def ordered_seats(step: TransitionSubscription) -> int:
    """Return the seats it has before and after."""
    return step.seats


KIND = Kind(
    name="transition_subscription",
    step=TransitionSubscription,
    plan=plan,
    check=check,
    perform=partial(place_orders, ask=_ask),
    describe=describe,
    totals=totals,
    skus=skus,
    ordered_seats=ordered_seats,
)
