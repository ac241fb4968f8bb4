"""Ask a person to buy, who has Microsoft upgrade everybody instead, and mend what that resets."""

import pytest

from runner.simulator.errors import Refusal
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Stage, buying, cancelling, moving, play


def _stage(set_up: SetUp, **rest: str) -> Stage:
    stage = set_up()
    entries = [buying(), cancelling()]
    stage.write_playbook(play(subscriptions=entries, assignments=[moving(**rest)]))
    return stage


def _upgrade_tab(stage: Stage) -> None:
    stage.world.admin().upgrade(E4, sku=E5)


def _off(stage: Stage) -> list[int]:
    """Return how many services every user has switched off in the one license they hold."""
    held = [stage.held(index) for index in range(len(stage.user_ids))]
    assert {len(each) for each in held} == {1}
    return [len(off) for each in held for off in each.values()]


def test_services_that_a_persons_upgrade_switched_on_are_off_again(set_up: SetUp) -> None:
    stage = _stage(set_up)
    quiet = [0] * 12 + [1] * 3
    assert _off(stage) == quiet
    asked = stage.apply()
    assert asked.code == 4, asked.said
    assert "on its tab Upgrade choose Office 365 E5" in asked.stdout
    assert "the next run switches off again what 3 users had off" in asked.stdout

    _upgrade_tab(stage)
    assert _off(stage) == [0] * 15
    planned = stage.plan()
    assert "~ restore  3 users" in planned.stdout, planned.said
    assert "SWAY off, as before the upgrade from Office 365 E4" in planned.stdout
    mended = stage.apply()
    assert mended.code == 0, mended.said
    assert "3 users hold Office 365 E5 with SWAY off" in mended.stdout
    assert _off(stage) == quiet
    assert len(stage.world.log.writes()) == 3

    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said
    assert "restore" not in again.stdout


def test_services_stay_on_where_nobody_knows_what_was_off(set_up: SetUp) -> None:
    stage = _stage(set_up)
    _upgrade_tab(stage)
    planned = stage.plan("--detailed-exitcode")
    assert planned.code == 0, planned.said
    assert "off" not in planned.stdout


def test_services_stay_on_where_the_playbook_resets_them(set_up: SetUp) -> None:
    stage = _stage(set_up, service_plans="reset")
    assert stage.apply().code == 4
    _upgrade_tab(stage)
    planned = stage.plan("--detailed-exitcode")
    assert planned.code == 0, planned.said


def test_a_tab_that_will_refuse_is_not_offered_and_the_upgrade_goes_by_hand(set_up: SetUp) -> None:
    stage = _stage(set_up)
    admin = stage.world.admin()
    admin.cut(E4, seats=10)
    entries = [buying(seats=15), cancelling()]
    stage.write_playbook(play(subscriptions=entries, assignments=[moving()]))
    asked = stage.apply()
    assert asked.code == 4, asked.said
    refused = "not      the Upgrade tab: 15 users hold Office 365 E4, which has 10 seats"
    assert refused in asked.stdout
    assert "choose Office 365 E5" not in asked.stdout
    with pytest.raises(Refusal, match="15 users for 10 licenses"):
        _upgrade_tab(stage)

    admin.buy(E5, seats=15, credit_check=0)
    assert stage.apply().code == 4
    admin.cancel(E4)
    ended = stage.apply()
    assert ended.code == 0, ended.said
    assert _off(stage) == [0] * 12 + [1] * 3


def test_a_tab_that_only_may_refuse_is_offered_with_what_to_do_then(set_up: SetUp) -> None:
    phone = {"sku": "MCOEV", "seats": 5}
    stage = set_up(subscriptions=[{"sku": E4, "seats": 30}, phone])
    stage.write_playbook(play(subscriptions=[buying(), cancelling()], assignments=[moving()]))
    asked = stage.apply()
    assert asked.code == 4, asked.said
    assert "it may refuse: an add-on may have to be removed first" in asked.stdout
    assert "else buy as above" in asked.stdout
