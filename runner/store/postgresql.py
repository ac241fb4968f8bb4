"""Records in PostgreSQL: one database, for machines that share it."""

from typing import Any

import msgspec
from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from runner.store.backend import Backend, json_text
from runner.store.place import StateError
from runner.store.tables import RECORDS, SCHEMA_VERSION, TEXT

CONNECT_WITHIN_S = 10
SILENT_S = 30
"""How long a connection may be silent before either side asks whether the other is there."""

PROBE_S, PROBES = 10, 3

_PATIENCE = {
    "connect_timeout": CONNECT_WITHIN_S,
    "keepalives_idle": SILENT_S,
    "keepalives_interval": PROBE_S,
    "keepalives_count": PROBES,
    "tcp_user_timeout": SILENT_S * 1000,
    "application_name": "upgrade-runner",
}

SHARED = MetaData()
LOCKS = Table("locks", SHARED, Column("tenant", TEXT, primary_key=True), Column("holder", TEXT))
_VERSION = Table("schema_version", SHARED, Column("version", Integer, primary_key=True))
_MAKING_TABLES = 0x7570_6772_6164_65
"""The advisory lock of whoever makes the tables."""


def open_postgresql(address: str) -> Backend:
    """Open a database, and make the tables where there are none.

    Raises: StateError when it cannot be reached, may not be used or is of another version.
    """
    url = _url(address)
    where = f"{url.host or url.query.get('host') or 'the usual socket'}/{url.database or ''}"
    said = _Words(url)
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            _prepare(connection, where)
    except DBAPIError as error:
        raise StateError(
            f"the records in {where} cannot be opened: {said(error)}",
            hint="look at the address in UPGRADE_RUNNER_STATE, and whether the server takes this "
            "machine, this user and this password (docs/records.md)",
        ) from error
    return Backend(
        engine=engine,
        where=where,
        is_remote=True,
        begin="",
        insert=postgresql.insert,
        said=said,
    )


def _engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={each: _PATIENCE[each] for each in _PATIENCE if each not in url.query},
        json_serializer=json_text,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_session_up)
    return engine


def _url(address: str) -> URL:
    _, _, rest = address.partition("://")
    try:
        return make_url(f"postgresql+psycopg://{rest}")
    except (ArgumentError, ValueError):
        raise StateError(
            "the address of the records is none that PostgreSQL has",
            hint="write postgresql://USER@HOST:PORT/DATABASE, with %40 for @ and %2F for / inside "
            "a password",
        ) from None


class _Words:
    """Says what the server or the driver said, in one line and without the password."""

    def __init__(self, url: URL) -> None:
        found = [url.password, url.query.get("password"), url.query.get("sslpassword")]
        self._secrets = [each for each in found if isinstance(each, str) and each]

    def __call__(self, error: BaseException) -> str:
        text = str(error.orig if isinstance(error, DBAPIError) else error)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[0].removesuffix(".") if lines else type(error).__name__


def _set_session_up(connection: Any, record: object) -> None:  # noqa: ARG001
    """Have the server let go of locks whose holder is gone, and never of those of an idle one.

    Source: PostgreSQL 18 documentation, chapter 19 (connections, client defaults, write-ahead
    log), read 2026-11-23.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET tcp_keepalives_idle = {SILENT_S}")
        cursor.execute(f"SET tcp_keepalives_interval = {PROBE_S}")
        cursor.execute(f"SET tcp_keepalives_count = {PROBES}")
        cursor.execute(f"SET tcp_user_timeout = {(SILENT_S + PROBES * PROBE_S) * 1000}")
        cursor.execute("SET idle_session_timeout = 0")
        cursor.execute("SET synchronous_commit = on")
    connection.commit()


def _prepare(connection: Connection, where: str) -> None:
    if not inspect(connection).has_table(_VERSION.name):
        connection.execute(select(func.pg_advisory_xact_lock(_MAKING_TABLES)))
        RECORDS.create_all(connection)
        SHARED.create_all(connection)
        if connection.scalar(select(_VERSION.c.version)) is None:
            connection.execute(insert(_VERSION).values(version=SCHEMA_VERSION))
    version = connection.scalar(select(_VERSION.c.version))
    if version != SCHEMA_VERSION:
        raise StateError(
            f"the records in {where} are of version {version}, this program reads {SCHEMA_VERSION}",
            hint="use the version of upgrade-runner that made them",
        )
