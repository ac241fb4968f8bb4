"""Machines that share their records in PostgreSQL: take turns, take over, and never overlap."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, PATIENT_S, Stage, buying, cancelling, moving, play
from tests.postgresql import Server
from tests.rows import rows_of

USERS = 200
FULL = [{"sku": E4, "seats": USERS}, {"sku": E5, "seats": USERS}]
Machine = Callable[[str], Stage]


@pytest.fixture
def machine(set_up: SetUp, address: str, tmp_path: Path) -> Machine:
    """Return a function that gives a machine with its own checkout; the tenant is the same."""
    first: list[Stage] = []

    def checked_out(name: str, **world: Any) -> Stage:
        first.append(first[0] if first else set_up(**world))
        folder = tmp_path / name
        (folder / ".git").mkdir(parents=True)
        stage = Stage(first[0].world, first[0].url, folder)
        stage.write_playbook(play(subscriptions=[buying(), cancelling()], assignments=[moving()]))
        environment = {**stage.environment(), "UPGRADE_RUNNER_STATE": address}
        stage.environment = lambda: environment  # type: ignore[method-assign]
        return stage

    return checked_out


def _many(*, licensed: str = E4) -> dict[str, Any]:
    return {
        "subscriptions": FULL,
        "users": [{"count": USERS, "licenses": [licensed], "usage_location": "IT"}],
    }


def _until_moving(stage: Stage) -> None:
    deadline = time.monotonic() + PATIENT_S
    while not stage.world.log.writes() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert stage.world.log.writes()


def test_an_upgrade_goes_from_one_machine_to_the_other(machine: Any, address: str) -> None:
    one, two = machine("one"), machine("two")
    assert one.apply().code == 4
    ((step,),) = rows_of(address, "SELECT step FROM orders")
    confirmed = two.cli("confirm", step)
    assert confirmed.code == 0, confirmed.said
    assert "waiting" in two.cli("status").stdout
    one.world.admin().buy(E5, seats=30)
    asked = two.apply()
    assert asked.code == 4, asked.said
    one.world.admin().cancel(E4, force=True)
    ended = one.apply()
    assert ended.code == 0, ended.said
    assert two.plan("--detailed-exitcode").code == 0
    assert "done" in two.cli("status").stdout
    orders = rows_of(address, "SELECT kind, count(*) FROM orders GROUP BY kind ORDER BY kind")
    assert orders == [("buy_seats", 1), ("cancel_subscription", 1)]
    assert rows_of(address, "SELECT step FROM waits") == []
    assert rows_of(address, "SELECT playbook FROM orders GROUP BY playbook") == [("playbook.yaml",)]
    assert not (one.folder / ".upgrade-runner").exists()


def test_a_second_machine_is_kept_out_and_takes_over_from_a_killed_one(machine: Any) -> None:
    one, two = machine("one", **_many()), machine("two")
    one.world.set_faults([{"kind": "slow", "seconds": 0.5, "on": "batch"}])
    with one.start(*one.apply_arguments()) as process:
        _until_moving(one)
        refused = two.apply()
        assert process.poll() is None, process.communicate()
        assert refused.code == 5, refused.said
        assert "is at work on the tenant" in refused.stdout
        assert " UTC, is at work" in refused.stdout
        process.kill()
        process.communicate(timeout=PATIENT_S)
    one.world.set_faults([])
    taken = two.apply()
    assert taken.code == 4, taken.said
    applied = [call.path for call in two.world.log.writes() if call.applied]
    assert len(applied) == len(set(applied)) == USERS


def test_a_run_that_lost_its_lock_stops_and_says_so(machine: Any, server: Server) -> None:
    one, two = machine("one", **_many()), machine("two")
    one.world.set_faults([{"kind": "slow", "seconds": 1.0, "on": "batch"}])
    with one.start(*one.apply_arguments()) as process:
        _until_moving(one)
        server.end_sessions()
        out, _ = process.communicate(timeout=PATIENT_S)
    assert process.returncode == 3, out
    assert "was lost, and with it the lock" in out
    one.world.set_faults([])
    moved = len([call for call in one.world.log.writes() if call.applied])
    assert moved < USERS
    finished = two.apply("--limit", "@failed")
    assert finished.code == 4, finished.said
    applied = [call.path for call in two.world.log.writes() if call.applied]
    assert len(applied) == len(set(applied)) == USERS


def test_a_server_that_restarts_in_the_middle_costs_a_run_and_nothing_else(
    machine: Any, server: Server, address: str
) -> None:
    one = machine("one", **_many())
    one.world.set_faults([{"kind": "slow", "seconds": 1.0, "on": "batch"}])
    with one.start(*one.apply_arguments()) as process:
        _until_moving(one)
        server.stop()
        time.sleep(0.5)
        server.start()
        out, _ = process.communicate(timeout=PATIENT_S)
    assert process.returncode == 3, out
    one.world.set_faults([])
    again = one.apply()
    assert again.code == 4, again.said
    applied = [call.path for call in one.world.log.writes() if call.applied]
    assert len(applied) == len(set(applied)) == USERS
    assert rows_of(address, "SELECT exit_code FROM runs ORDER BY started_at") == [(3,), (4,)]


def test_two_playbooks_with_records_of_their_own_do_not_overlap_on_one_machine(
    set_up: SetUp, tmp_path: Path
) -> None:
    one = set_up(**_many())
    (tmp_path / "two").mkdir()
    two = Stage(one.world, one.url, tmp_path / "two")
    for stage in (one, two):
        stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    two.environment = one.environment  # type: ignore[method-assign]
    one.world.set_faults([{"kind": "slow", "seconds": 0.5, "on": "batch"}])
    with one.start(*one.apply_arguments()) as process:
        _until_moving(one)
        refused = two.apply()
        assert process.poll() is None, process.communicate()
        process.kill()
        process.communicate(timeout=PATIENT_S)
    assert refused.code == 5, refused.said
    assert "is at work on the tenant" in refused.stdout
    one.world.set_faults([])
    assert two.apply().code == 0
