"""The journal: what was meant and what happened, on disk before it counts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, insert, select, update

from runner.model.outcome import Event, EventKind, Run, Standing
from runner.store.database import Database
from runner.store.tables import EVENTS, RUNS, SECONDS_NOW


class Journal:
    """Runs and their events."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def start_run(self, run: str, *, plan: str, playbook: str, at: datetime) -> None:
        """Record that a run begins."""
        row = {"id": run, "plan": plan, "playbook": playbook, "started_at": at}
        with self._db.writing() as connection:
            connection.execute(insert(RUNS), row)

    def finish_run(self, run: str, *, exit_code: int, at: datetime) -> None:
        """Record how a run ended."""
        ended = update(RUNS).where(RUNS.c.id == run)
        with self._db.writing() as connection:
            connection.execute(ended.values(finished_at=at, exit_code=exit_code))

    def has_begun(self, plan: str) -> bool:
        """Return whether a run of this plan has carried out a step."""
        started = (
            select(EVENTS.c.seq)
            .join(RUNS, EVENTS.c.run == RUNS.c.id)
            .where(RUNS.c.plan == plan, EVENTS.c.kind == EventKind.STEP_STARTED.value)
        )
        with self._db.reading() as connection:
            return connection.scalar(started.limit(1)) is not None

    def runs(self) -> tuple[Run, ...]:
        """Return every run, the latest first."""
        with self._db.reading() as connection:
            rows = connection.execute(select(RUNS).order_by(RUNS.c.started_at.desc(), RUNS.c.id))
            return tuple(Run(**row) for row in rows.mappings())

    def record(self, run: str, events: Iterable[Event]) -> None:
        """Write events in one commit; when this returns they are on disk.

        Raises: StateError when they cannot be written.
        """
        rows = [
            {
                "run": run,
                "seq": event.seq,
                "at": event.at,
                "kind": event.kind.value,
                "tenant": event.tenant,
                "step": event.step,
                "data": dict(event.data),
            }
            for event in events
        ]
        if rows:
            with self._db.writing() as connection:
                connection.execute(insert(EVENTS), rows)

    def events(self, run: str) -> tuple[Event, ...]:
        """Return the events of a run in the order they happened."""
        names = ("seq", "at", "kind", "tenant", "step", "data")
        wanted = select(*(EVENTS.c[name] for name in names)).where(EVENTS.c.run == run)
        with self._db.reading() as connection:
            rows = connection.execute(wanted.order_by(EVENTS.c.seq))
            return tuple(
                Event(
                    seq=row.seq,
                    at=row.at,
                    kind=EventKind(row.kind),
                    tenant=row.tenant,
                    step=row.step,
                    data=row.data,
                )
                for row in rows
            )

    def endings(self, run: str) -> Mapping[str, Standing]:
        """Return how a run left each tenant that it finished with, by the tenant's name."""
        ends = select(EVENTS.c.tenant, EVENTS.c.data["standing"].as_string()).where(
            EVENTS.c.run == run, EVENTS.c.kind == EventKind.TENANT_FINISHED.value
        )
        with self._db.reading() as connection:
            rows = connection.execute(ends.order_by(EVENTS.c.seq))
            return {tenant: Standing(standing) for tenant, standing in rows}

    def unfinished(self, run: str) -> tuple[str, ...]:
        """Return the tenants a run has begun and not finished, in the order they were begun."""
        kinds = (EventKind.TENANT_STARTED, EventKind.TENANT_FINISHED)
        wanted = select(EVENTS.c.tenant, EVENTS.c.kind).where(
            EVENTS.c.run == run, EVENTS.c.kind.in_([kind.value for kind in kinds])
        )
        with self._db.reading() as connection:
            last = dict(connection.execute(wanted.order_by(EVENTS.c.seq)).all())
        return tuple(name for name, kind in last.items() if EventKind(kind) is kinds[0])

    def count_changes(self, tenant: str, within_s: int) -> int:
        """Return how many outcomes of a tenant, by its name, were stored in the last seconds.

        What Graph did by itself in the background was no call of ours.
        """
        recent = select(func.count()).where(
            EVENTS.c.tenant == tenant,
            EVENTS.c.kind == EventKind.OUTCOME.value,
            EVENTS.c.stored_at >= SECONDS_NOW - within_s,
            EVENTS.c.data["is_background"].as_string().is_(None),
        )
        with self._db.reading() as connection:
            return int(connection.scalar(recent) or 0)
