"""Wait while users are to have what replaces the product and do not have the use of it."""

from datetime import datetime

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.business_days import credit_check_ends
from runner.steps.ending import EndStep
from runner.steps.holding import holds, is_assigned
from runner.steps.verdicts import look_again, wait
from runner.steps.words import counted


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Wait for users in error, whose way back would end as well.

    Source: commerce.md 4.4 (G3) and graph.md 5.2 (errors land on the user), read 2026-11-23.
    """
    ailing = sum(
        any(is_assigned(user, sku) and not holds(user, sku) for sku in step.successors)
        for user in have.users.values()
    )
    if not ailing:
        return None
    people = f"{counted(ailing, 'user')} without the use of what replaces {step.product}"
    why = f"{people}: mend the cause (`in-error` in the plan), or take it from them"
    return wait(why, again=look_again(now, credit_check_ends(now, step.timezone)))
