"""Wait while a group still carries the product, which a later member would get."""

from datetime import datetime

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.business_days import credit_check_ends
from runner.steps.ending import EndStep, others_suffice
from runner.steps.verdicts import look_again, stale, wait
from runner.steps.words import counted


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Wait for the groups, and refuse where nobody can read them.

    Source: commerce.md 4.4 (G4), read 2026-11-22.
    """
    if others_suffice(step, have):
        return None
    if have.groups is None:
        return stale(f"groups cannot be read, so one may still carry {step.product}")
    groups = [g for g in have.groups if any(each.sku == step.sku for each in g.licenses)]
    if not groups:
        return None
    names = ", ".join(f'"{g.name}"' for g in groups[:3])
    again = look_again(now, credit_check_ends(now, step.timezone))
    return wait(
        f"{counted(len(groups), 'group')} still carrying {step.product}: {names}", again=again
    )
