"""Kill the program at random moments and let it finish what is left."""

import random
import time

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, PATIENT_S, Stage, buying, cancelling, moving, play

KILLS = 12
USERS = 600
STARTS_WITHIN_S = 20.0


def _slow(set_up: SetUp) -> Stage:
    stage = set_up(
        subscriptions=[{"sku": E4, "seats": USERS}],
        users=[
            {"count": USERS - 20, "licenses": [E4], "usage_location": "IT"},
            {
                "count": 20,
                "licenses": [{"sku": E4, "disabled": ["SWAY"]}, "VISIOCLIENT"],
                "usage_location": "IT",
            },
        ],
    )
    stage.write_playbook(play(subscriptions=[buying(), cancelling()], assignments=[moving()]))
    stage.world.set_faults([{"kind": "slow", "seconds": 0.5, "on": "batch"}])
    return stage


def _kill_one(stage: Stage, *, after_s: float) -> None:
    """Start a run and kill it so long after its first call."""
    calls = len(stage.world.log)
    with stage.start(*stage.apply_arguments()) as process:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while len(stage.world.log) == calls and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(after_s)
        process.kill()
        process.communicate(timeout=PATIENT_S)


def _others(stage: Stage) -> list[dict[str, tuple[str, ...]]]:
    named = {
        "1392051d-0cb9-4b7a-88d5-621fee5e8711",
        "c7df2760-2c81-4ef7-b578-5b5392b571df",
    }
    held = (stage.held(index) for index in range(USERS))
    return [{sku: off for sku, off in each.items() if sku not in named} for each in held]


def test_killed_again_and_again_it_still_finishes_and_repeats_nothing(set_up: SetUp) -> None:
    stage, dice = _slow(set_up), random.Random(20261122)
    others = _others(stage)
    _kill_one(stage, after_s=0.05)
    assert stage.apply().code == 4
    stage.world.admin().buy(E5, seats=USERS)
    for _ in range(KILLS):
        _kill_one(stage, after_s=dice.uniform(0.0, 0.7))
    moved = len([call for call in stage.world.log.writes() if call.applied])
    assert 0 < moved < USERS, f"{moved} of {USERS} users were moved before the last kill"

    stage.world.set_faults([])
    asked = stage.apply()
    assert asked.code == 4, asked.said
    stage.world.admin().cancel(E4, force=True)
    ended = stage.apply()
    assert ended.code == 0, ended.said

    assert not stage.tenant.ever_unlicensed(stage.user_ids, among=[E4, E5])
    assert max(stage.tenant.most_over_assigned.values()) <= 0
    assert _others(stage) == others
    e5 = "c7df2760-2c81-4ef7-b578-5b5392b571df"
    assert all(e5 in stage.held(index) for index in range(USERS))
    applied = [call.path for call in stage.world.log.writes() if call.applied]
    assert len(applied) == len(set(applied)) == USERS
    orders = stage.rows("SELECT kind, count(*), count(DISTINCT key) FROM orders GROUP BY step")
    assert sorted(orders) == [("buy_seats", 1, 1), ("cancel_subscription", 1, 1)]
    assert stage.plan("--detailed-exitcode").code == 0


def test_a_killed_run_leaves_no_lock(set_up: SetUp) -> None:
    stage = _slow(set_up)
    stage.world.admin().buy(E5, seats=USERS)
    _kill_one(stage, after_s=0.3)
    stage.world.set_faults([])
    assert stage.apply().code == 4


def test_a_killed_run_is_shown_as_what_it_is(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = _slow(set_up)
    environment = {**stage.environment(), "UPGRADE_RUNNER_STATE": f"{stage.folder}/.upgrade-runner"}
    monkeypatch.setattr(stage, "environment", lambda: environment)
    stage.world.admin().buy(E5, seats=USERS)
    _kill_one(stage, after_s=0.3)
    rows = stage.rows("SELECT id, finished_at FROM runs")
    if not rows or rows[0][1]:
        pytest.skip("the run was not killed in its middle")
    run = rows[0][0]
    outcomes = stage.rows("SELECT count(*) FROM events WHERE kind = 'outcome'")[0][0]
    text = stage.cli("show", run)
    assert text.code == 0, text.said
    assert "1 failed" in text.stdout
    assert "the run has no end on record" in text.stdout
    assert f"{outcomes} users changed." in text.stdout
    assert "1 failed" in stage.cli("show", run, "--format", "markdown").stdout
    lines = stage.cli("show", run, "--format", "lines").stdout
    assert "run_finished" not in lines
