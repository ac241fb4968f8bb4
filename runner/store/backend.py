"""What the records need to know of the database they are in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A database that is open and has the tables.

    `where` is how messages call it; `is_remote` says that the connection can be lost; `begin` opens
    a transaction that writes; `insert` is the dialect's own insertion, which knows what to do on a
    conflict; `said` turns an error of the driver into words that hold no secret.
    """

    engine: Engine
    where: str
    is_remote: bool
    begin: str
    insert: Callable[..., Any]
    said: Callable[[BaseException], str]


def json_text(value: object) -> str:
    """Return a value as JSON."""
    return msgspec.json.encode(value).decode()
