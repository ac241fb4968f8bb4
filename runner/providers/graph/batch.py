"""Put up to twenty calls into one request and find each one's own answer.

The SDK's own batch drops JSON bodies, sends absolute addresses and replaces ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from runner.providers.graph.reply import Reply, retry_after_s

MOST_CALLS = 20
"""Source: graph.md 6.1 (limit of `$batch`), read 2026-11-22."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call inside a batch; `path` is relative to the version and starts with a slash."""

    method: str
    path: str
    body: Any = None


class _Answer(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, Any] | None = None
    body: msgspec.Raw = msgspec.Raw()


class _Answers(msgspec.Struct):
    responses: list[_Answer]


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None
    inner: dict[str, Any] | None = msgspec.field(name="innerError", default=None)


class _Refusal(msgspec.Struct):
    error: _Error | None = None


_ENCODER = msgspec.json.Encoder()
_ANSWERS = msgspec.json.Decoder(_Answers)
_REFUSAL = msgspec.json.Decoder(_Refusal)


def encode(calls: Sequence[Call]) -> bytes:
    """Return the body of a batch; the id of a call is its place, counted from 1."""
    requests = []
    for place, call in enumerate(calls, start=1):
        request: dict[str, Any] = {"id": str(place), "method": call.method, "url": call.path}
        if call.body is not None:
            request["headers"] = {"Content-Type": "application/json"}
            request["body"] = call.body
        requests.append(request)
    return _ENCODER.encode({"requests": requests})


def decode(outer: Reply, calls: int, *, now: datetime) -> list[Reply]:
    """Return each call's own answer in the order of the calls.

    A call without an answer of its own has status 0, as nobody knows what became of it; where
    the whole batch was refused before anything ran, every call has that answer.
    """
    if not outer.is_ok:
        return [replace(outer, is_of_batch=True)] * calls
    try:
        answers = _ANSWERS.decode(outer.body).responses
    except msgspec.MsgspecError:
        return [Reply(status=0, message="an answer that is no batch answer")] * calls
    found = {answer.id: answer for answer in answers}
    return [
        _reply(found[str(place)], now) if str(place) in found else Reply(status=0)
        for place in range(1, calls + 1)
    ]


def _reply(answer: _Answer, now: datetime) -> Reply:
    headers = {key.lower(): str(value) for key, value in (answer.headers or {}).items()}
    body = bytes(answer.body)
    if 200 <= answer.status < 300:
        return Reply(status=answer.status, body=body)
    error = _error(body)
    inner = error.inner or {}
    return Reply(
        status=answer.status,
        code=error.code or "",
        message=error.message or "",
        request_id=str(inner.get("request-id", headers.get("request-id", ""))),
        retry_after_s=retry_after_s(headers.get("retry-after"), now=now),
    )


def _error(body: bytes) -> _Error:
    try:
        return _REFUSAL.decode(body).error or _Error()
    except msgspec.MsgspecError:
        return _Error()
