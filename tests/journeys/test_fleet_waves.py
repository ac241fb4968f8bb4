"""A hundred tenants in waves, windows that close, runs that meet or are killed: what is begun."""

import time
from typing import Any

import pytest

from tests.builders import E5 as E5_ID
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, PATIENT_S, Stage, moving, play, world_of

SMALL = {
    "display_name": "Small",
    "country": "IT",
    "subscriptions": [{"sku": E4, "seats": 5}, {"sku": E5, "seats": 5}],
    "users": [{"count": 2, "licenses": [E4], "usage_location": "IT"}],
}
REFUSING = [{"kind": 403, "on": "write"}]
GONE = [{"kind": 403, "on": "/organization"}]
SCREENFUL = 50


def _names(tenants: int) -> list[str]:
    return [f"t{number:02}" for number in range(tenants)]


def _small(set_up: SetUp, tenants: int, **keys: Any) -> Stage:
    stage = set_up(world_of(dict.fromkeys(_names(tenants), SMALL)))
    stage.write_playbook(play(assignments=[moving()], **keys))
    return stage


def _moved(stage: Stage) -> list[str]:
    """Return the tenants in which everybody has moved."""
    return [
        name
        for name, tenant in stage.world.tenants.items()
        if all(any(row.sku_id == E5_ID for row in user.state.rows) for user in tenant.users)
    ]


def _wait_for_steps(stage: Stage, tenants: int) -> None:
    """Wait until a run has begun a step in so many tenants."""
    begun = "SELECT DISTINCT tenant FROM events WHERE kind = 'step_started'"
    deadline = time.monotonic() + PATIENT_S
    while len(stage.rows(begun)) < tenants:
        assert time.monotonic() < deadline, f"no step has begun in {tenants} tenants"
        time.sleep(0.02)


@pytest.mark.usefixtures("hasty")
def test_a_failed_wave_of_a_hundred_holds_back_the_rest(set_up: SetUp) -> None:
    names = _names(100)
    stage = _small(set_up, 100, serial=[1, "25%", "100%"])
    stage.world.set_faults(REFUSING, tenant=names[5])
    stage.world.set_faults(GONE, tenant=names[7])
    planned = stage.plan("--forks", "16").stdout
    assert "1 tenant not read" in planned
    assert "t07   wave 2 of 3   unreachable" in planned
    run = stage.apply("--forks", "16")
    assert run.code == 3, run.said
    well = [name for name in names[:26] if name not in (names[5], names[7])]
    assert _moved(stage) == well
    held = "wave 2 had 2 of 25 failed or unreachable, the limit is 0 %"
    assert f"wave 3 of 3   74 not started: {held}" in run.stdout
    told = run.stdout.split("quota.\n")[-1]
    assert len(told.splitlines()) <= SCREENFUL, told
    status = stage.cli("status", stage.playbook).stdout
    assert f"  · not started: {held}\n" in status
    assert len(status.splitlines()) <= SCREENFUL, status

    for name in (names[5], names[7]):
        stage.world.set_faults([], tenant=name)
    mended = stage.apply("--limit", "@failed", "--forks", "16")
    assert mended.code == 0, mended.said
    assert _moved(stage) == names[:26]
    rest = stage.apply("--forks", "16")
    assert rest.code == 0, rest.said
    assert "wave 2 of 3   25 done" in rest.stdout
    assert "100 done" in rest.stdout and "148 users changed" in rest.stdout
    assert _moved(stage) == names


@pytest.mark.usefixtures("hasty")
def test_many_waves_are_told_together(set_up: SetUp) -> None:
    stage = _small(set_up, 24, serial=2, max_fail_percentage=50)
    stage.world.set_faults(GONE, tenant="t05")
    planned = stage.plan("--forks", "16").stdout
    assert "23 tenants   t00, t01, t02 and 20 more   wave 1 to 12 of 12\n" in planned
    assert "t05   wave 3 of 12   unreachable" in planned
    run = stage.apply("--forks", "16")
    assert run.code == 3, run.said
    assert [line for line in run.stdout.splitlines() if line.startswith("wave ")] == [
        "wave 3 of 12   1 done, 1 unreachable"
    ]
    assert len(_moved(stage)) == 23


def test_of_two_runs_at_once_the_second_does_the_tenants_that_are_free(set_up: SetUp) -> None:
    names = _names(5)
    stage = _small(set_up, 5)
    for name in names[:2]:
        slow = {"kind": "slow", "seconds": PATIENT_S, "on": "batch"}
        stage.world.set_faults([slow], tenant=name)
    with stage.start(*stage.apply_arguments("-l", "t00,t01")) as first:
        _wait_for_steps(stage, 2)
        second = stage.apply()
        first.kill()
        first.communicate(timeout=PATIENT_S)
    assert "begun and not finished: t00, t01\n" in stage.cli("status", stage.playbook).stdout
    assert second.code == 5, second.said
    assert "Run: 3 done, 0 waiting, 2 refused, 0 failed, 0 unreachable." in second.stdout
    assert second.stdout.count("is at work on the tenant") == 2
    assert set(names[2:]) <= set(_moved(stage))
    for name in names[:2]:
        stage.world.set_faults([], tenant=name)
    assert stage.apply().code == 0
    assert _moved(stage) == names
    assert "has no end" not in stage.cli("status", stage.playbook).stdout


def test_a_window_that_closes_during_the_run_leaves_the_rest_for_its_next_opening(
    set_up: SetUp,
) -> None:
    window = {"days": ["fri", "sat"], "from": "08:00", "to": "12:00"}
    stage = _small(set_up, 4, maintenance_window=window)
    stage.world.set_faults([{"kind": "slow", "seconds": 3.0, "on": "batch"}], tenant="t00")
    with stage.start(*stage.apply_arguments("--forks", "1")) as process:
        _wait_for_steps(stage, 1)
        stage.world.advance("3h30m")
        said, trouble = process.communicate(timeout=PATIENT_S)
    assert process.returncode == 4, said + trouble
    assert _moved(stage) == ["t00"]
    assert said.count("look again Sat 2026-11-21 08:00 (UTC)") == 3, said
    stage.world.set_faults([])
    stage.world.advance("20h")
    assert stage.apply().code == 0
    assert _moved(stage) == _names(4)


def test_a_tenant_that_a_killed_run_had_begun_is_among_the_failed(set_up: SetUp) -> None:
    stage = _small(set_up, 4)
    stage.world.set_faults([{"kind": "slow", "seconds": 30.0, "on": "batch"}], tenant="t01")
    with stage.start(*stage.apply_arguments("--forks", "1")) as process:
        _wait_for_steps(stage, 2)
        process.kill()
        process.communicate(timeout=PATIENT_S)
    stage.world.set_faults([], tenant="t01")
    listed = stage.cli("runs", stage.playbook).stdout
    assert "1 done, 1 not finished   under way, or killed" in listed
    assert "begun and not finished: t01\n" in stage.cli("status", stage.playbook).stdout
    mended = stage.apply("--limit", "@failed")
    assert mended.code == 0, mended.said
    assert _moved(stage) == ["t00", "t01"]
    assert "has no end" not in stage.cli("status", stage.playbook).stdout
