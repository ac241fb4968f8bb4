"""Count seats: what is bought, what can be assigned, what is wanted."""

import math
from collections.abc import Iterable

from runner.model.ids import SkuId
from runner.model.spec import SeatsExactly, SeatsMatch, SubscriptionWant
from runner.model.state import SubscriptionState, TenantState

LIVE = ("Enabled", "Warning")


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


def free_seats(have: TenantState, sku: SkuId) -> int:
    """Return the seats of a SKU that can be assigned now, never below zero.

    Source: graph.md 1.3 (conservative: only `enabled` units are counted), read 2026-11-22.
    """
    state = have.skus.get(sku)
    return max(0, state.enabled - state.consumed) if state else 0


def wanted_seats(
    want: SubscriptionWant, have: TenantState, *, arriving: int, leaving: int
) -> int | None:
    """Return the total of purchased seats the entry asks for, or None where it asks for none.

    Units: seats. `arriving` and `leaving` are users who start and stop to hold the SKU.
    """
    if want.seats is None:
        return None
    if isinstance(want.seats, SeatsExactly):
        return want.seats.seats
    bought = paid_seats(have, want.sku)
    if isinstance(want.seats, SeatsMatch):
        return max(bought, paid_seats(have, want.seats.sku, LIVE))
    consumed = have.skus[want.sku].consumed if want.sku in have.skus else 0
    holders = consumed + arriving - leaving
    spare = want.seats.headroom + math.ceil(holders * want.seats.headroom_percent / 100)
    return holders + spare
