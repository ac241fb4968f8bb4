"""When a tenant's maintenance windows are open, in their own time zones."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import repeat
from zoneinfo import ZoneInfo

from runner.model.spec import MaintenanceWindow

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

TRIES = 1000
"""Openings that are gone through before windows count as never open together: years of them."""


def opening(windows: Sequence[MaintenanceWindow], now: datetime) -> datetime | None:
    """Return when all windows are open next: `now` where they are, None where they never are."""
    at = now
    for _ in repeat(None, TRIES):
        later = max((_opening(window, at) for window in windows), default=at)
        if later == at:
            return at
        at = later
    return None


def _opening(window: MaintenanceWindow, at: datetime) -> datetime:
    """Return the moment itself where the window is open then, else its next beginning."""
    return next(max(begins, at) for begins, ends in _spans(window, at) if at < ends)


def _spans(window: MaintenanceWindow, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield when the window opens and closes, from the day before a moment on.

    A local time that comes twice is the first of the two; a span that the change of the clocks
    swallows is left out.
    """
    day = at.astimezone(ZoneInfo(window.timezone)).date() - timedelta(days=1)
    while True:
        if _DAYS[day.weekday()] in window.days:
            is_overnight = window.to_time <= window.from_time
            last = day + timedelta(days=1) if is_overnight else day
            begins = _moment(day, window.from_time, window.timezone)
            ends = _moment(last, window.to_time, window.timezone)
            if begins < ends:
                yield begins, ends
        day += timedelta(days=1)


def _moment(day: date, clock: str, timezone: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(timezone)).astimezone(UTC)
