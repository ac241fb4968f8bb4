"""The records of one place: the journal, the notes, and a lock for every tenant."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from runner.model.ids import SkuId
from runner.model.outcome import Event, TenantStanding, Wait
from runner.model.state import Memory, OpenOrder, User
from runner.store.lock import TenantLock
from runner.store.place import name_in_repository

if TYPE_CHECKING:
    from runner.store.database import Pause
    from runner.store.shared_lock import SharedLock

NAMES: Mapping[str, str] = MappingProxyType({})


class RunRecords:
    """The records as one run of the engine uses them.

    What is written for a tenant whose lock is lost is refused; `tenants` maps names to tenant ids.
    """

    def __init__(
        self, store: "Store", *, run: str, playbook: str, tenants: Mapping[str, str]
    ) -> None:
        self._store = store
        self._run = run
        self._playbook = playbook
        self._tenants = tenants

    def record(self, events: Iterable[Event]) -> None:
        """Write events in one commit; when this returns they are on disk."""
        listed = tuple(events)
        named = {self._tenants.get(event.tenant, "") for event in listed}
        with self._store.under_locks(named):
            self._store.journal.record(self._run, listed)

    def save_snapshot(self, tenant: str, *, at: datetime, users: Sequence[User]) -> None:
        """Keep what users hold before the run changes them."""
        kept, playbook = self._store.snapshots, self._playbook
        with self._store.under_locks([tenant]):
            kept.save(self._run, tenant, playbook=playbook, at=at, users=users)

    def close_snapshots(self, tenant: str, *, at: datetime) -> None:
        """Record that the upgrade is over."""
        with self._store.under_locks([tenant]):
            self._store.snapshots.close(tenant, playbook=self._playbook, at=at)

    def open_order(self, tenant: str, order: OpenOrder) -> None:
        """Record the intent and the key of an order."""
        with self._store.under_locks([tenant]):
            self._store.notes.open_order(tenant, order, playbook=self._playbook)

    def note_reference(self, tenant: str, step: str, reference: str) -> None:
        """Record what the channel calls an open order by."""
        with self._store.under_locks([tenant]):
            self._store.notes.note_reference(tenant, step, reference)

    def close_order(self, tenant: str, step: str, at: datetime) -> None:
        """Record that the tenant shows what was ordered."""
        with self._store.under_locks([tenant]):
            self._store.notes.close_order(tenant, step, at)

    def hear_confirmed(self, tenant: str, at: datetime) -> None:
        """Date what persons have said since the last run."""
        with self._store.under_locks([tenant]):
            self._store.notes.hear_confirmed(tenant, at)

    def drop_orders(self, tenant: str, *, keep: Collection[str], at: datetime) -> None:
        """Close the orders of steps that the tenant needs no longer."""
        with self._store.under_locks([tenant]):
            self._store.notes.drop_orders(tenant, keep=keep, at=at, playbook=self._playbook)

    def note_unheld(
        self, tenant: str, *, unheld: Iterable[SkuId], looked_at: Iterable[SkuId], at: datetime
    ) -> None:
        """Record which of the SKUs looked at nobody holds."""
        with self._store.under_locks([tenant]):
            self._store.notes.note_unheld(tenant, unheld=unheld, looked_at=looked_at, at=at)

    def save_waits(self, tenant: str, waits: Sequence[Wait], *, keep: Collection[str]) -> None:
        """Replace what the tenant waits for, but not of the steps in `keep`."""
        with self._store.under_locks([tenant]):
            kept = [wait for wait in self._store.notes.waits(tenant) if wait.step in keep]
            self._store.notes.save_waits(tenant, [*kept, *waits], playbook=self._playbook)

    def save_standing(self, standing: TenantStanding) -> None:
        """Record how the run left a tenant."""
        with self._store.under_locks([standing.tenant]):
            self._store.notes.save_tenant(standing)

    def remember(self, tenant: str) -> Memory:
        """Return what the tenant itself does not show."""
        with self._store.under_locks([tenant]):
            return self._store.notes.remember(tenant)


class Store:
    """Everything that one folder of records holds, or one database that machines share.

    `place` is the folder or the address; `pause` waits so many seconds while a server restarts,
    and without it nobody waits. Opening a store imports what reaches databases, and nothing else
    of this room does.
    """

    def __init__(self, place: Path | str, *, pause: "Pause | None" = None) -> None:
        from runner.store.database import open_database
        from runner.store.journal import Journal
        from runner.store.notes import Notes
        from runner.store.snapshots import Snapshots

        self._place = place
        self._db = open_database(place, pause=pause)
        self.journal = Journal(self._db)
        self.notes = Notes(self._db)
        self.snapshots = Snapshots(self._db)

    def recall(self, tenant: str) -> Memory:
        """Return what planning needs to know beyond the tenant, its users' past included."""
        return replace(self.notes.remember(tenant), before=self.snapshots.before(tenant))

    def lock(self, tenant: str, *, holder: str) -> "TenantLock | SharedLock":
        """Return the lock of a tenant, not yet taken; `holder` is said to who comes second."""
        if isinstance(self._place, Path):
            return TenantLock(self._place, tenant, holder=holder)
        from runner.store.shared_lock import SharedLock

        return SharedLock(self._db, tenant, holder=holder)

    @contextmanager
    def under_locks(self, tenants: Collection[str]) -> Iterator[None]:
        """Read and write for these tenants, and refuse where a lock was taken and is lost."""
        if isinstance(self._place, Path):
            yield
            return
        from runner.store.shared_lock import writing_under_locks

        with writing_under_locks(self._db, tenants):
            yield

    def for_run(self, run: str, *, playbook: str, tenants: Mapping[str, str] = NAMES) -> RunRecords:
        """Return the records as one run uses them.

        `playbook` is the path of its playbook, `tenants` maps the tenants' names to their ids.
        """
        return RunRecords(self, run=run, playbook=self.name_of(playbook), tenants=tenants)

    def name_of(self, playbook: Path | str) -> str:
        """Return what the records call a playbook: shared ones, the same on every machine."""
        path = Path(playbook).resolve()
        return str(path) if isinstance(self._place, Path) else name_in_repository(path)

    def close(self) -> None:
        """Close the database; locks that are still held are free."""
        self._db.close()
