"""Tell what happens: to the journal first, then to everybody who shows it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from runner.model.outcome import Event, EventKind

Handle = Callable[[Event], None]
Write = Callable[[Iterable[Event]], None]


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Tell:
    """Numbers events and passes them on; when a call returns they are on disk."""

    def __init__(self, *, write: Write, show: Iterable[Handle]) -> None:
        self._write = write
        self._show = list(show)
        self._seq = 0

    def one(
        self,
        kind: EventKind,
        *,
        at: datetime,
        tenant: str = "",
        step: str = "",
        details: Mapping[str, Any] = NOTHING,
    ) -> None:
        """Tell one event."""
        self.many(kind, at=at, tenant=tenant, rows=[(step, details)])

    def many(
        self,
        kind: EventKind,
        *,
        at: datetime,
        tenant: str,
        rows: Iterable[tuple[str, Mapping[str, Any]]],
    ) -> None:
        """Tell several events of one kind in one commit; a row is a step and its details."""
        events = []
        for step, details in rows:
            self._seq += 1
            events.append(
                Event(seq=self._seq, at=at, kind=kind, tenant=tenant, step=step, data=details)
            )
        self._write(events)
        for event in events:
            self._pass_on(event)

    def _pass_on(self, event: Event) -> None:
        """Show an event; who cannot show it, such as a closed pipe, is asked no more."""
        for show in tuple(self._show):
            try:
                show(event)
            except (OSError, ValueError):
                self._show.remove(show)
