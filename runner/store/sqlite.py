"""Records in SQLite: one file in a folder, for one machine."""

import sqlite3
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from runner.store.backend import Backend, json_text
from runner.store.place import StateError
from runner.store.tables import RECORDS, SCHEMA_VERSION

FILE = "journal.sqlite"
BUSY_S = 30.0
"""How long a process waits for another one that writes."""

UPGRADES = {
    1: (
        "ALTER TABLE orders ADD COLUMN reference TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE snapshots ADD COLUMN playbook TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE snapshots ADD COLUMN closed_at TEXT",
        "UPDATE snapshots SET closed_at = at",
    )
}
"""What brings the tables of a version to the next one.

Nobody knows which snapshots of version 1 belong to an upgrade that is over, so all are closed.
"""


def open_sqlite(folder: Path) -> Backend:
    """Open the database of a folder, mode 0600, every commit on disk when it returns.

    Raises: StateError when it cannot be opened or is of another version.
    """
    path = folder / FILE
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        connect_args={"timeout": BUSY_S, "isolation_level": None},
        json_serializer=json_text,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _on_disk_at_once)
    try:
        _prepare(engine, path)
    except (DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise StateError(
            f"the journal {path} cannot be opened: {cause}",
            hint="set UPGRADE_RUNNER_STATE to another folder",
        ) from error
    return Backend(
        engine=engine,
        where=str(path),
        insert=insert,
        is_remote=False,
        begin="BEGIN IMMEDIATE",
        said=str,
    )


def _on_disk_at_once(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001
    connection.execute("PRAGMA synchronous=FULL")


def _prepare(engine: Engine, path: Path) -> None:
    with engine.connect() as connection:
        path.chmod(0o600)
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        _bring_up_to_date(connection, path)
        connection.commit()


def _bring_up_to_date(connection: Connection, path: Path) -> None:
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version not in (0, *UPGRADES, SCHEMA_VERSION):
        raise StateError(
            f"{path} is of version {version}, this program reads {SCHEMA_VERSION}",
            hint="use the version of upgrade-runner that made it",
        )
    for older in sorted(each for each in UPGRADES if 0 < version <= each):
        for statement in UPGRADES[older]:
            connection.exec_driver_sql(statement)
    RECORDS.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
