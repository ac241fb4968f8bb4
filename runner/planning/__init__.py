"""Desired and observed in, plan out; guards, order, digests."""

from runner.planning.events import plan_events
from runner.planning.make import assemble, make_plan, plan_tenant
from runner.planning.summary import Summary, has_changes, is_refused, summarize

__all__ = [
    "Summary",
    "assemble",
    "has_changes",
    "is_refused",
    "make_plan",
    "plan_events",
    "plan_tenant",
    "summarize",
]
