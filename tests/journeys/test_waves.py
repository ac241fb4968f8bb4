"""Waves, gates and windows over many small tenants, and what the records say of the runs."""

from typing import Any

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Stage, buying, moving, play, world_of

E5_ID = "c7df2760-2c81-4ef7-b578-5b5392b571df"
SMALL = {
    "display_name": "Small",
    "country": "IT",
    "subscriptions": [{"sku": E4, "seats": 5}, {"sku": E5, "seats": 5}],
    "users": [{"count": 2, "licenses": [E4], "usage_location": "IT"}],
}
TEN = [f"t{number}" for number in range(10)]
REFUSING = [{"kind": 403, "on": "write"}]
GONE = [{"kind": 403, "on": "/organization"}]


def _ten(set_up: SetUp, **keys: Any) -> Stage:
    stage = set_up(world_of(dict.fromkeys(TEN, SMALL)))
    stage.write_playbook(play(assignments=[moving()], **keys))
    return stage


def _moved(stage: Stage) -> str:
    """Return the numbers of the tenants in which everybody has moved."""
    moved = (
        name
        for name, tenant in stage.world.tenants.items()
        if all(any(row.sku_id == E5_ID for row in user.state.rows) for user in tenant.users)
    )
    return "".join(moved).replace("t", "")


def test_a_plan_says_the_wave_of_each_tenant(set_up: SetUp) -> None:
    stage = _ten(set_up, serial=[1, "25%", "100%"])
    planned = stage.plan("-v")
    assert planned.code == 0, planned.said
    waves = [each["wave"] for each in stage.plan("--json").document["tenants"]]
    assert waves == [1, 2, 2, *[3] * 7]


def test_waves_go_on_while_all_is_well(set_up: SetUp) -> None:
    stage = _ten(set_up, serial=[1, "25%", "100%"])
    result = stage.apply()
    assert result.code == 0, result.said
    assert "wave 1 of 3   1 done" in result.stdout
    assert "wave 3 of 3   7 done" in result.stdout
    assert _moved(stage) == "0123456789"
    assert stage.plan("--detailed-exitcode").code == 0


def test_a_failed_wave_stops_the_rest_and_the_next_run_mends_it(set_up: SetUp) -> None:
    stage = _ten(set_up, serial=[1, 3, "100%"])
    stage.world.set_faults(REFUSING, tenant="t2")
    stage.world.set_faults(GONE, tenant="t3")
    result = stage.apply()
    assert result.code == 3, result.said
    assert _moved(stage) == "01"
    held = "wave 2 had 2 of 3 failed or unreachable, the limit is 0 %"
    assert f"wave 3 of 3   6 not started: {held}" in result.stdout
    assert "2 done, 0 waiting, 0 refused, 1 failed, 1 unreachable, 6 not started." in result.stdout
    assert f"not started: {held}" in stage.cli("status", stage.playbook).stdout

    listed = stage.cli("runs", stage.playbook)
    assert "2 done, 1 failed, 6 not started, 1 unreachable   exit 3" in listed.stdout
    (row,) = stage.cli("runs", stage.playbook, "--json").document["runs"]
    assert row["tenants"] == {"done": 2, "failed": 1, "not_started": 6, "unreachable": 1}
    other = stage.folder / "other.yaml"
    assert stage.cli("runs", other).stdout == f"no run of {other} is on record\n"

    for name in ("t2", "t3"):
        stage.world.set_faults([], tenant=name)
    mended = stage.apply("--limit", "@failed")
    assert mended.code == 0, mended.said
    assert _moved(stage) == "0123"
    again = stage.apply("--limit", "@failed")
    assert again.code == 1 and "no tenant failed" in again.stderr
    assert stage.apply().code == 0
    assert _moved(stage) == "0123456789"


def test_failed_tenants_in_a_longer_pattern(set_up: SetUp) -> None:
    stage = _ten(set_up)
    assert "no runs are on record" in stage.plan("-l", "@failed").stderr
    for name in ("t2", "t3"):
        stage.world.set_faults(REFUSING, tenant=name)
    assert stage.apply().code == 3
    limited = stage.plan("-l", "@failed:t5:!t3", "--json")
    assert [each["tenant"] for each in limited.document["tenants"]] == ["t2", "t5"]
    others = stage.plan("-l", "all:!@failed", "--json")
    assert len(others.document["tenants"]) == 8


def test_a_budget_lets_some_fail(set_up: SetUp) -> None:
    stage = _ten(set_up, serial=5, max_fail_percentage=20)
    stage.world.set_faults(REFUSING, tenant="t2")
    result = stage.apply()
    assert result.code == 3, result.said
    assert _moved(stage) == "013456789"


def test_a_saved_plan_keeps_its_waves_and_its_budget(set_up: SetUp) -> None:
    stage = _ten(set_up, serial=5)
    saved = stage.folder / "plan.json"
    assert stage.plan("--out", saved).code == 0
    stage.world.set_faults(REFUSING, tenant="t0")
    result = stage.cli("apply", saved, "-i", stage.inventory, "--yes", "--json")
    assert result.code == 3, result.said
    assert [each["standings"] for each in result.document["waves"]] == [
        {"done": 4, "failed": 1}, {"not_started": 5},
    ]  # fmt: skip
    assert _moved(stage) == "1234"


def test_a_person_opens_the_gate(set_up: SetUp) -> None:
    stage = _ten(set_up, serial=["50%"], gate="confirm")
    result = stage.apply()
    assert result.code == 4, result.said
    assert _moved(stage) == "01234"
    step = next(word for word in result.stdout.split() if "gate/wave-2/" in word).strip("`")
    assert step in stage.cli("status", stage.playbook).stdout
    assert stage.apply().code == 4
    assert stage.cli("confirm", step, stage.playbook).code == 0
    assert stage.apply().code == 0
    assert _moved(stage) == "0123456789"
    assert "gate" not in stage.cli("status", stage.playbook).stdout


def test_who_waits_for_a_person_does_not_hold_up_the_next_wave(set_up: SetUp) -> None:
    stage = set_up(world_of(dict.fromkeys(TEN, SMALL)))
    first = play(subscriptions=[buying(seats=9)]) | {"tenants": "t0"}
    stage.write_playbook(first, play(assignments=[moving()], serial=5) | {"tenants": "all:!t0"})
    result = stage.apply()
    assert result.code == 4, result.said
    assert _moved(stage) == "123456789"
    stage.world.admin(tenant="t0").buy(E5, seats=4)
    assert stage.apply().code == 0


@pytest.mark.parametrize(("days", "code"), [(["sat"], 4), (["fri"], 0)])
def test_the_window_is_that_of_the_tenants_time(set_up: SetUp, days: list[str], code: int) -> None:
    window = {"days": days, "from": "08:00", "to": "12:00"}
    stage = _ten(set_up, maintenance_window=window)
    result = stage.apply()
    assert result.code == code, result.said
    assert _moved(stage) == ("" if code else "0123456789")
    if code:
        assert "look again Sat 2026-11-21 08:00 (UTC)" in result.stdout
        assert "outside-window" in stage.plan().stdout
        stage.world.advance("23h")
        assert stage.apply().code == 0
