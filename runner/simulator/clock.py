"""Keep the simulated time and move it by hours, days and business days."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

_UNITS = {"s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0}
_UNITS |= {"h": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0, "week": 604800.0}
_PART = re.compile(
    r"\s*([0-9]+(?:\.[0-9]+)?)\s*(business\s+days?|[a-z]+?)s?(?=[\s,0-9]|$)[\s,]*", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Hold a length of time as business days and seconds."""

    business_days: int = 0
    seconds: float = 0.0

    def after(self, start: float, zone: str = "UTC") -> float:
        """Return the epoch second at which this span that began at `start` ends.

        Order: business days first (Monday to Friday in `zone`), seconds after them.
        """
        moment = datetime.fromtimestamp(start, ZoneInfo(zone))
        left = self.business_days
        while left > 0:
            moment += timedelta(days=1)
            left -= moment.weekday() < 5
        return moment.timestamp() + self.seconds


def parse_span(value: str | float) -> Span:
    """Return the span that `90`, `"72h"`, `"3 days 2 hours"` or `"2 business days"` means.

    Units: a bare number is seconds.
    Raises: ValueError when the text is no span.
    """
    if isinstance(value, int | float):
        return Span(seconds=float(value))
    at, days, seconds = 0, 0, 0.0
    while at < len(value) or not value:
        part = _PART.match(value, at)
        unit = part[2].lower() if part else ""
        if part and unit.startswith("business") and float(part[1]).is_integer():
            days += int(float(part[1]))
        elif part and unit in _UNITS:
            seconds += float(part[1]) * _UNITS[unit]
        else:
            raise ValueError(f"{value!r} is no span of time, write '72h' or '2 business days'")
        at = part.end()
    return Span(business_days=days, seconds=seconds)


def parse_moment(value: str | datetime) -> float:
    """Return the epoch second of an ISO 8601 time; a time without a zone is UTC.

    Raises: ValueError when the text is no time.
    """
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def iso(at: float) -> str:
    """Return the time as Graph writes it, in UTC to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def http_date(at: float) -> str:
    """Return the time as HTTP headers write it."""
    return format_datetime(datetime.fromtimestamp(int(at), UTC), usegmt=True)


class SimulatedClock:
    """Tell the time of the simulated world; a rate of 0 stands still, 1 is real speed."""

    def __init__(self, *, start: float | None = None, rate: float = 1.0) -> None:
        self._rate = rate
        self._base = time.time() if start is None else start
        self._since = time.monotonic()

    @property
    def rate(self) -> float:
        """Return how many simulated seconds pass in a real one."""
        return self._rate

    def now(self) -> float:
        """Return the simulated epoch second."""
        return self._base + (time.monotonic() - self._since) * self._rate

    def set(self, at: float, *, rate: float | None = None) -> None:
        """Put the clock to `at` and, if given, change its rate."""
        self._base, self._since = at, time.monotonic()
        self._rate = self._rate if rate is None else rate

    def advance(self, span: Span, *, zone: str = "UTC") -> float:
        """Move the clock on by a span and return the new time."""
        self.set(span.after(self.now(), zone))
        return self._base
