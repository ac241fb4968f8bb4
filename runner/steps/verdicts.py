"""Say verdicts on a step in one line, and when the next look is worth while."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from runner.model.outcome import Check, Verdict
from runner.steps.words import counted

LOOK_AGAIN_SOONEST = timedelta(minutes=15)
LOOK_AGAIN_LATEST = timedelta(hours=4)


def look_again(now: datetime, deadline: datetime) -> datetime:
    """Return when the next look is worth while: soon at first, and never in the past."""
    quarter = (deadline - now) / 4
    return now + min(max(quarter, LOOK_AGAIN_SOONEST), LOOK_AGAIN_LATEST)


def left_alone(reasons: Mapping[str, str]) -> str:
    """Return how many users are left alone, and how many for each reason."""
    why = Counter(sorted(reasons.values())).most_common()
    told = why[0][0] if len(why) == 1 else ", ".join(f"{many} × {each}" for each, many in why)
    people = f"{counted(len(reasons), 'user')} {'is' if len(reasons) == 1 else 'are'}"
    return f"{people} left alone: {told}"


UNSEEN_SOON = timedelta(seconds=30)
UNSEEN_LONGEST = timedelta(hours=1)
"""How long a license that was given a moment ago may be missing from a list.

Source: graph.md 10 (no replication time is published; reads come from replicas that differ), read
2026-11-22.
"""


def unseen(users: int, target: str, *, since: datetime, now: datetime) -> Check:
    """Return the verdict that users who were given a license are not seen with it yet."""
    people = f"{users} user{'' if users == 1 else 's'}"
    why = f"{people} not seen with {target} yet, which they were given before"
    return wait(why, again=now + UNSEEN_SOON, deadline=since + UNSEEN_LONGEST)


SEATS_SOON = timedelta(seconds=30)
SEATS_LONGEST = timedelta(hours=24)
"""Source: graph.md 5.3 (a group that gives seats back may take 24 h), read 2026-11-22."""


def wait_for_seats(short: str, *, since: datetime, now: datetime) -> Check:
    """Return the verdict that other steps of the plan must give seats back first."""
    return Check(
        verdict=Verdict.WAIT,
        why=f"{short} until others give theirs back",
        look_again_at=now + SEATS_SOON,
        deadline_at=since + SEATS_LONGEST,
        is_for_plan=True,
    )


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
