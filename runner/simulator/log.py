"""Remember every call, so that tests can ask what was really sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Hold one call as it came in and how it was answered; a dropped one has status 0."""

    at: float
    tenant: str
    app: str
    method: str
    path: str
    status: int
    body: bytes | None = None
    batch: int | None = None
    fault: str | None = None
    applied: bool = False
    query: dict[str, str] | None = None
    is_partner: bool = False

    @property
    def is_write(self) -> bool:
        """Return whether the call asked for a change."""
        return self.method != "GET" and not self.path.endswith("$batch")


class CallLog:
    """Hold the newest calls, oldest first."""

    def __init__(self, limit: int) -> None:
        self._calls: deque[Call] = deque(maxlen=limit)

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: Call) -> None:
        """Remember a call."""
        self._calls.append(call)

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()

    def writes(self, *, tenant: str | None = None) -> list[Call]:
        """Return all calls that asked for a change, of one tenant or of all."""
        return [call for call in self if call.is_write and tenant in (None, call.tenant)]
