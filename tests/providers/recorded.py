"""Record what is said to Partner Center and Azure billing, and hold it against their documents."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft202012Validator

from runner.simulator import server
from runner.simulator.app import create_app
from runner.simulator.world import World
from tests.providers import scripted

SHAPES = Path(__file__).parent / "shapes"
ROOTS = {"/v1/": "partner_center", "/providers/": "azure_billing"}
MOUNTS = {"/partner": "partner_center", "/azure": "azure_billing"}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request with its answer; `status` 0 says that none was given, or none is checked."""

    api: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    status: int = 0
    answer: bytes = b""

    def __str__(self) -> str:
        """Return what was asked and how it was answered."""
        return f"{self.method} {self.path} -> {self.status}"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of an API as its document describes it."""

    method: str
    path: re.Pattern[str]
    row: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """All calls of one API."""

    document: Mapping[str, Any]
    calls: tuple[Call, ...]

    def find(self, exchange: Exchange) -> Call | None:
        """Return the call that an exchange is, None where it is in no document."""
        for call in self.calls:
            if call.method == exchange.method and call.path.fullmatch(exchange.path):
                return call
        return None

    def offences(self, schema: Any, body: bytes, *, what: str) -> Iterator[str]:
        """Yield what a body has that its shape has not, or the reverse."""
        if schema is None or not body:
            if (schema is None) is bool(body):
                yield f"{what}: {'a body where there is none' if body else 'no body'}"
            return
        whole = {"$defs": self.document["$defs"], "allOf": [schema]}
        for error in Draft202012Validator(whole).iter_errors(json.loads(body)):
            yield f"{what}: {error.json_path}: {error.message}"


@cache
def load_shapes(api: str) -> Shapes:
    """Load the calls of an API."""
    document = json.loads((SHAPES / f"{api}.json").read_text(encoding="utf-8"))
    calls = []
    for row in document["calls"]:
        method, path = row["call"].split(" ")
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
        calls.append(Call(method=method, path=re.compile(pattern), row=row))
    return Shapes(document=document, calls=tuple(calls))


def offences(exchange: Exchange) -> Iterator[str]:
    """Yield where an exchange is not as its document says."""
    shapes = load_shapes(exchange.api)
    call = shapes.find(exchange)
    if call is None:
        yield f"{exchange}: in no document"
        return
    found = [*_of_request(shapes, call, exchange), *_of_answer(shapes, call, exchange)]
    yield from (f"{exchange}: {each}" for each in found)


def _of_request(shapes: Shapes, call: Call, exchange: Exchange) -> Iterator[str]:
    headers = shapes.document["headers"] | call.row.get("headers", {})
    for name, pattern in headers.items():
        value = exchange.headers.get(name.lower(), "")
        if not re.fullmatch(pattern, value):
            yield f"header {name}: {'no value' if not value else 'another value'}"
    fixed = shapes.document.get("query", {})
    known = {*fixed, *call.row.get("query", ())}
    yield from (f"query {name}: not known" for name in set(exchange.query) - known)
    missing = {*fixed, *call.row.get("required", ())} - set(exchange.query)
    yield from (f"query {name}: missing" for name in missing)
    for name, value in fixed.items():
        if exchange.query.get(name, value) != value:
            yield f"query {name}: {exchange.query[name]}"
    yield from shapes.offences(call.row.get("request"), exchange.body, what="request")


def _of_answer(shapes: Shapes, call: Call, exchange: Exchange) -> Iterator[str]:
    answers, status = call.row["answers"], str(exchange.status)
    if status in answers:
        yield from shapes.offences(answers[status], exchange.answer, what="answer")
    elif exchange.status >= 400:
        yield from shapes.offences(shapes.document["refusal"], exchange.answer, what="refusal")
    elif exchange.status:
        yield f"answer: {status} in no document"


class Recorder:
    """Stands between the runner and whoever answers, and keeps what both said."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def offences(self) -> list[str]:
        """Return every offence once, in the order they came."""
        found = (each for exchange in self.exchanges for each in offences(exchange))
        return list(dict.fromkeys(found))

    def app(self, world: World) -> Any:
        """Return the application of a simulator that is listened to."""
        inner = create_app(world)

        async def outer(scope: Any, receive: Any, send: Any) -> None:
            mount = next((each for each in MOUNTS if scope["path"].startswith(f"{each}/")), None)
            if mount is None:
                await inner(scope, receive, send)
            else:
                await self._listen(inner, scope, receive, send, mount)

        return outer

    async def _listen(self, inner: Any, scope: Any, receive: Any, send: Any, mount: str) -> None:
        body, answer, status = bytearray(), bytearray(), 0

        async def received() -> Any:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def sent(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            answer.extend(message.get("body", b""))
            await send(message)

        try:
            await inner(scope, received, sent)
        finally:
            dropped = scope["state"]["transport"].is_closing()
            self.exchanges.append(
                Exchange(
                    api=MOUNTS[mount],
                    method=scope["method"],
                    path=scope["path"].removeprefix(mount),
                    query=dict(parse_qsl(scope["query_string"].decode())),
                    headers={key.decode(): value.decode() for key, value in scope["headers"]},
                    body=bytes(body),
                    status=0 if dropped else status,
                    answer=b"" if dropped else bytes(answer),
                )
            )

    def heard(self, asked: scripted.Asked) -> None:
        """Keep what a script was asked: its answers are the test's own."""
        path, _, query = asked.path.partition("?")
        api = next((name for root, name in ROOTS.items() if path.startswith(root)), None)
        if api is not None:
            self.exchanges.append(
                Exchange(
                    api=api,
                    method=asked.method,
                    path=path,
                    query=dict(parse_qsl(query)),
                    headers=asked.headers,
                    body=asked.body,
                )
            )


@pytest.fixture(autouse=True)
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Record every call of a test to one of the two, and refuse what is in no document."""
    kept = Recorder()
    monkeypatch.setattr(server, "create_app", kept.app)
    monkeypatch.setattr(scripted, "hear", kept.heard)
    yield kept
    found = kept.offences()
    assert not found, "\n".join(found)
