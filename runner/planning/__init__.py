"""Desired and observed in, plan out; guards, order, waves, digests."""

from runner.planning.course import course_of
from runner.planning.events import plan_events
from runner.planning.make import assemble, assemble_tenants, make_plan, plan_tenant
from runner.planning.policy import judge_again
from runner.planning.rollback import plan_rollback
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
    "assemble",
    "assemble_tenants",
    "course_of",
    "has_changes",
    "is_refused",
    "judge_again",
    "make_plan",
    "opening",
    "plan_events",
    "plan_rollback",
    "plan_tenant",
    "standing_of_unread",
    "summarize",
    "why_held",
]
