"""The way back of what a run did besides moving: add-ons taken, locations written."""

from typing import Any

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Result, Stage, moving, play, scene

PHONE = "MCOEV"


def _seats(**phone: Any) -> list[dict[str, Any]]:
    return [{"sku": E4, "seats": 9}, {"sku": E5, "seats": 9}, {"sku": PHONE, "seats": 9, **phone}]


def _upgraded(set_up: SetUp) -> Stage:
    people = [
        {"count": 3, "licenses": [E4, PHONE], "usage_location": "IT"},
        {"count": 2, "licenses": [E5, PHONE], "usage_location": "IT"},
        {"count": 2, "licenses": [E4]},
    ]
    world = scene(subscriptions=_seats(), users=people)
    world["clock"]["rate"] = 600
    stage = set_up(world)
    want = moving(included_add_ons="remove", usage_location="IT")
    stage.write_playbook(play(assignments=[want]))
    return stage


def _rollback(stage: Stage) -> Result:
    run = stage.rows("SELECT id FROM runs")[0][0]
    given = ("-i", stage.inventory, "--playbook", stage.playbook)
    return stage.cli("rollback", run, *given, "--yes")


def _held(stage: Stage) -> list[dict[str, tuple[str, ...]]]:
    return [stage.held(index) for index in range(len(stage.tenant.users))]


def test_add_ons_are_given_back_and_a_location_stays(set_up: SetUp) -> None:
    stage = _upgraded(set_up)
    before = _held(stage)
    assert stage.apply("--wait", "1h").code == 0
    assert _held(stage) != before
    back = _rollback(stage)
    assert back.code == 0, back.said
    assert _held(stage) == before
    assert "2 users keep the usage location IT: Graph cannot empty it" in back.stdout


@pytest.mark.parametrize("seats", [0, 4])
def test_too_few_seats_of_an_add_on_refuse_the_way_back_before_any_write(
    set_up: SetUp, seats: int
) -> None:
    stage = _upgraded(set_up)
    assert stage.apply("--wait", "1h").code == 0
    after = _held(stage)
    admin, writes = stage.world.admin(), len(stage.world.log.writes())
    if seats:
        admin.cut(PHONE, seats=seats)
    else:
        admin.cancel(PHONE, force=True)
    back = _rollback(stage)
    assert back.code == 5, back.said
    assert f"Microsoft Teams Phone Standard would have {seats} seats for 5 users" in back.stdout
    assert _held(stage) == after
    assert len(stage.world.log.writes()) == writes
