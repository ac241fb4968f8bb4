"""Look into records as somebody else would, whatever they are kept in."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg


def rows_of(place: Path | str, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query on records, of which there are none before the first run."""
    if isinstance(place, str):
        with psycopg.connect(place, autocommit=True) as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]
    journal = place / "journal.sqlite"
    if not journal.exists():
        return []
    with closing(sqlite3.connect(journal, timeout=30)) as db:
        is_made = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'tenants'").fetchall()
        return db.execute(query).fetchall() if is_made else []
