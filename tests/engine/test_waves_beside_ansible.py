"""The rules of waves and budgets next to what Ansible does in the same case."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runner.model.spec import Pace
from runner.playbook.waves import Schedule, cut
from tests.engine.fleets import Fleet

TEN = "abcdefghij"


def _case(
    name: str, *plays: dict[str, Any], ansible: str, ours: str, **trouble: str
) -> tuple[str, dict[str, Any], str, str]:
    troubles = {"failed": "", "unreachable": ""} | trouble
    return name, {"plays": list(plays), **troubles}, ansible, ours


def _play(tenants: str = TEN + "xy", **pace: Any) -> dict[str, Any]:
    return {"tenants": tenants, **pace}


CASES = (
    _case(
        "without a limit Ansible goes on, and here the limit is 0",
        _play(serial=10),
        failed="a", ansible="bcdefghijxy", ours="bcdefghij",
    ),
    _case(
        "without a limit Ansible stops where a whole batch failed",
        _play(serial=[1, 11]),
        failed="a", ansible="", ours="",
    ),
    _case(
        "a share equal to the limit is within it",
        _play(serial=10, max_fail_percentage=30),
        failed="abc", ansible="defghijxy", ours="defghijxy",
    ),
    _case(
        "beyond the limit Ansible ends the batch at once, and here the wave is finished",
        _play(serial=10, max_fail_percentage=30),
        failed="abcd", ansible="", ours="efghij",
    ),
    _case(
        "unreachable hosts do not count for Ansible, and tenants do here",
        _play(serial=10, max_fail_percentage=30),
        unreachable="abcd", ansible="efghijxy", ours="efghij",
    ),
    _case(
        "failed and unreachable add up here",
        _play(serial=10, max_fail_percentage=30),
        failed="ab", unreachable="cd", ansible="efghijxy", ours="efghij",
    ),
    _case(
        "the rest of the playbook ends with the play that stopped",
        _play("abcd", max_fail_percentage=0), _play("xy"),
        failed="a", ansible="", ours="bcd",
    ),
    _case(
        "failures of an earlier play count here",
        _play("abcd", max_fail_percentage=50), _play("ef", max_fail_percentage=20), _play("xy"),
        failed="ab", ansible="cdefxy", ours="cdef",
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    """Return how far Ansible comes in every case."""
    program = (sys.executable, str(Path(__file__).with_name("ansible_side.py")))
    asked = json.dumps([case for _, case, _, _ in CASES])
    done = subprocess.run(program, input=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {case[0]: "".join(names) for case, names in zip(CASES, found, strict=True)}


@pytest.mark.parametrize(("name", "case", "theirs", "ours"), CASES, ids=[c[0] for c in CASES])
def test_failures(
    answers: dict[str, str], name: str, case: dict[str, Any], theirs: str, ours: str, tmp_path: Path
) -> None:
    assert answers[name] == theirs
    schedule = Schedule()
    for each in case["plays"]:
        said = each.get("serial", ())
        sizes = said if isinstance(said, list) else [said] if said else ()
        pace = Pace(max_fail_percentage=each.get("max_fail_percentage", 0))
        schedule.add(cut(each["tenants"], sizes, numbers={}), pace)
    fleet = Fleet(schedule.waves(), tmp_path)
    fleet.paces = schedule.paces()
    fleet.fails(*case["failed"])
    fleet.vanishes(*case["unreachable"])
    standings = fleet.standings()
    fleet.store.close()
    assert "".join(name for name, standing in standings.items() if standing == "done") == ours


class _Hosts:
    """What Ansible asks an inventory for when it cuts a play into batches."""

    def get_hosts(self, hosts: list[str], order: None = None) -> list[str]:
        return list(hosts)


class _Play:
    order = None

    def __init__(self, hosts: str, serial: list[int | str]) -> None:
        self.hosts = hosts
        self.serial = serial


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 99])
@pytest.mark.parametrize(
    "serial",
    [(), (3,), ("25%",), ("5%",), (1, "25%", "100%"), (2, 3), ("0%",), ("33%", 1), (1, 5, "50%")],
    ids=str,
)
def test_waves_are_ansibles_batches(serial: tuple[int | str, ...], count: int) -> None:
    from ansible.executor.playbook_executor import PlaybookExecutor

    names = [f"t{number}" for number in range(count)]
    cutter = PlaybookExecutor.__new__(PlaybookExecutor)
    cutter._inventory = _Hosts()
    theirs = cutter._get_serialized_batches(_Play(names, list(serial)))  # type: ignore[arg-type]
    assert [list(wave) for wave in cut(names, serial, numbers={})] == theirs
