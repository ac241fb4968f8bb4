"""What is looked at right before a subscription is ended: pure functions, one file each.

Source: commerce.md 4.4 (guards before any cancel, reduce or stop-renewal), read 2026-11-23.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.before_ending import (
    channel_at_work,
    grown,
    held_by_groups,
    held_by_users,
    not_as_planned,
    seats_count_as_used,
    soaking,
    successor_in_error,
    successor_lapsed,
    window_closed,
)
from runner.steps.ending import EndStep

Look = Callable[[EndStep, TenantState, datetime], Check | None]

ALWAYS: tuple[Look, ...] = (
    not_as_planned.check,
    grown.check,
    successor_lapsed.check,
    channel_at_work.check,
)
"""What must be so whichever way a subscription ends."""

ONCE_FREED: tuple[Look, ...] = (
    held_by_groups.check,
    held_by_users.check,
    seats_count_as_used.check,
    soaking.check,
    successor_in_error.check,
)
"""What must be so besides where nobody may hold the product any more."""

AT_ONCE: tuple[Look, ...] = (window_closed.check,)
"""What must be so besides where it is ended before its term is over."""


def first_objection(
    step: EndStep, have: TenantState, now: datetime, *, looks: Sequence[Look]
) -> Check | None:
    """Return the first verdict that keeps a subscription from being ended, None where none does."""
    return next((found for look in looks if (found := look(step, have, now))), None)


__all__ = ["ALWAYS", "AT_ONCE", "ONCE_FREED", "Look", "first_objection"]
