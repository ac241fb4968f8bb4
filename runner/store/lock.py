"""One run per tenant at a time, on one machine: the operating system holds the lock."""

import sqlite3
from pathlib import Path

from runner.model.findings import TenantLocked
from runner.store.place import StateError


class TenantLock:
    """An exclusive transaction on a file of the tenant's own.

    The system lets go of it when the process ends, however it ends, so a dead holder never has to
    be recognized.
    """

    def __init__(self, folder: Path, tenant_id: str, *, holder: str) -> None:
        self._path = folder / "locks" / f"{tenant_id}.lock"
        self._note = self._path.with_suffix(".holder")
        self._holder = holder
        self._connection: sqlite3.Connection | None = None

    def take(self) -> None:
        """Take the lock.

        Raises: TenantLocked when another run has it; its run id is named.
        """
        connection = self._open()
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise self._trouble(error) from error
            raise TenantLocked(
                f"run {self._other()} is at work on the tenant",
                hint="wait for it to end, then run this again",
            ) from error
        self._connection = connection
        self._note.write_text(self._holder)

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return sqlite3.connect(self._path, timeout=0, isolation_level=None)
        except (OSError, sqlite3.OperationalError) as error:
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> StateError:
        return StateError(
            f"the lock {self._path} cannot be taken: {error}",
            hint="make its folder writable, or name others in XDG_STATE_HOME and "
            "UPGRADE_RUNNER_STATE",
        )

    def _other(self) -> str:
        try:
            return self._note.read_text()
        except OSError:
            return "of another process"

    def release(self) -> None:
        """Let go of the lock; without one nothing happens."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
