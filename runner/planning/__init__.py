"""Desired and observed in, plan out; guards, order, digests."""

from runner.planning.make import make_plan, observe
from runner.planning.summary import Summary, is_refused, summarize

__all__ = ["Summary", "is_refused", "make_plan", "observe", "summarize"]
