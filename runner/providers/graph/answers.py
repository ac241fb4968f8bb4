"""Put what became of a change into the words of the port."""

from runner.catalog import load_catalog, with_plan_names
from runner.ports import Answer, C, ChangeResult
from runner.providers.graph.reasons import Reason, reason_in, reason_of
from runner.providers.graph.reply import Reply


def changed(change: C, note: str = "") -> Answer[C]:
    """Return the answer for a change that is made, now or before."""
    return Answer(change=change, result=ChangeResult.CHANGED, message=note)


def gone(change: C, reply: Reply, *, reason: Reason, what: str) -> Answer[C]:
    """Return the answer for a change of something that does not exist any more."""
    return Answer(
        change=change,
        result=ChangeResult.GONE,
        reason=reason,
        message=f"the {what} does not exist any more",
        request_id=reply.request_id,
    )


def misfit(change: C, why: str) -> Answer[C]:
    """Return the answer for a change that fits no longer."""
    return Answer(change=change, result=ChangeResult.GONE, reason="misfit", message=why)


def refused(change: C, reply: Reply) -> Answer[C]:
    """Return the answer for a change that Graph does not make."""
    return Answer(
        change=change,
        result=ChangeResult.REFUSED,
        reason=reason_of(reply),
        message=with_plan_names(load_catalog(), str(reply)),
        request_id=reply.request_id,
    )


def unknown(change: C, reply: Reply, *, reason: Reason, after: str) -> Answer[C]:
    """Return the answer for a change nobody can be certain about after so many tries or seconds."""
    return Answer(
        change=change,
        result=ChangeResult.UNKNOWN,
        reason=reason,
        message=f"{reply} after {after}",
        request_id=reply.request_id,
    )


def behind(change: C, reply: Reply) -> Answer[C]:
    """Return the answer where Graph says that a license is gone which its reads still show.

    A change that a lost run made a while ago looks like that: reads may be minutes late.
    Source: graph.md 10 (a write is seen by reads up to two to five minutes later), read 2026-11-23.
    """
    return unknown(change, reply, reason=Reason.READS_LAG, after="it was seen to fit")


def unsettled(change: C, shown: str) -> Answer[C]:
    """Return the answer for a change that Graph took and that does not show."""
    return Answer(
        change=change, result=ChangeResult.UNKNOWN, reason=reason_in(shown), message=shown
    )


def not_tried(change: C, why: str) -> Answer[C]:
    """Return the answer for a change that was not sent."""
    return Answer(change=change, result=ChangeResult.NOT_TRIED, reason=why)
