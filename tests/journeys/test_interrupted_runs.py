"""Ctrl-C: calls under way are finished and recorded, and the next run goes on from there."""

import signal
import subprocess
import time

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, PATIENT_S, Stage, moving, play

USERS = 300
STARTED = "SELECT 1 FROM events WHERE kind = 'step_started'"
E5_ID = "c7df2760-2c81-4ef7-b578-5b5392b571df"


def _slow(set_up: SetUp, *, seconds: float = 0.4) -> Stage:
    seats = [{"sku": E4, "seats": USERS}, {"sku": E5, "seats": USERS}]
    people = [{"count": USERS, "licenses": [E4], "usage_location": "IT"}]
    stage = set_up(subscriptions=seats, users=people)
    stage.write_playbook(play(assignments=[moving()]))
    stage.world.set_faults([{"kind": "slow", "seconds": seconds, "on": "batch"}])
    return stage


def _applied(stage: Stage) -> list[str]:
    return [call.path for call in stage.world.log.writes() if call.applied]


def _until_writing(stage: Stage) -> None:
    deadline = time.monotonic() + PATIENT_S
    while not stage.world.log.writes() and time.monotonic() < deadline:
        time.sleep(0.005)


def _end(process: subprocess.Popen[str]) -> str:
    _, said = process.communicate(timeout=PATIENT_S)
    assert process.returncode == 130, said
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_every_change_that_the_tenant_has_is_on_record(
    set_up: SetUp, number: signal.Signals
) -> None:
    stage = _slow(set_up)
    with stage.start(*stage.apply_arguments()) as process:
        _until_writing(stage)
        process.send_signal(number)
        said = _end(process)
    assert "calls under way are finished and recorded" in said
    moved = {stage.user_ids[index] for index in range(USERS) if E5_ID in stage.held(index)}
    assert 0 < len(moved) < USERS
    query = "SELECT json_extract(data, '$.subject') FROM events WHERE kind = 'outcome'"
    assert {subject for (subject,) in stage.rows(query)} == moved
    assert stage.rows("SELECT exit_code FROM runs") == [(130,)]
    assert stage.rows("SELECT state, summary FROM tenants") == [
        ("waiting", "interrupted; what was done is recorded")
    ]

    stage.world.set_faults([])
    again = stage.apply()
    assert again.code == 0, again.said
    applied = _applied(stage)
    assert len(applied) == len(set(applied)) == USERS


def test_a_second_signal_ends_at_once(set_up: SetUp) -> None:
    stage = _slow(set_up, seconds=20.0)
    with stage.start(*stage.apply_arguments()) as process:
        deadline = time.monotonic() + PATIENT_S
        while not stage.rows(STARTED) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert any("once more ends at once" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        said = _end(process)
    assert "interrupted; what was done is recorded" in said
    assert stage.rows("SELECT exit_code FROM runs") == [(130,)]
    assert stage.rows("SELECT 1 FROM events WHERE kind = 'outcome'") == []
