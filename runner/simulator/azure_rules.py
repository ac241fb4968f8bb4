"""Say which changes of a subscription its agreement allows, and when."""

from __future__ import annotations

from typing import Any

from runner.simulator.azure_context import BillingContext
from runner.simulator.azure_errors import conflict, wrong_request
from runner.simulator.azure_views import is_locked, moment
from runner.simulator.subscriptions import WINDOW_S, Subscription
from runner.simulator.tenant import Tenant


def whole_number(value: Any) -> int:
    """Return a number of seats.

    Raises: GraphError 400 when it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise wrong_request(f"The quantity '{value}' is not valid.", code="InvalidQuantity")
    return value


def check_unlocked(context: BillingContext, item: Subscription) -> None:
    """Refuse a write while another one, or a credit check, is under way.

    Raises: GraphError 409.
    """
    if is_locked(context, item):
        text = "The subscription is locked for update by an operation in progress."
        raise conflict(text, code="SubscriptionLockedForUpdate")


def check_active(item: Subscription, now: float) -> None:
    """Refuse what only an active subscription allows (R03).

    Raises: GraphError 400.
    """
    if item.status(now) != "Enabled":
        text = "The operation is allowed on active subscriptions only."
        raise wrong_request(text, code="SubscriptionNotActive")


def check_seats(tenant: Tenant, item: Subscription, *, seats: int, now: float) -> None:
    """Refuse a number of seats that this subscription cannot have now.

    Source: commerce fact sheet, B03 and B04 of section 1.5, read 2026-11-23: fewer seats only
    within seven days of start, renewal or added seats, with recurring billing on, and not
    fewer than are in use; a trial keeps its seats.
    Raises: GraphError 400.
    """
    check_active(item, now)
    if item.is_extended(now):
        text = "Seats cannot be changed in the extended service term."
        raise wrong_request(text, code="ExtendedTerm")
    if item.is_trial:
        raise wrong_request("The seats of a trial cannot be changed.", code="TrialNotAllowed")
    if seats >= item.seats:
        return
    if not item.renews:
        text = "Seats cannot be reduced while auto renew is off."
        raise wrong_request(text, code="QuantityReductionNotAllowed")
    if now >= item.window_end(now) and seats < item.seats_at(now - WINDOW_S):
        text = f"Seats cannot be reduced after {moment(item.window_end(now))}."
        raise wrong_request(text, code="QuantityReductionNotAllowed")
    used = tenant.consumed(item.sku_id)
    others = tenant.pool(item.sku_id, now).assignable - item.seats
    if others + seats < used:
        text = f"{used} licenses are assigned, {others + seats} would be left."
        raise wrong_request(text, code="QuantityBelowAssigned")


def check_cancel(item: Subscription, now: float) -> None:
    """Refuse a cancellation that is too late.

    Source: commerce fact sheet, C04 of section 1.5 and 4.2, read 2026-11-23: within seven
    days of start or renewal, and at any time in the extended service term.
    Raises: GraphError 400.
    """
    check_active(item, now)
    if now >= item.window_end(now) and not item.is_extended(now):
        text = f"Cancellation was allowed until {moment(item.window_end(now))}."
        raise wrong_request(text, code="CancellationNotAllowed")
