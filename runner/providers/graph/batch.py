"""Put up to twenty calls into one request and find each one's own answer.

The SDK's own batch drops JSON bodies, sends absolute addresses and replaces ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from runner.providers.graph.reply import Reply, reply_of

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


_ENCODER = msgspec.json.Encoder()
_ANSWERS = msgspec.json.Decoder(_Answers)


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
    headers = answer.headers or {}
    return reply_of(answer.status, headers=headers, body=bytes(answer.body), now=now)
