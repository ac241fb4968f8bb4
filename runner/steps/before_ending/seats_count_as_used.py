"""Wait until the count of used seats, which lags behind assignments, is zero as well."""

from datetime import datetime

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.ending import SETTLE, EndStep, others_suffice
from runner.steps.seats import seats_in_use
from runner.steps.verdicts import wait


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Wait for Graph's own count, also where it is missing, unless those that stay cover it.

    Source: commerce.md 4.4 (G2), read 2026-11-22.
    """
    if step.sku not in have.skus:
        return wait(f"the tenant does not list how many use {step.product}", again=now + SETTLE)
    used = seats_in_use(have, step.sku)
    if not used or others_suffice(step, have):
        return None
    return wait(f"{used} seats of {step.product} still count as used", again=now + SETTLE)
