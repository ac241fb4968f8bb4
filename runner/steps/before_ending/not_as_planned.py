"""Refuse where the subscription is not the one any more that was planned with."""

from datetime import datetime

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.ending import EndStep
from runner.steps.ordering import unlike_planned


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Refuse another product, channel or schedule than were planned with.

    Source: commerce.md 4.4 (G9, G14), read 2026-11-23.
    """
    return unlike_planned(step, have)
