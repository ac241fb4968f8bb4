"""Wait while a user still holds the product, directly or by a group, working or not."""

from datetime import datetime

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.business_days import credit_check_ends
from runner.steps.ending import EndStep, others_suffice
from runner.steps.holding import is_assigned
from runner.steps.verdicts import look_again, wait
from runner.steps.words import counted


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Wait for the users, unless subscriptions that stay hold them all.

    Source: commerce.md 4.4 (G1: in error too), read 2026-11-22.
    """
    if others_suffice(step, have):
        return None
    holders = sum(is_assigned(user, step.sku) for user in have.users.values())
    if not holders:
        return None
    again = look_again(now, credit_check_ends(now, step.timezone))
    return wait(f"{counted(holders, 'user')} still holding {step.product}", again=again)
