"""One folder of records: the journal, the notes, and a lock for every tenant."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from runner.model.ids import SkuId
from runner.model.outcome import Event, TenantStanding, Wait
from runner.model.state import Memory, OpenOrder, User
from runner.store.database import open_database
from runner.store.journal import Journal
from runner.store.lock import TenantLock
from runner.store.notes import Notes
from runner.store.snapshots import Snapshots


class RunRecords:
    """The records as one run of the engine uses them."""

    def __init__(self, store: "Store", *, run: str, playbook: str) -> None:
        self._store = store
        self._run = run
        self._playbook = playbook

    def record(self, events: Iterable[Event]) -> None:
        """Write events in one commit; when this returns they are on disk."""
        self._store.journal.record(self._run, events)

    def save_snapshot(self, tenant: str, *, at: datetime, users: Sequence[User]) -> None:
        """Keep what users hold before the run changes them."""
        self._store.snapshots.save(self._run, tenant, playbook=self._playbook, at=at, users=users)

    def close_snapshots(self, tenant: str, *, at: datetime) -> None:
        """Record that the upgrade is over."""
        self._store.snapshots.close(tenant, playbook=self._playbook, at=at)

    def open_order(self, tenant: str, order: OpenOrder) -> None:
        """Record the intent and the key of an order."""
        self._store.notes.open_order(tenant, order, playbook=self._playbook)

    def note_reference(self, tenant: str, step: str, reference: str) -> None:
        """Record what the channel calls an open order by."""
        self._store.notes.note_reference(tenant, step, reference)

    def close_order(self, tenant: str, step: str, at: datetime) -> None:
        """Record that the tenant shows what was ordered."""
        self._store.notes.close_order(tenant, step, at)

    def drop_orders(self, tenant: str, *, keep: Collection[str], at: datetime) -> None:
        """Close the orders of steps that the tenant needs no longer."""
        self._store.notes.drop_orders(tenant, keep=keep, at=at, playbook=self._playbook)

    def note_unheld(
        self, tenant: str, *, unheld: Iterable[SkuId], looked_at: Iterable[SkuId], at: datetime
    ) -> None:
        """Record which of the SKUs looked at nobody holds."""
        self._store.notes.note_unheld(tenant, unheld=unheld, looked_at=looked_at, at=at)

    def save_waits(self, tenant: str, waits: Sequence[Wait], *, keep: Collection[str]) -> None:
        """Replace what the tenant waits for, but not of the steps in `keep`."""
        kept = [wait for wait in self._store.notes.waits(tenant) if wait.step in keep]
        self._store.notes.save_waits(tenant, [*kept, *waits], playbook=self._playbook)

    def save_standing(self, standing: TenantStanding) -> None:
        """Record how the run left a tenant."""
        self._store.notes.save_tenant(standing)

    def remember(self, tenant: str) -> Memory:
        """Return what the tenant itself does not show."""
        return self._store.notes.remember(tenant)


class Store:
    """Everything one folder of records holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._db = open_database(folder)
        self.journal = Journal(self._db)
        self.notes = Notes(self._db)
        self.snapshots = Snapshots(self._db)

    def recall(self, tenant: str) -> Memory:
        """Return what planning needs to know beyond the tenant, its users' past included."""
        return replace(self.notes.remember(tenant), before=self.snapshots.before(tenant))

    def lock(self, tenant: str, *, holder: str) -> TenantLock:
        """Return the lock of a tenant, not yet taken."""
        return TenantLock(self.folder, tenant, holder=holder)

    def for_run(self, run: str, *, playbook: str) -> RunRecords:
        """Return the records as one run uses them; `playbook` is the path of its playbook."""
        return RunRecords(self, run=run, playbook=str(Path(playbook).resolve()))

    def close(self) -> None:
        """Close the database."""
        self._db.close()
