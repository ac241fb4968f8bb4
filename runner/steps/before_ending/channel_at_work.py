"""Wait while the channel is at work on the subscription."""

from datetime import datetime, timedelta

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.ending import EndStep
from runner.steps.sales import sale_with_id
from runner.steps.verdicts import look_again, wait


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Wait out a change of plan, a credit check, or a lock.

    Source: commerce.md 4.4 (G7) and edge case 36 (up to a day), read 2026-11-23.
    """
    sale = sale_with_id(have, step.sale)
    if sale is None or not sale.locked:
        return None
    return wait(sale.locked, again=look_again(now, now + timedelta(days=1)))
