"""The way back from a recorded run: planned, shown and applied like any plan."""

import sqlite3
from contextlib import closing
from typing import Any

from tests.journeys.conftest import SetUp
from tests.journeys.stage import (
    E4,
    E5,
    Result,
    Stage,
    buying,
    cancelling,
    moving,
    play,
    scene,
)

BOTH = [{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}]


def _rollback(stage: Stage, *options: Any, run: str = "") -> Result:
    run = run or _last_run(stage)
    return stage.cli("rollback", run, "-i", stage.inventory, "--playbook", stage.playbook, *options)


def _last_run(stage: Stage) -> str:
    return str(stage.rows("SELECT id FROM runs ORDER BY rowid")[-1][0])


def _moved(set_up: SetUp, **changes: Any) -> Stage:
    stage = set_up(**{"subscriptions": BOTH, **changes})
    stage.write_playbook(play(assignments=[moving()]))
    applied = stage.apply()
    assert applied.code == 0, applied.said
    return stage


def _users(stage: Stage) -> Any:
    return stage.tenant.snapshot()["users"]


def test_users_get_back_what_they_held_with_what_was_off(set_up: SetUp) -> None:
    stage = set_up(subscriptions=BOTH)
    before = [stage.held(index) for index in range(15)]
    stage.write_playbook(play(assignments=[moving()]))
    assert stage.apply().code == 0
    run = _last_run(stage)
    assert [stage.held(index) for index in range(15)] != before
    back = _rollback(stage, "--yes")
    assert back.code == 0, back.said
    assert [stage.held(index) for index in range(15)] == before
    assert "12 users" in back.stdout
    again = _rollback(stage, "--yes", run=run)
    assert again.code == 0, again.said
    assert "0 users to move, 0 subscriptions to cancel, 0 findings" in again.stdout


def test_a_way_back_is_saved_shown_and_applied_like_any_plan(set_up: SetUp) -> None:
    stage = _moved(set_up)
    file = stage.folder / "back.json"
    writes = len(stage.world.log.writes())
    saved = _rollback(stage, "--out", file)
    assert saved.code == 0, saved.said
    assert len(stage.world.log.writes()) == writes
    assert stage.cli("show", file).stdout == saved.stdout
    applied = stage.cli("apply", file, "-i", stage.inventory)
    assert applied.code == 0, applied.said
    assert all(len(stage.held(index)) == 1 for index in range(15))
    assert len(stage.world.log.writes()) == writes + 15


def test_nothing_changes_without_a_yes(set_up: SetUp) -> None:
    stage = _moved(set_up)
    writes = len(stage.world.log.writes())
    refused = _rollback(stage)
    assert refused.code == 1, refused.said
    assert len(stage.world.log.writes()) == writes


def test_groups_get_back_what_they_carried(set_up: SetUp) -> None:
    people = [
        {"count": 4, "groups": ["Sales"], "usage_location": "IT"},
        {"count": 2, "licenses": [E4], "usage_location": "IT"},
    ]
    groups = [{"name": "Sales", "licenses": [{"sku": E4, "disabled": ["SWAY"]}]}]
    world = scene(subscriptions=BOTH, users=people, groups=groups)
    world["clock"]["rate"] = 600
    stage = set_up(world)
    before = stage.tenant.snapshot()["groups"]
    stage.write_playbook(play(assignments=[moving()]))
    assert stage.apply("--wait", "60s").code == 0
    back = _rollback(stage, "--yes", "--wait", "60s")
    assert back.code == 0, back.said
    assert stage.tenant.snapshot()["groups"] == before
    assert 'group "Sales"' in back.stdout


def test_whom_somebody_has_changed_since_is_left_alone_and_told(set_up: SetUp) -> None:
    stage = _moved(set_up)
    admin, users = stage.world.admin(), stage.tenant.users
    admin.unassign(users[0].id, sku=E5)
    admin.assign(users[1].id, sku=E4)
    admin.delete_user(users[2].id)
    kept = stage.held(1)
    back = _rollback(stage, "--yes")
    assert back.code == 0, back.said
    assert "2 users are left alone: changed since by somebody else" in back.stdout
    assert "1 user is left alone: gone" in back.stdout
    assert stage.held(0) == {}
    assert stage.held(1) == kept
    assert all(len(stage.held(index)) == 1 for index in range(3, 15))


def test_only_users_of_the_run_go_back(set_up: SetUp) -> None:
    stage = set_up(
        subscriptions=BOTH,
        users=[
            {"count": 3, "licenses": [E4], "usage_location": "IT"},
            {"count": 2, "licenses": [E5], "usage_location": "IT"},
        ],
    )
    before = _users(stage)
    stage.write_playbook(play(assignments=[moving()]))
    assert stage.apply().code == 0
    back = _rollback(stage, "--yes")
    assert back.code == 0, back.said
    assert _users(stage) == before


def test_the_way_back_is_refused_before_any_write_where_the_seats_are_gone(set_up: SetUp) -> None:
    stage = _moved(set_up)
    stage.world.admin().cancel(E4, force=True)
    writes = len(stage.world.log.writes())
    back = _rollback(stage, "--yes")
    assert back.code == 5, back.said
    assert "Office 365 E4 would have 0 seats for 15 users" in back.stdout
    assert len(stage.world.log.writes()) == writes


def test_what_the_run_cancelled_is_told_with_the_reason(set_up: SetUp) -> None:
    stage = set_up(subscriptions=[{"sku": E4, "seats": 20}, {"sku": E5, "seats": 30}])
    stage.write_playbook(play(subscriptions=[cancelling()], assignments=[moving()]))
    assert stage.apply().code == 4
    run = _last_run(stage)
    stage.world.admin().cancel(E4)
    assert stage.apply().code == 0
    back = _rollback(stage, "--yes", run=run)
    assert back.code == 5, back.said
    assert "20 seats of Office 365 E4 were cancelled: only a person can reactivate it" in (
        back.stdout
    )


def test_seats_that_were_bought_are_given_up_after_the_users_are_back(set_up: SetUp) -> None:
    stage = set_up(subscriptions=[{"sku": E4, "seats": 30}, {"sku": E5, "seats": 5}])
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    assert stage.apply().code == 4
    bought = _last_run(stage)
    stage.world.admin().resize(E5, seats=30)
    assert stage.apply().code == 0
    moved = _last_run(stage)
    assert _rollback(stage, "--yes", run=moved).code == 0
    stage.world.advance("1h")
    back = _rollback(stage, "--yes", run=bought)
    assert back.code == 4, back.said
    assert "30 → 5 seats" in back.stdout, back.said
    stage.world.admin().resize(E5, seats=5)
    again = _rollback(stage, "--yes", run=bought)
    assert again.code == 0, again.said
    assert "1 tenant unchanged" in again.stdout


def test_a_run_that_moved_nobody_has_an_empty_way_back(set_up: SetUp) -> None:
    stage = _moved(set_up)
    assert stage.apply().code == 0
    back = _rollback(stage, "--yes")
    assert back.code == 0, back.said
    assert "1 tenant unchanged" in back.stdout


def test_the_way_back_of_a_way_back_is_the_way_there(set_up: SetUp) -> None:
    stage = _moved(set_up)
    there = _users(stage)
    assert _rollback(stage, "--yes").code == 0
    assert _users(stage) != there
    assert _rollback(stage, "--yes").code == 0
    assert _users(stage) == there


def test_a_way_back_is_tied_to_its_playbook_and_to_a_run_on_record(set_up: SetUp) -> None:
    stage = _moved(set_up)
    file = stage.folder / "back.json"
    assert _rollback(stage, "--out", file).code == 0
    writes = len(stage.world.log.writes())
    records = stage.folder / ".upgrade-runner"
    records.rename(stage.folder / "elsewhere")
    unknown = stage.cli("apply", file, "-i", stage.inventory)
    assert unknown.code == 5, unknown.said
    assert "which is not on record here" in unknown.stderr
    for path in records.iterdir():
        path.unlink()
    records.rmdir()
    (stage.folder / "elsewhere").rename(records)
    stage.playbook.write_text(stage.playbook.read_text() + "\n")
    edited = stage.cli("apply", file, "-i", stage.inventory)
    assert edited.code == 5, edited.said
    assert len(stage.world.log.writes()) == writes


def test_a_run_that_is_not_on_record_is_said_so(set_up: SetUp) -> None:
    stage = _moved(set_up)
    unknown = _rollback(stage, "--yes", run="20260101-000000-abcdef")
    assert unknown.code == 1, unknown.said
    assert "there is no recorded run 20260101-000000-abcdef" in unknown.stderr


def test_rules_of_the_repository_judge_a_way_back_as_any_plan(set_up: SetUp) -> None:
    stage = _moved(set_up)
    folder = stage.folder / "policies"
    folder.mkdir()
    rule = "- {code: nobody-moves, message: nobody moves, when: tenant.totals.users_moved > 0}\n"
    (folder / "house.yaml").write_text(rule, encoding="utf-8")
    writes = len(stage.world.log.writes())
    refused = _rollback(stage, "--yes")
    assert refused.code == 5, refused.said
    assert "[nobody-moves]" in refused.stdout
    assert len(stage.world.log.writes()) == writes
    back = _rollback(stage, "--yes", "--accept", "nobody-moves")
    assert back.code == 0, back.said
    assert _rollback(stage, "--accept", "nobodymoves").code == 64


def test_whom_a_killed_run_may_have_moved_is_told(set_up: SetUp) -> None:
    stage = _moved(set_up)
    run = _last_run(stage)
    _kill_afterwards(stage, run)
    back = _rollback(stage, "--out", stage.folder / "back.json", run=run)
    assert back.code == 0, back.said
    assert "[left-alone] 3 users are left alone: Office 365 E5 has replaced" in back.stdout


def _kill_afterwards(stage: Stage, run: str) -> None:
    """Take from the record what a run would not have written, killed three outcomes earlier."""
    with closing(sqlite3.connect(stage.folder / ".upgrade-runner" / "journal.sqlite")) as journal:
        outcomes = "SELECT seq FROM events WHERE run = ? AND kind = 'outcome' AND step LIKE ?"
        found = [seq for (seq,) in journal.execute(outcomes, (run, "%/move_users/%"))]
        journal.execute("DELETE FROM events WHERE run = ? AND seq >= ?", (run, sorted(found)[-3]))
        journal.execute("UPDATE runs SET exit_code = NULL, finished_at = NULL WHERE id = ?", (run,))
        journal.commit()


def test_what_a_person_bought_new_stays_also_where_others_hold_some_of_it(set_up: SetUp) -> None:
    stage = set_up(subscriptions=[{"sku": E4, "seats": 30}])
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    assert stage.apply().code == 4
    asked = _last_run(stage)
    stage.world.admin().buy(E5, seats=30)
    assert stage.apply().code == 0
    back = _rollback(stage, "--out", stage.folder / "back.json", run=asked)
    assert back.code == 0, back.said
    assert "30 seats stay: Office 365 E5 was bought new" in back.stdout
    assert "reduce" not in back.stdout
