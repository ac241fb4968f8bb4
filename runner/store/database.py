"""Open the database of a folder of records."""

import sqlite3
from datetime import datetime
from pathlib import Path

from runner.store.place import StateError
from runner.store.tables import SCHEMA_VERSION, TABLES, UPGRADES

FILE = "journal.sqlite"


def open_database(folder: Path) -> sqlite3.Connection:
    """Open the database, mode 0600, every commit on disk when it returns.

    Raises: StateError when it cannot be opened or is of another version.
    """
    path = folder / FILE
    try:
        db = sqlite3.connect(path, timeout=30, isolation_level=None)
        path.chmod(0o600)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, *UPGRADES, SCHEMA_VERSION):
            raise StateError(
                f"{path} is of version {version}, this program reads {SCHEMA_VERSION}",
                hint="use the version of upgrade-runner that made it",
            )
        for older in sorted(each for each in UPGRADES if 0 < version <= each):
            db.executescript(f"BEGIN; {UPGRADES[older]} PRAGMA user_version={older + 1}; COMMIT;")
        db.executescript(TABLES)
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    except (sqlite3.Error, OSError) as error:
        raise StateError(
            f"the journal {path} cannot be opened: {error}",
            hint="set UPGRADE_RUNNER_STATE to another folder",
        ) from error
    return db


def as_time(text: str | None) -> datetime | None:
    """Return the time of a column, or None."""
    return datetime.fromisoformat(text) if text else None


def as_text(at: datetime | None) -> str | None:
    """Return the column of a time, or None."""
    return at.isoformat() if at else None
