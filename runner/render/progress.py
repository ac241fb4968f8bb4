"""Show how far the moving of users is, while it goes on: bars on a terminal, else plain lines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from runner.model.outcome import Event, EventKind
from runner.render.words import span

LINE_EVERY_S = 5.0
"""How often a plain line is written; nothing is said of what takes less than two seconds."""

SILENT_S = 2.0


@dataclass(slots=True)
class _Count:
    total: int
    started_s: float
    told_s: float
    done: int = 0
    bar: Any = None

    def rate(self, now_s: float) -> float:
        return self.done / max(now_s - self.started_s, 0.001)

    def text(self, now_s: float) -> str:
        rate = self.rate(now_s)
        left = span((self.total - self.done) / rate) if rate else "unknown"
        return f"{self.done:,} of {self.total:,} users, {rate:.0f}/s, {left} left"


class Progress:
    """Counts outcomes per tenant and shows count, rate and time left."""

    def __init__(
        self, stream: TextIO, *, is_terminal: bool, monotonic_s: Callable[[], float]
    ) -> None:
        self._stream = stream
        self._monotonic_s = monotonic_s
        self._counts: dict[str, _Count] = {}
        self._read = Reading(stream, monotonic_s=monotonic_s)
        self._bars: Any = None
        if is_terminal:
            self._bars = _bars(stream)

    def handle(self, event: Event) -> None:
        """Take one event in."""
        if event.kind is EventKind.STEP_STARTED and event.data["count"]:
            self._add(event.tenant, event.data["count"])
        elif event.kind is EventKind.OUTCOME and event.data.get("subject") != event.step:
            if event.tenant in self._counts:
                self._advance(event.tenant)
        elif event.kind is EventKind.TENANT_FINISHED:
            self._drop(event.tenant)

    def _add(self, tenant: str, total: int) -> None:
        now_s = self._monotonic_s()
        count = self._counts.get(tenant)
        if count is None:
            count = self._counts[tenant] = _Count(total=0, started_s=now_s, told_s=now_s)
            if self._bars is not None:
                count.bar = self._bars.add_task(tenant, total=0, rate=0.0)
        count.total += total
        if self._bars is not None:
            self._bars.update(count.bar, total=count.total)

    def _drop(self, tenant: str) -> None:
        """Take a tenant's bar away, and all bars from the screen until the next one moves."""
        count = self._counts.pop(tenant, None)
        if self._bars is not None:
            self._bars.stop()
            if count is not None:
                self._bars.remove_task(count.bar)

    def _advance(self, tenant: str) -> None:
        count = self._counts[tenant]
        count.done += 1
        now_s = self._monotonic_s()
        if self._bars is not None:
            self._bars.start()
            self._bars.update(count.bar, completed=count.done, rate=count.rate(now_s))
            return
        due_s = SILENT_S if count.told_s == count.started_s else LINE_EVERY_S
        if now_s - count.told_s >= due_s:
            count.told_s = now_s
            _write(self._stream, f"{tenant}   {count.text(now_s)}")

    def reading(self, tenant: str, users: int) -> None:
        """Take in that so many users of a tenant have been read; bars are not written over."""
        if self._bars is None or not self._counts:
            self._read.reading(tenant, users)

    def pausing(self, tenant: str, pause_s: float, refusals: int) -> None:
        """Take in that a tenant's calls pause; the line stands above the bars."""
        count = self._counts.get(tenant)
        so_far = f", {count.done:,} of {count.total:,} users so far" if count else ""
        line = f"{_pause(tenant, pause_s, refusals)}{so_far}"
        if self._bars is not None:
            self._bars.console.out(line, highlight=False)
        else:
            _write(self._stream, line)

    def stop(self) -> None:
        """Take the bars away."""
        if self._bars is not None:
            self._bars.stop()


def _bars(stream: TextIO) -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars

    return Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.0f}/s", justify="right"),
        TimeRemainingColumn(),
        console=Console(file=stream),
        transient=True,
    )


class Reading:
    """Says how many users have been read, where reading takes more than two seconds, and pauses.

    A page after which there are not more users than before begins another reading.
    """

    def __init__(self, stream: TextIO, *, monotonic_s: Callable[[], float]) -> None:
        self._stream = stream
        self._monotonic_s = monotonic_s
        self._began_s = self._told_s = monotonic_s()
        self._users = 0

    def reading(self, tenant: str, users: int) -> None:
        """Take in that so many users of a tenant have been read."""
        now_s = self._monotonic_s()
        if users <= self._users:
            self._began_s = now_s
        self._users = users
        if min(now_s - self._began_s, now_s - self._told_s) >= SILENT_S:
            self._told_s = now_s
            _write(self._stream, f"{tenant}   reading: {users:,} users")

    def pausing(self, tenant: str, pause_s: float, refusals: int) -> None:
        """Take in that a tenant's calls pause."""
        _write(self._stream, _pause(tenant, pause_s, refusals))


def _pause(tenant: str, pause_s: float, refusals: int) -> str:
    often = "1 refusal" if refusals == 1 else f"{refusals} refusals in a row"
    return f"{tenant}   Graph asks for a pause of {pause_s:.0f} s, after {often}"


def _write(stream: TextIO, line: str) -> None:
    stream.write(f"{line}\n")
    stream.flush()
