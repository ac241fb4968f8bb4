"""Carry calls in and answers out, alike for single calls and inside a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from runner.simulator.errors import GraphError
from runner.simulator.tenant import Tenant
from runner.simulator.world import World


@dataclass(slots=True, kw_only=True)
class Request:
    """Hold one call: `path` begins after the version, `root` is the address up to it."""

    world: World
    method: str
    path: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    root: str
    app: str = "anonymous"
    batch: int | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def is_inner(self) -> bool:
        """Return whether the call came inside a batch."""
        return self.batch is not None

    @property
    def is_eventual(self) -> bool:
        """Return whether the caller accepts the eventually consistent index."""
        return self.headers.get("consistencylevel", "").lower() == "eventual"


@dataclass(slots=True, kw_only=True)
class Answer:
    """Hold one answer; a dropped one closes the connection instead."""

    status: int = 200
    body: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    is_dropped: bool = False
    is_missing: bool = False


@dataclass(slots=True, kw_only=True)
class Context:
    """Hold all that answering one call needs; `as_of` is the moment its replica knows."""

    tenant: Tenant
    request: Request
    now: float
    as_of: float
    gives_empty_page: bool = False


def read_json(context: Context) -> dict[str, Any]:
    """Return the body of a call.

    Raises: GraphError 400 when it is no JSON object.
    """
    try:
        body = msgspec.json.decode(context.request.content)
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        text = "Unable to read JSON request payload. Please ensure Content-Type header is set."
        raise GraphError(400, "BadRequest", message=text)
    return body
