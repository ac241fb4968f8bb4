"""What came back from Graph: of a single request, or of one call inside a batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; `status` 0 means that none came and nobody knows what happened.

    `is_unsent` says that there was not even a connection, `is_of_batch` that the batch as a whole
    was answered so and not this call of it.
    """

    status: int
    body: bytes = b""
    code: str = ""
    message: str = ""
    request_id: str = ""
    retry_after_s: float | None = None
    is_unsent: bool = False
    is_of_batch: bool = False

    @property
    def is_ok(self) -> bool:
        """Return whether the service did what it was asked."""
        return 200 <= self.status < 300

    @property
    def is_passing(self) -> bool:
        """Return whether trying again later may help."""
        return self.status in (0, 408, 409, 412, 423, 429, 500) or self.status > 501

    def __str__(self) -> str:
        """Return status, code and message with the request id, for a message."""
        said = f"{self.status or 'no answer'} {self.code}".strip()
        text = f"{said}: {self.message}" if self.message else said
        return f"{text} (request-id {self.request_id})" if self.request_id else text


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None
    inner: dict[str, Any] | None = msgspec.field(name="innerError", default=None)


class _Refusal(msgspec.Struct):
    error: _Error | None = None


_REFUSAL = msgspec.json.Decoder(_Refusal)


def reply_of(status: int, *, headers: Mapping[str, Any], body: bytes, now: datetime) -> Reply:
    """Return the reply that status, headers and body make.

    Source: graph.md 8 (envelope of errors), read 2026-11-22.
    """
    if 200 <= status < 300:
        return Reply(status=status, body=body)
    named = {key.lower(): str(value) for key, value in headers.items()}
    error = _error(body)
    inner = error.inner or {}
    return Reply(
        status=status,
        code=error.code or "",
        message=error.message or "",
        request_id=str(inner.get("request-id", named.get("request-id", ""))),
        retry_after_s=retry_after_s(named.get("retry-after"), now=now),
    )


def _error(body: bytes) -> _Error:
    try:
        return _REFUSAL.decode(body).error or _Error()
    except msgspec.MsgspecError:
        return _Error()


def retry_after_s(value: str | None, *, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After`, which is a number or a date, or None."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value).astimezone(UTC) - now).total_seconds())
    except ValueError:
        return None
