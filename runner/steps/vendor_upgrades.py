"""Find the subscriptions that their channel can turn into the wanted product, users included."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from runner.model.ids import SkuId
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import (
    AssignmentWant,
    CancelWhen,
    Channel,
    SeatsExactly,
    SeatsNeeded,
    SubscriptionGoal,
    SubscriptionWant,
    TenantSpec,
)
from runner.model.state import OpenOrder, SubscriptionState, TenantState
from runner.steps.channels import stated_channel
from runner.steps.ending import Ending, ending_of, to_end
from runner.steps.holding import takes_seat
from runner.steps.ordering import is_begun
from runner.steps.renewals import is_own_schedule
from runner.steps.sales import sale_of, sales_of
from runner.steps.seats import LIVE, subscriptions_of, with_headroom
from runner.steps.upgrade import VendorUpgrade


def vendor_upgrades(want: TenantSpec, have: TenantState) -> tuple[VendorUpgrade, ...]:
    """Return the upgrades that the vendor carries out: where buying anew would be paid twice.

    A subscription that can still be cancelled with a refund is replaced instead, which keeps what
    users have switched off.
    Source: commerce.md 3.4 (transitions), 6 and edge cases 20 and 21, read 2026-11-23.
    """
    found = (_upgrade(entry, want, have) for entry in want.subscriptions)
    return tuple(each for each in found if each is not None)


def _upgrade(entry: SubscriptionWant, want: TenantSpec, have: TenantState) -> VendorUpgrade | None:
    subscription, sale = _whole(entry, want, have)
    assignment, target = _wish(entry, want)
    if subscription is None or sale is None or assignment is None or target is None:
        return None
    if _is_owned(target.sku, have):
        return None
    users = sorted(user.id for user in have.users.values() if takes_seat(user, entry.sku))
    seats = _later(target, sale, users=len(users))
    if seats < len(users) or (seats < sale.seats and not sale.renews):
        return None
    upgrade = next((u for u in sale.upgrades if u.sku == target.sku and u.moves_users), None)
    if upgrade is None:
        return None
    return VendorUpgrade(
        source=entry,
        target=target,
        assignment=assignment,
        subscription=subscription,
        sale=sale,
        upgrade=upgrade,
        users=tuple(users),
        seats=seats,
    )


def _whole(
    entry: SubscriptionWant, want: TenantSpec, have: TenantState
) -> tuple[SubscriptionState | None, Sale | None]:
    """Return the only subscription of a product, where its channel may turn all of it."""
    if entry.goal is not SubscriptionGoal.CANCELLED or entry.when is not CancelWhen.SOONEST:
        return None, None
    live = [each for each in subscriptions_of(have, entry.sku) if each.status in LIVE]
    if len(live) != 1 or live != list(to_end(entry, have)) or _is_carried(entry.sku, have):
        return None, None
    sale = sale_of(have, live[0])
    if sale is None or stated_channel(entry, want) is Channel.MANUAL:
        return None, None
    if any(each.sku == entry.sku and is_begun(have, each.step) for each in _transitions(have)):
        return live[0], sale
    is_own = not sale.has_scheduled_change or is_own_schedule(entry.sku, have, sale)
    is_free = not sale.is_legacy and not sale.is_trial and is_own
    ends_later = ending_of(entry, have, live[0]) is Ending.STOP_RENEWAL
    is_live = sale.status is SaleStatus.LIVE and ends_later
    return (live[0], sale) if is_free and is_live else (None, None)


def _transitions(have: TenantState) -> Iterator[OpenOrder]:
    """Yield the upgrades that were asked for; what is under way is planned until it shows."""
    return (each for each in have.memory.orders if each.kind == "transition_subscription")


def _is_carried(sku: SkuId, have: TenantState) -> bool:
    """Say whether a group may carry the product: what becomes of its license is not documented."""
    groups = have.groups
    return groups is None or any(each.sku == sku for g in groups for each in g.licenses)


def _wish(
    entry: SubscriptionWant, want: TenantSpec
) -> tuple[AssignmentWant | None, SubscriptionWant | None]:
    """Return the assignment that moves everybody off the product, and the entry of its target."""
    moves = [each for each in want.assignments if entry.sku in each.sources]
    if len(moves) != 1 or not _is_everybody(moves[0]):
        return None, None
    targets = (each for each in want.subscriptions if each.sku == moves[0].target)
    active = (each for each in targets if each.goal is SubscriptionGoal.ACTIVE)
    return moves[0], next(active, None)


def _is_everybody(assignment: AssignmentWant) -> bool:
    who = assignment.who
    is_all = who.is_everyone and not who.except_groups and not who.except_users
    moves_all = assignment.moves_guests and assignment.moves_blocked_accounts
    return is_all and moves_all and len(assignment.sources) == 1


def _is_owned(sku: SkuId, have: TenantState) -> bool:
    """Say whether the target is there already: then users would not go with the subscription."""
    live = (each for each in subscriptions_of(have, sku) if each.status in LIVE)
    return any(live) or bool(sales_of(have, sku))


def _later(target: SubscriptionWant, sale: Sale, *, users: int) -> int:
    """Return the seats of the target from its renewal on, at most those that are there."""
    if isinstance(target.seats, SeatsNeeded):
        return min(sale.seats, with_headroom(target.seats, users))
    exactly = target.seats.seats if isinstance(target.seats, SeatsExactly) else sale.seats
    return min(sale.seats, exactly)


def without(want: TenantSpec, upgrades: Iterable[VendorUpgrade]) -> TenantSpec:
    """Return the wish without what the vendor carries out; the rest of it is planned afterwards."""
    done = tuple(upgrades)
    if not done:
        return want
    entries = {id(entry) for each in done for entry in (each.source, each.target)}
    moves = {id(each.assignment) for each in done}
    return replace(
        want,
        subscriptions=tuple(_others(want.subscriptions, entries)),
        assignments=tuple(each for each in want.assignments if id(each) not in moves),
    )


def _others(entries: Iterable[SubscriptionWant], left_out: set[int]) -> Iterator[SubscriptionWant]:
    return (each for each in entries if id(each) not in left_out)
