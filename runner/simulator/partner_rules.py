"""Say which changes of a subscription Partner Center allows, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.clock import iso, parse_span
from runner.simulator.partner_catalog import WITHDRAWN
from runner.simulator.partner_context import PartnerContext, whole_number
from runner.simulator.partner_errors import refused
from runner.simulator.partner_views import refundable, status_of
from runner.simulator.products import load_products
from runner.simulator.subscriptions import Subscription

ACTIONS = ("Cancel", "RenewToExtendedServiceTerm")


def check_unlocked(context: PartnerContext, item: Subscription) -> None:
    """Refuse a change while another one, or a credit check, is under way.

    Raises: GraphError 409.
    """
    if context.state.is_busy(item.id):
        raise refused(900278)
    if not item.is_checked(context.now):
        raise refused(800064)
    start = item.term_start(context.now)
    is_renewing = context.now < parse_span(context.entry.renewal).after(start)
    if start > item.created_at and is_renewing:
        raise refused(800064, "The renewal is being processed, try again in 2 minutes.")


def check_status(context: PartnerContext, item: Subscription, *, to: Any) -> None:
    """Refuse a change of status that cannot be.

    Source: commerce fact sheet, section 3.4, read 2026-11-23: deleted within seven days and
    in new commerce only, suspended while active, active again from suspended.
    Raises: GraphError 400.
    """
    now, status = context.now, status_of(item, context.now)
    if status == "deleted":
        raise refused(2011)
    if to == "deleted" and item.channel == "csp":
        if item.is_extended(now):
            return
        if status != "active":
            raise refused(2001 if status == "suspended" else 800091)
        if now >= item.window_end(now):
            raise refused(900117, f"It was open until {iso(item.window_end(now))}.")
        return
    if (to, status) in (("suspended", "active"), ("active", "suspended")):
        return
    raise refused(800002, f"'{status}' does not become '{to}'.")


def check_changeable(item: Subscription, *, now: float) -> None:
    """Refuse every other change of what is not active.

    Raises: GraphError 400.
    """
    status = status_of(item, now)
    if status == "deleted":
        raise refused(2011)
    if status == "suspended":
        raise refused(2001)
    if status != "active":
        raise refused(800091)


def check_seats(item: Subscription, *, seats: Any, now: float) -> None:
    """Refuse a number of seats that this subscription cannot have now.

    Source: commerce fact sheet, section 3.4 and B10 of section 1.5, read 2026-11-23. Seats
    in use are not asked for.
    Raises: GraphError 400, 403 for more seats of a product that is not sold any more.
    """
    whole_number(seats)
    if item.is_trial:
        raise refused(800024, "It is a trial.")
    if item.is_extended(now):
        raise refused(900280)
    if seats > item.seats and load_products().by_id[item.sku_id].part_number in WITHDRAWN:
        raise refused(800020)
    if item.channel != "csp" or seats > item.seats:
        return
    free = sum(number for number, _ in refundable(item, now))
    if not free:
        raise refused(800090)
    if item.seats - seats > free:
        raise refused(900257, f"{free} seats are refundable.")


def check_actions(actions: Any, *, renews: bool) -> None:
    """Refuse scheduled actions that are not known, or that contradict the renewal.

    Source: commerce fact sheet, section 3.4, read 2026-11-23 (secondary there).
    Raises: GraphError 400.
    """
    if not isinstance(actions, list):
        raise refused(3000, "'scheduledActions' is no list.")
    for action in actions:
        known = isinstance(action, Mapping) and action.get("actionType") in ACTIONS
        if not known or action.get("scheduleType") != "TermEnd":
            raise refused(3000, "'scheduledActions'.")
        if renews:
            raise refused(800002, "'scheduledActions' need 'autoRenewEnabled' false.")
