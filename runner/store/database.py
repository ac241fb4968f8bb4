"""The one connection of a process to its records."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import DBAPIError

from runner.store.backend import Backend
from runner.store.place import StateError

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)
"""How long to wait before each further try to reach a server again, such as while it restarts."""

Pause = Callable[[float], None]


def open_database(place: Path | str, *, pause: Pause | None = None) -> "Database":
    """Open the records of a folder, or of the database at an address.

    Raises: StateError when they cannot be opened or are of another version.
    """
    if isinstance(place, Path):
        from runner.store.sqlite import open_sqlite

        return Database(open_sqlite(place), pause=pause)
    from runner.store.postgresql import open_postgresql

    return Database(open_postgresql(place), pause=pause)


class Database:
    """One session with the database, in which everything is read and written.

    Locks of a server belong to the session too, so that what a run writes under a lock cannot be
    written once the lock is lost. `session` is another object after every new connection; `held`
    maps the tenants whose locks were taken to the session they were taken in.
    """

    def __init__(self, backend: Backend, *, pause: Pause | None) -> None:
        self._backend = backend
        self._pause = pause
        self.held: dict[str, object] = {}
        self._connection = self._connect(())

    @property
    def where(self) -> str:
        """Return how messages call the database."""
        return self._backend.where

    def _connect(self, pauses_s: tuple[float, ...]) -> Connection:
        for pause_s in (*pauses_s, None):
            try:
                connection = self._backend.engine.connect()
            except DBAPIError as error:
                if pause_s is None or self._pause is None:
                    raise self._error("reached", error) from error
                self._pause(pause_s)
            else:
                self.session = object()
                return connection
        raise AssertionError("the last pause is none")

    @property
    def is_lost(self) -> bool:
        """Say whether the session is known to be over."""
        return self._connection.closed or self._connection.invalidated

    def refresh(self) -> None:
        """Make sure that there is a session, a new one where the last is over.

        Raises: StateError when the database cannot be reached.
        """
        if not self.is_lost:
            with suppress(DBAPIError), self._connection.begin():
                self._connection.execute(select(1))
        if self.is_lost:
            self._connection.close()
            self._connection = self._connect(PAUSES_S)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give the connection to read from.

        Raises: StateError when the records cannot be read.
        """
        with self._transaction("read") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give the connection to write with; what is written is on disk when this returns.

        Raises: StateError when it cannot be written, or nobody knows whether it was.
        """
        with self._transaction("written") as connection:
            if self._backend.begin:
                connection.exec_driver_sql(self._backend.begin)
            yield connection

    @contextmanager
    def _transaction(self, purpose: str) -> Iterator[Connection]:
        if self.is_lost or (self._backend.is_remote and not self.held):
            self.refresh()
        try:
            with self._connection.begin():
                yield self._connection
        except DBAPIError as error:
            raise self._error(purpose, error) from error

    def _error(self, purpose: str, error: DBAPIError) -> StateError:
        said = self._backend.said(error.orig or error)
        return StateError(
            f"the records in {self.where} cannot be {purpose}: {said}",
            hint="nothing is done without a record; mend that, or name another place in "
            "UPGRADE_RUNNER_STATE, and run this again",
        )

    def insert(self, table: Table, *, replaces: bool) -> Any:
        """Return the insertion of a row that takes the place of an earlier one, or gives way."""
        statement = self._backend.insert(table)
        keys = [column.name for column in table.primary_key]
        if not replaces:
            return statement.on_conflict_do_nothing(index_elements=keys)
        others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
        return statement.on_conflict_do_update(index_elements=keys, set_=others)

    def close(self) -> None:
        """Close the connection; what it had locked is free."""
        self._connection.close()
        self._backend.engine.dispose()
