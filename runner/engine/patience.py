"""Say how long a run looks again at what waits, and when that is of no use."""

from collections.abc import Sequence
from datetime import datetime

from runner.engine.progress import Progress
from runner.ports import Clock

SETTLE_S = 60.0
"""Real time a run spends on looking again at what Graph's replicas do not show yet."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
LONGEST_CLOSED_S = 600.0
"""A tenant whose maintenance window is closed is looked at this seldom until it opens."""

SOON_S = 90.0
"""A wait whose next look is nearer than this is waited out inside the run, within `SETTLE_S`."""


class Patience:
    """Pauses between looks, longer and longer until something moves, and not without end."""

    def __init__(self, clock: Clock, *, patience_s: float) -> None:
        self._clock = clock
        self._patience_s = patience_s
        self._pause_s = FIRST_PAUSE_S
        self._quiet_since_s: float | None = None

    def look_soon(self) -> None:
        """Begin with short pauses again: something was tried."""
        self._pause_s = FIRST_PAUSE_S

    def begin_again(self) -> None:
        """Have the whole patience once more: something moved."""
        self._quiet_since_s = None

    def next_pause_s(self, waiting: Sequence[Progress]) -> float | None:
        """Return how long to wait before looking again in this run, or None to stop."""
        if not waiting:
            return None
        if self._quiet_since_s is None:
            self._quiet_since_s = self._clock.monotonic_s()
        settle_s = SETTLE_S if any(_is_soon(each, self._clock.now()) for each in waiting) else 0.0
        budget_s = settle_s if is_circle(waiting) else max(self._patience_s, settle_s)
        left_s = self._quiet_since_s + budget_s - self._clock.monotonic_s()
        if left_s <= 0:
            return None
        if all(each.is_outside for each in waiting):
            return min(left_s, _until_opening_s(waiting, self._clock.now()))
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, LONGEST_PAUSE_S)
        return min(pause_s, left_s)


def _is_soon(progress: Progress, now: datetime) -> bool:
    """Say whether a wait is for what Graph will show in a moment."""
    if progress.changed and not progress.is_outside:
        return True
    again = progress.look_again_at
    return again is not None and (again - now).total_seconds() <= SOON_S


def _until_opening_s(waiting: Sequence[Progress], now: datetime) -> float:
    """Return how long nothing can begin, as far as it is worth sleeping at a stretch."""
    known = (each.look_again_at for each in waiting)
    left = [(at - now).total_seconds() for at in known if at is not None]
    return max(FIRST_PAUSE_S, min([*left, LONGEST_CLOSED_S]))


def is_circle(waiting: Sequence[Progress]) -> bool:
    """Say whether all that waits does so for one another."""
    return all(each.is_for_plan for each in waiting)
