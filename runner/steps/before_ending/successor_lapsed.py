"""Refuse where what users moved to has no live subscription any more."""

from datetime import datetime

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.ending import EndStep
from runner.steps.seats import paid_seats, seats_in_use
from runner.steps.verdicts import stale


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Refuse where a product that is in use in its stead is paid by nothing that is live.

    Source: commerce.md 4.4 (G5: active, no trial, not in its grace period), read 2026-11-22.
    """
    held = (sku for sku in step.successors if seats_in_use(have, sku))
    lapsed = [sku for sku in held if not paid_seats(have, sku)]
    if lapsed:
        return stale(f"{lapsed[0]}, which users moved to, has no live subscription")
    return None
