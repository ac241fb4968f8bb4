"""Reach the desired state on a Graph that loses answers and fails."""

from typing import Any

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Stage, buying, cancelling, moving, play

USERS = 300
LOSES_ANSWERS: list[dict[str, Any]] = [
    {"kind": "missing_answer", "rate": 0.03, "on": "inner"},
    {"kind": "applied_unanswered", "rate": 0.02, "on": "inner"},
    {"kind": "applied_unanswered", "rate": 0.02, "on": "batch", "answer": "drop"},
]
FAILS: list[dict[str, Any]] = [
    {"kind": 500, "rate": 0.01},
    {"kind": 503, "rate": 0.01},
    {"kind": 504, "rate": 0.01},
    {"kind": 409, "rate": 0.01, "on": "write"},
    {"kind": 429, "rate": 0.005, "retry_after": 1},
    {"kind": "drop", "rate": 0.02},
]


def _ready(set_up: SetUp, **changes: object) -> Stage:
    stage = set_up(
        subscriptions=[{"sku": E4, "seats": USERS}, {"sku": E5, "seats": USERS}],
        users=[
            {"count": 200, "licenses": [E4], "usage_location": "IT"},
            {
                "count": 100,
                "licenses": [{"sku": E4, "disabled": ["SWAY"]}, "VISIOCLIENT"],
                "usage_location": "DE",
            },
        ],
        **changes,
    )
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    return stage


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_300_users_move_although_a_tenth_of_the_answers_is_lost_or_bad(
    set_up: SetUp, seed: int
) -> None:
    stage = _ready(set_up)
    stage.world.random.seed(seed)
    stage.world.set_faults([*LOSES_ANSWERS, *FAILS])
    result = stage.apply()
    assert result.code == 0, result.said
    sway = "a23b959c-7ce8-4e57-9140-b90eb88a9e97"
    e5 = "c7df2760-2c81-4ef7-b578-5b5392b571df"
    assert all(stage.held(index) == {e5: ()} for index in range(200))
    held = [stage.held(index) for index in range(200, USERS)]
    assert all(each.pop(e5) == (sway,) for each in held)
    assert {tuple(each.values()) for each in held} == {((),)}
    assert not stage.tenant.ever_unlicensed(stage.user_ids, among=[E4, E5])
    assert max(stage.tenant.most_over_assigned.values()) <= 0


def test_a_second_apply_after_the_storm_writes_nothing(set_up: SetUp) -> None:
    stage = _ready(set_up)
    stage.world.set_faults([*LOSES_ANSWERS, *FAILS])
    assert stage.apply().code == 0
    writes = len(stage.world.log.writes())
    again = stage.apply()
    assert again.code == 0, again.said
    assert len(stage.world.log.writes()) == writes
    assert stage.plan("--detailed-exitcode").code == 0


@pytest.mark.usefixtures("hasty")
def test_every_write_lost_after_it_was_applied_still_ends_well(set_up: SetUp) -> None:
    stage = _ready(set_up)
    stage.world.set_faults([{"kind": "applied_unanswered", "on": ["write", "inner"]}])
    result = stage.apply()
    assert result.code == 0, result.said
    applied = [call for call in stage.world.log.writes() if call.applied]
    assert len(applied) == USERS


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "lists",
    [{"every": 2, "count": 3}, {"count": 6}],
    ids=["the list of the target is behind", "both lists are behind"],
)
def test_lists_that_do_not_show_the_changes_yet_are_waited_for(
    set_up: SetUp, lists: dict[str, int]
) -> None:
    stage = _ready(set_up)
    stage.world.set_faults(
        [{"kind": "stale_read", "seconds": 60, "on": ["read", "/users"], **lists}]
    )
    result = stage.apply()
    assert result.code == 0, result.said
    assert len(stage.world.log.writes()) == USERS


@pytest.mark.usefixtures("hasty")
def test_stale_reads_and_empty_pages_change_nothing_of_the_result(set_up: SetUp) -> None:
    stage = _ready(set_up)
    stage.world.clock.set(stage.world.clock.now(), rate=1)
    stage.world.set_faults(
        [
            {"kind": "stale_read", "rate": 0.3, "seconds": 2},
            {"kind": "empty_page", "every": 3, "on": "/users"},
            {"kind": "applied_unanswered", "rate": 0.1, "on": "inner"},
        ]
    )
    result = stage.apply()
    assert result.code == 0, result.said
    stage.world.set_faults([])
    assert stage.plan("--detailed-exitcode").code == 0


@pytest.mark.usefixtures("hasty")
def test_the_source_is_cancelled_after_the_storm(set_up: SetUp) -> None:
    stage = _ready(set_up)
    stage.write_playbook(play(subscriptions=[buying(), cancelling()], assignments=[moving()]))
    stage.world.set_faults([*LOSES_ANSWERS, *FAILS])
    asked = stage.apply()
    assert asked.code == 4, asked.said
    stage.world.admin().cancel(E4, force=True)
    ended = stage.apply()
    assert ended.code == 0, ended.said
