"""The index behind lists of holders is late for hours; what users themselves show is not."""

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Stage, buying, cancelling, moving, play


def _late(set_up: SetUp, users: int, *, seats: int, share: float = 1.0) -> Stage:
    stage = set_up(
        subscriptions=[{"sku": E4, "seats": users}, {"sku": E5, "seats": seats}],
        users=[{"count": users, "licenses": [E4], "usage_location": "IT"}],
        lag={"advanced": "2h", "share": share},
    )
    entries = [buying(seats=seats), cancelling()]
    stage.write_playbook(play(subscriptions=entries, assignments=[moving()]))
    return stage


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("users", "seats"), [(5, 5), (5, 12), (300, 300)])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_run_ends_and_the_next_plan_moves_nobody(
    set_up: SetUp, users: int, seats: int, share: float
) -> None:
    stage = _late(set_up, users, seats=seats, share=share)
    applied = stage.apply()
    assert f"{users} users hold Office 365 E5" in applied.stdout, applied.said
    again = stage.plan("--json")
    (tenant,) = again.document["tenants"]
    assert not [each for each in tenant["steps"] if each["kind"] == "move_users"], again.said
    assert not [each for each in tenant["findings"] if each["severity"] == "error"], again.said


@pytest.mark.usefixtures("hasty")
def test_who_was_moved_back_by_hand_is_still_drift(set_up: SetUp) -> None:
    stage = _late(set_up, 5, seats=12)
    stage.apply()
    admin = stage.world.admin()
    admin.assign(stage.user_ids[2], sku=E4)
    admin.unassign(stage.user_ids[2], sku=E5)
    again = stage.plan("--detailed-exitcode")
    assert again.code == 2, again.said
    assert "1 user " in again.stdout


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_group_and_its_members_are_done_and_the_next_plan_is_empty(
    set_up: SetUp, share: float
) -> None:
    stage = set_up(
        subscriptions=[{"sku": E4, "seats": 40}, {"sku": E5, "seats": 40}],
        users=[
            {"count": 30, "usage_location": "IT", "groups": ["Sales"]},
            {"count": 10, "licenses": [E4], "usage_location": "IT"},
        ],
        groups=[{"name": "Sales", "licenses": [E4]}],
        group_licensing={"rate": "instant"},
        lag={"advanced": "2h", "share": share},
    )
    stage.write_playbook(play(subscriptions=[buying(seats=40)], assignments=[moving()]))
    applied = stage.apply()
    assert applied.code == 0, applied.said
    assert '30 members of group "Sales" hold Office 365 E5' in applied.stdout
    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said
