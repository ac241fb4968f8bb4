"""Count seats: what is bought, what can be assigned, what is wanted."""

import math
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction

from runner.model.ids import SkuId, UserId
from runner.model.spec import (
    SeatsExactly,
    SeatsMatch,
    SeatsNeeded,
    SeatsWanted,
    SubscriptionGoal,
    SubscriptionWant,
    TenantSpec,
)
from runner.model.state import SubscriptionState, TenantState
from runner.steps.cohorts import Sorting, arrivals, leaving
from runner.steps.holding import is_assigned, takes_seat
from runner.steps.words import counted

LIVE = ("Enabled", "Warning")
OVER = ("Suspended", "LockedOut", "Deleted")
"""Source: graph.md 1.3 (`capabilityStatus`, in transition order), read 2026-11-22."""


def subscriptions_of(have: TenantState, sku: SkuId) -> tuple[SubscriptionState, ...]:
    """Return the subscriptions of a SKU in any state."""
    return tuple(each for each in have.subscriptions if each.sku == sku)


def paid_seats(have: TenantState, sku: SkuId, statuses: Iterable[str] = ("Enabled",)) -> int:
    """Return the seats bought for a SKU: subscriptions in these states, trials left out.

    Where the units of the SKU show more than its subscriptions explain, the units count: assuming
    more is bought never buys twice.
    Source: graph.md 1.3 and 2, commerce.md B09 and edge case 15, read 2026-11-22.
    """
    subscriptions = subscriptions_of(have, sku)
    wanted = tuple(statuses)
    paid = sum(s.seats for s in subscriptions if s.status in wanted and not s.is_trial)
    trial = sum(s.seats for s in subscriptions if s.status in LIVE and s.is_trial)
    state = have.skus.get(sku)
    if state is None:
        return paid
    units = state.enabled + (state.warning if "Warning" in wanted else 0)
    return max(paid, units - trial)


def seats_in_use(have: TenantState, sku: SkuId) -> int:
    """Return how many users hold a SKU: Graph's count or the users seen, whichever is more.

    Members whom a group is still to give it to count as well: their seats are promised.
    Source: graph.md 10 (`consumedUnits` may lag behind assignments) and 5.2, read 2026-11-22.
    """
    return _in_use_with(frozenset(), have, sku)


def seats_at_once(have: TenantState, sku: SkuId, sorting: Sorting) -> int:
    """Return the seats in use while everybody moves, nobody's given back yet: each counts once.

    Graph may count a user on the move already whom its list still shows as before, and a group may
    be about to give what the user arrives for: adding those up would buy seats twice.
    Source: graph.md 10 (the views of the directory lag apart), read 2026-11-22.
    """
    return _in_use_with(arrivals(sorting, sku), have, sku)


def _in_use_with(coming: AbstractSet[UserId], have: TenantState, sku: SkuId) -> int:
    return max(_counted(have, sku), _listed(have, sku, coming=coming))


def unlisted(have: TenantState, sku: SkuId) -> int:
    """Return how many of the seats in use by Graph's count are of no user that it lists."""
    return max(0, _counted(have, sku) - _listed(have, sku))


def _counted(have: TenantState, sku: SkuId) -> int:
    state = have.skus.get(sku)
    return state.consumed if state else 0


def _listed(have: TenantState, sku: SkuId, *, coming: AbstractSet[UserId] = frozenset()) -> int:
    seen = sum(takes_seat(user, sku) for user in have.users.values())
    return seen + len(coming | _promised(have, sku))


def _promised(have: TenantState, sku: SkuId) -> set[UserId]:
    return {
        member
        for group in have.groups or ()
        if any(each.sku == sku for each in group.licenses)
        for member in group.members or ()
        if (user := have.users.get(member)) and not is_assigned(user, sku)
    }


def free_seats(have: TenantState, sku: SkuId) -> int:
    """Return the seats of a SKU that can be assigned now, never below zero.

    Source: graph.md 1.3 (conservative: only `enabled` units are counted), read 2026-11-22.
    """
    state = have.skus.get(sku)
    return max(0, state.enabled - seats_in_use(have, sku)) if state else 0


def short_of_seats(have: TenantState, sku: SkuId, need: int) -> str:
    """Say how many users are in need of a seat of a SKU and how many seats are free."""
    return f"{counted(need, 'user')} in need of a seat and {free_seats(have, sku)} free"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatGoal:
    """One entry that asks for seats: how many are bought now, how many it wants in the end."""

    entry: SubscriptionWant
    now: int
    wanted: int


def seat_goals(want: TenantSpec, have: TenantState, sorting: Sorting) -> Iterator[SeatGoal]:
    """Yield every entry that says how many seats an active product shall have."""
    for entry in want.subscriptions:
        if entry.goal is SubscriptionGoal.ACTIVE and entry.seats is not None:
            wanted = _wanted(entry.sku, entry.seats, have, sorting=sorting)
            yield SeatGoal(entry=entry, now=paid_seats(have, entry.sku), wanted=wanted)


def _wanted(sku: SkuId, seats: SeatsWanted, have: TenantState, *, sorting: Sorting) -> int:
    if isinstance(seats, SeatsExactly):
        return seats.seats
    if isinstance(seats, SeatsMatch):
        return max(paid_seats(have, sku), paid_seats(have, seats.sku, LIVE))
    return with_headroom(seats, seats_at_once(have, sku, sorting) - leaving(sorting, sku))


def with_headroom(seats: SeatsNeeded, holders: int) -> int:
    """Return how many seats so many holders need, headroom included."""
    spare = seats.headroom + math.ceil(holders * Fraction(str(seats.headroom_percent)) / 100)
    return holders + spare
