"""Say verdicts on a step in one line, and when the next look is worth while."""

from datetime import datetime, timedelta

from runner.model.outcome import Check, Verdict

LOOK_AGAIN_SOONEST = timedelta(minutes=15)
LOOK_AGAIN_LATEST = timedelta(hours=4)


def look_again(now: datetime, deadline: datetime) -> datetime:
    """Return when the next look is worth while: soon at first, and never in the past."""
    quarter = (deadline - now) / 4
    return now + min(max(quarter, LOOK_AGAIN_SOONEST), LOOK_AGAIN_LATEST)


def done(why: str) -> Check:
    """Return the verdict that nothing is left to do."""
    return Check(verdict=Verdict.DONE, why=why)


def todo(why: str) -> Check:
    """Return the verdict that the step is still to be carried out."""
    return Check(verdict=Verdict.TODO, why=why)


def stale(why: str) -> Check:
    """Return the verdict that the step no longer fits what the tenant is."""
    return Check(verdict=Verdict.STALE, why=why)


def wait(why: str, *, again: datetime, deadline: datetime | None = None) -> Check:
    """Return the verdict that something outside must happen first."""
    return Check(verdict=Verdict.WAIT, why=why, look_again_at=again, deadline_at=deadline)
