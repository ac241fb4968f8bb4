"""One run per tenant at a time, also over processes, also when one is killed."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.model.findings import TenantLocked
from runner.store import Store, TenantLock
from runner.store.place import StateError
from tests.builders import CONTOSO

HOLD = """
import sys
from pathlib import Path
from runner.store import Store
place = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
store = Store(place)
store.lock(sys.argv[2], holder="run-other on here, since then,").take()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(place: Path | str) -> Iterator["subprocess.Popen[bytes]"]:
    """Yield a process of its own that holds the tenant's lock."""
    command = [sys.executable, "-c", HOLD, str(place), CONTOSO]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_another_process_is_kept_out_and_named(store: Store, other: object) -> None:
    said = "run run-other on here, since then, is at work on the tenant"
    with pytest.raises(TenantLocked, match=said):
        store.lock(CONTOSO, holder="run-mine").take()


def test_another_tenant_is_free(store: Store, other: object) -> None:
    lock = store.lock("another", holder="run-mine")
    lock.take()
    lock.release()


def test_a_killed_process_lets_go(store: Store, other: "subprocess.Popen[bytes]") -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()
    lock = store.lock(CONTOSO, holder="run-mine")
    lock.take()
    lock.release()


def test_two_runs_of_one_process_exclude_each_other(store: Store, place: Path | str) -> None:
    first, others = store.lock(CONTOSO, holder="run-mine"), Store(place)
    first.take()
    for second in (store, others):
        with pytest.raises(TenantLocked, match="run run-mine is at work"):
            second.lock(CONTOSO, holder="run-too").take()
    first.release()
    others.close()


def test_a_lock_that_was_let_go_can_be_taken_again(store: Store, place: Path | str) -> None:
    others = Store(place)
    for each in (store, others, store):
        lock = each.lock(CONTOSO, holder="run-mine")
        lock.take()
        lock.release()
    others.close()


def test_letting_go_of_nothing_does_nothing(store: Store) -> None:
    store.lock(CONTOSO, holder="run-mine").release()


def test_a_folder_that_cannot_hold_locks_is_said(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file")
    with pytest.raises(StateError, match=r"contoso\.lock cannot be taken"):
        TenantLock(tmp_path, "contoso", holder="run-mine").take()
