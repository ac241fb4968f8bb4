"""Desired and observed in, plan out; guards, order, waves, digests."""

from runner.planning.events import plan_events
from runner.planning.make import make_plan
from runner.planning.summary import (
    Summary,
    has_changes,
    is_refused,
    standing_of_unread,
    summarize,
)
from runner.planning.waves import why_held
from runner.planning.windows import opening

__all__ = [
    "Summary",
    "has_changes",
    "is_refused",
    "make_plan",
    "opening",
    "plan_events",
    "standing_of_unread",
    "summarize",
    "why_held",
]
