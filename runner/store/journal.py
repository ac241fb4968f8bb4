"""The journal: what was meant and what happened, on disk before it counts."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from runner.model.outcome import Event, EventKind, Run, Standing
from runner.store.database import as_time
from runner.store.place import StateError

_INSERT = "INSERT INTO events(run, seq, at, kind, tenant, step, data) VALUES (?, ?, ?, ?, ?, ?, ?)"


class Journal:
    """Runs and their events."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def start_run(self, run: str, *, plan: str, playbook: str, at: datetime) -> None:
        """Record that a run begins."""
        self._db.execute(
            "INSERT INTO runs(id, plan, playbook, started_at) VALUES (?, ?, ?, ?)",
            (run, plan, playbook, at.isoformat()),
        )

    def finish_run(self, run: str, *, exit_code: int, at: datetime) -> None:
        """Record how a run ended."""
        self._db.execute(
            "UPDATE runs SET finished_at = ?, exit_code = ? WHERE id = ?",
            (at.isoformat(), exit_code, run),
        )

    def has_begun(self, plan: str) -> bool:
        """Return whether a run of this plan has carried out a step."""
        found = self._db.execute(
            "SELECT 1 FROM runs JOIN events ON events.run = runs.id"
            " WHERE runs.plan = ? AND events.kind = ? LIMIT 1",
            (plan, EventKind.STEP_STARTED.value),
        )
        return found.fetchone() is not None

    def runs(self) -> tuple[Run, ...]:
        """Return every run, the latest first."""
        rows = self._db.execute(
            "SELECT id, plan, playbook, started_at, finished_at, exit_code FROM runs"
            " ORDER BY started_at DESC, id"
        )
        return tuple(
            Run(
                id=row[0],
                plan=row[1],
                playbook=row[2],
                started_at=datetime.fromisoformat(row[3]),
                finished_at=as_time(row[4]),
                exit_code=row[5],
            )
            for row in rows
        )

    def record(self, run: str, events: Iterable[Event]) -> None:
        """Write events in one commit; when this returns they are on disk.

        Raises: StateError when they cannot be written.
        """
        rows = [
            (
                run,
                event.seq,
                event.at.isoformat(),
                event.kind.value,
                event.tenant,
                event.step,
                msgspec.json.encode(dict(event.data)).decode(),
            )
            for event in events
        ]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(_INSERT, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise StateError(
                f"the journal cannot be written: {error}",
                hint="nothing is done without a record; make room or name another folder",
            ) from error

    def events(self, run: str) -> tuple[Event, ...]:
        """Return the events of a run in the order they happened."""
        rows = self._db.execute(
            "SELECT seq, at, kind, tenant, step, data FROM events WHERE run = ? ORDER BY seq",
            (run,),
        )
        return tuple(
            Event(
                seq=row[0],
                at=datetime.fromisoformat(row[1]),
                kind=EventKind(row[2]),
                tenant=row[3],
                step=row[4],
                data=msgspec.json.decode(row[5]),
            )
            for row in rows
        )

    def endings(self, run: str) -> Mapping[str, Standing]:
        """Return how a run left each tenant that it finished with, by the tenant's name."""
        rows = self._db.execute(
            "SELECT tenant, json_extract(data, '$.standing') FROM events"
            " WHERE run = ? AND kind = ? ORDER BY seq",
            (run, EventKind.TENANT_FINISHED.value),
        )
        return {tenant: Standing(standing) for tenant, standing in rows}

    def count_changes(self, tenant: str, within_s: int) -> int:
        """Return how many outcomes of a tenant, by its name, were stored in the last seconds.

        What Graph did by itself in the background was no call of ours.
        """
        found = self._db.execute(
            "SELECT count(*) FROM events WHERE tenant = ? AND kind = ?"
            " AND stored_at >= strftime('%s', 'now') - ?"
            " AND json_extract(data, '$.is_background') IS NULL",
            (tenant, EventKind.OUTCOME.value, within_s),
        )
        return int(found.fetchone()[0])
