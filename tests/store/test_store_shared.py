"""Records in PostgreSQL: lost connections, lost locks, wrong addresses, several processes."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from runner.model.findings import LockLost, TenantLocked
from runner.model.outcome import Event, EventKind
from runner.model.state import OpenOrder
from runner.store import RunRecords, Store
from runner.store.place import StateError, name_in_repository
from tests.builders import CONTOSO, E4, NOW
from tests.postgresql import Server

OTHER = "another"
ORDER = OpenOrder(key="key", step="one", kind="buy_seats", sku=E4, seats=10, opened_at=NOW)
STARTED = Event(seq=1, at=NOW, kind=EventKind.STEP_STARTED, tenant="contoso", step="one", data={})


@pytest.fixture
def shared(address: str) -> Iterator[Store]:
    opened = Store(address)
    yield opened
    opened.close()


def _records(store: Store) -> RunRecords:
    tenants = {"contoso": CONTOSO, "fabrikam": OTHER}
    return store.for_run("run-1", playbook="book.yaml", tenants=tenants)


def test_a_holder_whose_connection_was_ended_writes_no_more(
    shared: Store, address: str, server: Server
) -> None:
    lock, records = shared.lock(CONTOSO, holder="run-1"), _records(shared)
    lock.take()
    records.record([STARTED])
    server.end_sessions()
    second = Store(address)
    theirs = second.lock(CONTOSO, holder="run-2")
    theirs.take()
    for _ in range(2):
        with pytest.raises(LockLost, match="was lost, and with it the lock"):
            records.open_order(CONTOSO, ORDER)
    with pytest.raises(LockLost):
        records.record([replace(STARTED, seq=2)])
    with pytest.raises(LockLost):
        records.remember(CONTOSO)
    assert second.notes.remember(CONTOSO).orders == ()
    assert second.journal.events("run-1") == (STARTED,)
    lock.release()
    theirs.release()
    second.close()


def test_tenants_that_are_not_under_way_go_on_after_a_lost_connection(
    shared: Store, server: Server
) -> None:
    lock, records = shared.lock(CONTOSO, holder="run-1"), _records(shared)
    lock.take()
    server.end_sessions()
    records.record([replace(STARTED, tenant="fabrikam")])
    later = shared.lock(OTHER, holder="run-1")
    later.take()
    records.open_order(OTHER, ORDER)
    with pytest.raises(LockLost):
        records.open_order(CONTOSO, ORDER)
    lock.release()
    records.open_order(OTHER, replace(ORDER, step="two"))
    later.release()
    assert [order.step for order in shared.notes.remember(OTHER).orders] == ["one", "two"]


def test_a_lock_is_not_let_go_by_who_lost_it(shared: Store, address: str, server: Server) -> None:
    lock = shared.lock(CONTOSO, holder="run-1")
    lock.take()
    server.end_sessions()
    second, third = Store(address), Store(address)
    second.lock(CONTOSO, holder="run-2").take()
    with pytest.raises(StateError):
        shared.journal.runs()
    lock.release()
    with pytest.raises(TenantLocked, match="run run-2 is at work"):
        third.lock(CONTOSO, holder="run-3").take()
    second.close()
    third.close()


def test_a_server_that_restarts_is_waited_for(address: str, server: Server) -> None:
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            server.start()

    store = Store(address, pause=pause)
    records, lock = _records(store), store.lock(CONTOSO, holder="run-1")
    lock.take()
    records.open_order(CONTOSO, ORDER)
    server.stop()
    with pytest.raises(LockLost):
        records.note_reference(CONTOSO, "one", "lost")
    lock.release()
    records.record([STARTED])
    assert waited == [1, 2]
    lock.take()
    assert records.remember(CONTOSO).orders == (ORDER,)
    store.close()


def test_nothing_is_done_without_a_record(shared: Store, server: Server) -> None:
    records = _records(shared)
    server.stop()
    try:
        with pytest.raises(StateError, match="cannot be reached") as refused:
            records.open_order(CONTOSO, ORDER)
    finally:
        server.start()
    assert "nothing is done without a record" in refused.value.hint
    assert records.remember(CONTOSO).orders == ()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://u:s3cret@127.0.0.1:1/records", "Connection refused"),
        ("postgres://u@127.0.0.1:1/records?password=s3cret", "Connection refused"),
        ("postgresql://u:s3cret@127.0.0.1:1/records?sslmode=s3cret", "sslmode"),
        ("postgresql://u:p/s3cret@127.0.0.1:1/records", "Connection refused"),
        ("postgresql://u:s3cret@127.0.0.1:port/records", "none that PostgreSQL has"),
    ],
)
def test_a_server_that_is_not_there_is_said_without_the_password(address: str, said: str) -> None:
    with pytest.raises(StateError, match=said) as refused:
        Store(address)
    assert "s3cret" not in f"{refused.value} {refused.value.hint}"
    assert "UPGRADE_RUNNER_STATE" in refused.value.hint or "postgresql://" in refused.value.hint


def test_a_database_that_does_not_exist_is_said(address: str) -> None:
    with pytest.raises(StateError, match='database "records_nowhere" does not exist'):
        Store(re.sub(r"records_\w+", "records_nowhere", address))


def test_records_of_another_version_are_refused(shared: Store, address: str) -> None:
    with shared.journal._db.writing() as connection:
        connection.exec_driver_sql("UPDATE schema_version SET version = 9")
    with pytest.raises(StateError, match="are of version 9, this program reads 2"):
        Store(address)


WRITE = """
import sys
from datetime import UTC, datetime
from runner.model.outcome import Event, EventKind
from runner.store import Store
store = Store(sys.argv[1])
at = datetime(2026, 11, 20, tzinfo=UTC)
records = store.for_run(sys.argv[2], playbook="book.yaml")
for seq in range(1, 61):
    one = Event(seq=seq, at=at, kind=EventKind.OUTCOME, tenant=sys.argv[2], step="s", data={})
    records.record([one])
store.close()
"""


def test_processes_make_the_tables_and_write_at_once(address: str) -> None:
    names = ("run-1", "run-2", "run-3")
    running = [subprocess.Popen([sys.executable, "-c", WRITE, address, name]) for name in names]
    assert [process.wait() for process in running] == [0, 0, 0]
    store = Store(address)
    assert [len(store.journal.events(name)) for name in names] == [60, 60, 60]
    store.close()


def test_least_rights_suffice_once_the_tables_are_there(
    shared: Store, address: str, server: Server
) -> None:
    name = f"role_{make_url(address).database}"
    server.ask(f"CREATE ROLE {name} LOGIN")
    with shared.journal._db.writing() as connection:
        connection.exec_driver_sql(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"
        )
    store = Store(address.replace("postgres:@", f"{name}:@"))
    store.lock(CONTOSO, holder="run-1").take()
    store.journal.start_run("run-1", plan="plan", playbook="book.yaml", at=NOW)
    _records(store).record([STARTED])
    store.close()
    assert [run.id for run in shared.journal.runs()] == ["run-1"]


def test_a_playbook_has_one_name_wherever_its_repository_lies(tmp_path: Path) -> None:
    for place in ("one", "two/deeper"):
        (tmp_path / place / ".git").mkdir(parents=True)
        path = tmp_path / place / "playbooks" / "book.yaml"
        assert name_in_repository(path) == "playbooks/book.yaml"
    assert name_in_repository(tmp_path / "book.yaml") == str(tmp_path / "book.yaml")
