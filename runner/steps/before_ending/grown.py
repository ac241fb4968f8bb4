"""Refuse to end more seats than a person has seen in the plan."""

from datetime import datetime

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.ending import EndStep
from runner.steps.verdicts import stale


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Refuse a subscription with more seats than at planning.

    Source: commerce.md 4.4 (G12), read 2026-11-22.
    """
    found = next((each for each in have.subscriptions if each.id == step.subscription), None)
    if found is None or found.seats <= step.seats:
        return None
    grown = f"subscription {step.subscription} has {found.seats} seats"
    return stale(f"{grown} and had {step.seats} at planning")
