"""One run per tenant at a time, also over processes, also when one is killed."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.model.findings import TenantLocked
from runner.store import TenantLock
from tests.builders import CONTOSO

HOLD = """
import sys
from pathlib import Path
from runner.store import TenantLock
TenantLock(Path(sys.argv[1]), sys.argv[2], holder="run-other").take()
print("held", flush=True)
sys.stdin.read()
"""


def _lock(folder: Path, tenant: str = CONTOSO) -> TenantLock:
    return TenantLock(folder, tenant, holder="run-mine")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process of its own that holds the tenant's lock."""
    command = [sys.executable, "-c", HOLD, str(tmp_path), CONTOSO]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_another_process_is_kept_out_and_named(tmp_path: Path, other: object) -> None:
    with pytest.raises(TenantLocked, match="run run-other is at work on the tenant"):
        _lock(tmp_path).take()


def test_another_tenant_is_free(tmp_path: Path, other: object) -> None:
    lock = _lock(tmp_path, "another")
    lock.take()
    lock.release()


def test_a_killed_process_lets_go(tmp_path: Path, other: "subprocess.Popen[bytes]") -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()
    lock = _lock(tmp_path)
    lock.take()
    lock.release()


def test_two_runs_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    first = _lock(tmp_path)
    first.take()
    with pytest.raises(TenantLocked):
        _lock(tmp_path).take()
    first.release()


def test_a_lock_that_was_let_go_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        lock = _lock(tmp_path)
        lock.take()
        lock.release()


def test_letting_go_of_nothing_does_nothing(tmp_path: Path) -> None:
    _lock(tmp_path).release()
