"""Show how far a command over many tenants is: one line, written over on a terminal."""

from collections import Counter
from collections.abc import Callable
from typing import TextIO

from runner.model.outcome import Event, EventKind
from runner.render.words import counted, span

SILENT_S = 2.0
"""Nothing is said of what takes less."""

LINE_EVERY_S = 5.0
SCREEN_EVERY_S = 0.5
_CLEAR = "\r\x1b[K"
_TOLD = ("not read", "failed", "unreachable", "refused", "waiting", "not started")


class FleetProgress:
    """Counts the tenants that are over and says so at most every few seconds.

    Of single tenants nothing is told: neither users nor pauses, which are counted instead.
    """

    def __init__(
        self, stream: TextIO, *, tenants: int, is_terminal: bool, monotonic_s: Callable[[], float]
    ) -> None:
        self._stream = stream
        self._tenants = tenants
        self._is_terminal = is_terminal
        self._monotonic_s = monotonic_s
        self._began_s = monotonic_s()
        self._due_s = self._began_s + SILENT_S
        self._over: Counter[str] = Counter()
        self._changes = 0
        self._pauses: dict[str, float] = {}
        self._is_shown = False

    def handle(self, event: Event) -> None:
        """Take one event of a run in."""
        if event.kind is EventKind.TENANT_FINISHED:
            self.over(event.data["standing"].replace("_", " "))
        elif event.kind is EventKind.OUTCOME and event.data.get("subject") != event.step:
            self._changes += event.data.get("status") == "changed"
            self._tell()
        elif not event.tenant:
            self.stop()

    def over(self, standing: str) -> None:
        """Take in that one more tenant is over, and how it stands."""
        self._over[standing] += 1
        self._tell()

    def reading(self, tenant: str, users: int) -> None:  # noqa: ARG002
        """Take in that a tenant is being read."""
        self._tell()

    def pausing(self, tenant: str, pause_s: float, refusals: int) -> None:  # noqa: ARG002
        """Take in that a tenant's calls pause."""
        self._pauses[tenant] = self._monotonic_s() + pause_s
        self._tell()

    def stop(self) -> None:
        """Take the line away, so that others can write."""
        if self._is_shown:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._is_shown = False

    def _tell(self) -> None:
        now_s = self._monotonic_s()
        if now_s < self._due_s:
            return
        self._due_s = now_s + (SCREEN_EVERY_S if self._is_terminal else LINE_EVERY_S)
        text = self._text(now_s)
        self._stream.write(f"{_CLEAR}{text}" if self._is_terminal else f"{text}\n")
        self._stream.flush()
        self._is_shown = self._is_terminal

    def _text(self, now_s: float) -> str:
        over = self._over.total()
        parts = [f"{over:,} of {counted(self._tenants, 'tenant')}"]
        parts += [f"{self._over[each]:,} {each}" for each in _TOLD if self._over[each]]
        if self._changes:
            parts.append(counted(self._changes, "change"))
        if pausing := sum(until_s > now_s for until_s in self._pauses.values()):
            parts.append(f"{counted(pausing, 'tenant')} paused by Graph")
        if over:
            left_s = (now_s - self._began_s) / over * (self._tenants - over)
            parts.append(f"about {span(left_s)} left")
        return ", ".join(parts)
