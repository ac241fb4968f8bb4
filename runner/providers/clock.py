"""Tell a tenant's time, learned from the `Date` of its answers, and wait in real time."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_TOLERANCE = timedelta(seconds=5)
"""`Date` has whole seconds and travels for a while; smaller differences are not a difference."""

_BELIEVED = timedelta(minutes=5)
"""How far from this machine's clock a real service may be; more is an error of one of the two."""


class TenantClock:
    """The tenant's time: this machine's, corrected by what the tenant's answers say.

    Waits in a plan are counted on the side where credit checks and renewals happen. A difference
    counts once two answers in a row agree on it, so that one odd answer moves nothing. Only a
    Graph on this machine (`is_local`) may live in another time altogether.
    """

    def __init__(self, *, is_local: bool = True) -> None:
        self._is_local = is_local
        self._offset = timedelta(0)
        self._candidate = timedelta(0)
        self._last: timedelta | None = None

    @property
    def ahead_s(self) -> float | None:
        """Return how far the last answer's clock was ahead of this machine's; None without one."""
        return None if self._last is None else self._last.total_seconds()

    def learn(self, date_header: str) -> None:
        """Take over the time of an answer; a header that is no date is passed over."""
        try:
            there = parsedate_to_datetime(date_header)
        except ValueError:
            return
        aware = there if there.tzinfo is not None else there.replace(tzinfo=UTC)
        offset = self._last = aware - datetime.now(UTC)
        if not self._is_local and abs(offset) > _BELIEVED:
            return
        if abs(offset - self._candidate) <= _TOLERANCE:
            self._offset = offset if abs(offset) > _TOLERANCE else timedelta(0)
        self._candidate = offset

    def now(self) -> datetime:
        """Return the tenant's time, aware UTC, in whole seconds."""
        return (datetime.now(UTC) + self._offset).replace(microsecond=0)

    def monotonic_s(self) -> float:
        """Return seconds of real time since some fixed moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(seconds)
