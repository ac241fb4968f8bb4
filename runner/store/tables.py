"""The tables of the records, the same in SQLite and PostgreSQL."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Dialect,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    extract,
    func,
)
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 2

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is ordered byte by byte, so that both databases say the same of times and names."""

SECONDS_NOW = extract("epoch", func.now())
"""The database's own time: machines that share records need not agree on theirs."""


class Moment(TypeDecorator[datetime]):
    """A time, as the text that sorts like it."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the column of a time."""
        return value.isoformat() if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the time of a column."""
        return datetime.fromisoformat(value) if value else None


def _column(name: str, kind: object = TEXT, **rest: object) -> Column[object]:
    return Column(name, kind, **{"nullable": False, **rest})  # type: ignore[arg-type]


RECORDS = MetaData()

RUNS = Table(
    "runs",
    RECORDS,
    _column("id", primary_key=True),
    _column("plan"),
    _column("playbook"),
    _column("started_at", Moment),
    _column("finished_at", Moment, nullable=True),
    _column("exit_code", Integer, nullable=True),
)
EVENTS = Table(
    "events",
    RECORDS,
    _column("run", primary_key=True),
    _column("seq", Integer, primary_key=True),
    _column("at", Moment),
    _column("kind"),
    _column("tenant"),
    _column("step"),
    _column("data", JSON),
    _column("stored_at", BigInteger, default=SECONDS_NOW),
    Index("events_by_tenant", "tenant", "kind", "stored_at"),
    sqlite_with_rowid=False,
)
ORDERS = Table(
    "orders",
    RECORDS,
    _column("tenant", primary_key=True),
    _column("step", primary_key=True),
    _column("key"),
    _column("kind"),
    _column("sku"),
    _column("seats", Integer),
    _column("opened_at", Moment, primary_key=True),
    _column("confirmed_at", Moment, nullable=True),
    _column("closed_at", Moment, nullable=True),
    _column("playbook"),
    _column("reference", server_default=""),
)
WAITS = Table(
    "waits",
    RECORDS,
    _column("tenant", primary_key=True),
    _column("step", primary_key=True),
    _column("since", Moment),
    _column("why"),
    _column("task"),
    _column("look_again_at", Moment, nullable=True),
    _column("deadline_at", Moment, nullable=True),
    _column("playbook"),
)
UNHELD = Table(
    "unheld",
    RECORDS,
    _column("tenant", primary_key=True),
    _column("sku", primary_key=True),
    _column("since", Moment),
)
SNAPSHOTS = Table(
    "snapshots",
    RECORDS,
    Column("id", Integer, Identity(), primary_key=True),
    _column("run"),
    _column("tenant"),
    _column("at", Moment),
    _column("body", LargeBinary),
    _column("playbook", server_default=""),
    _column("closed_at", Moment, nullable=True),
)
TENANTS = Table(
    "tenants",
    RECORDS,
    _column("name", primary_key=True),
    _column("tenant"),
    _column("run"),
    _column("at", Moment),
    _column("state"),
    _column("summary"),
)
