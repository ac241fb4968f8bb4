"""One run per tenant at a time, among machines that share a server: its session has the lock."""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import delete, func, select

from runner.model.findings import LockLost, TenantLocked
from runner.store.database import Database
from runner.store.place import StateError
from runner.store.postgresql import LOCKS


class SharedLock:
    """A lock of the session in which the run writes.

    The server lets go of it when the session ends, however it ends, and a run that has lost its
    session has lost the means to write: a dead holder never has to be recognized.
    """

    def __init__(self, db: Database, tenant_id: str, *, holder: str) -> None:
        self._db = db
        self._tenant = tenant_id
        self._holder = holder

    def take(self) -> None:
        """Take the lock.

        Raises: TenantLocked when another run has it; its run id is named.
        """
        self._db.refresh()
        with self._db.writing() as connection:
            # The server grants a session its own locks again: two runs of one process.
            if self._tenant in self._db.held or not connection.scalar(
                select(func.pg_try_advisory_lock(_key(self._tenant)))
            ):
                other = connection.scalar(
                    select(LOCKS.c.holder).where(LOCKS.c.tenant == self._tenant)
                )
                raise TenantLocked(
                    f"run {other or 'of another process'} is at work on the tenant",
                    hint="wait for it to end, then run this again",
                )
            self._db.held[self._tenant] = self._db.session
            row = {"tenant": self._tenant, "holder": self._holder}
            connection.execute(self._db.insert(LOCKS, replaces=True), row)

    def release(self) -> None:
        """Let go of the lock; without one nothing happens."""
        session = self._db.held.pop(self._tenant, None)
        if session is not self._db.session or self._db.is_lost:
            return
        # A session that is over holds nothing: what cannot be said to the server need not be.
        with suppress(StateError), self._db.writing() as connection:
            connection.execute(delete(LOCKS).where(LOCKS.c.tenant == self._tenant))
            connection.execute(select(func.pg_advisory_unlock(_key(self._tenant))))


@contextmanager
def writing_under_locks(db: Database, tenants: Collection[str]) -> Iterator[None]:
    """Refuse to read or write for tenants whose lock was taken and is lost.

    Raises: LockLost, also where it was lost by what is done inside.
    """
    held = [tenant for tenant in tenants if tenant in db.held]
    if not held:
        db.refresh()
    _require(db, held)
    try:
        yield
    except StateError:
        _require(db, held)
        raise


def _require(db: Database, tenants: Collection[str]) -> None:
    if db.is_lost or any(db.held[tenant] is not db.session for tenant in tenants):
        raise LockLost(
            f"the connection to the records in {db.where} was lost, and with it the lock",
            hint="what was done is recorded; run this again",
        )


def _key(tenant: str) -> int:
    """Return the number that the server knows the lock of a tenant by: 64 bits, signed."""
    digest = hashlib.blake2b(f"upgrade-runner/{tenant}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
