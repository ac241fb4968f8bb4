"""Refuse to cancel what its channel takes back no more."""

from datetime import datetime

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.ending import EndStep, is_extended, is_refundable
from runner.steps.sales import sale_with_id
from runner.steps.verdicts import stale


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Refuse after the window, less a margin; a window nobody tells is closed.

    Source: commerce.md 4.4 (G8), read 2026-11-23.
    """
    sale = sale_with_id(have, step.sale)
    if sale is None or sale.is_legacy or is_extended(sale, now) or is_refundable(sale, now):
        return None
    until = sale.refundable_until
    ended = f"could be cancelled until {until:%Y-%m-%d %H:%M} UTC" if until else "has no refund"
    return stale(f"subscription {step.subscription} {ended}; a new plan lets it end with its term")
