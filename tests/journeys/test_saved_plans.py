"""A saved plan is carried out as it was approved, or not at all."""

import json
import re
import stat
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from runner.playbook import read_schema
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Result, Stage, buying, moving, play, scene, world_of

READY = {
    **scene()["tenants"]["contoso"],
    "subscriptions": [{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}],
}


def _saved(set_up: SetUp) -> tuple[Stage, Path]:
    stage = set_up(world_of({"contoso": READY, "fabrikam": READY}))
    stage.write_inventory({"contoso": {}})
    stage.write_playbook(play(assignments=[moving()]))
    file = stage.folder / "plan.json"
    saved = stage.plan("--out", file)
    assert saved.code == 0, saved.said
    return stage, file


def _apply(stage: Stage, file: Path, *options: str) -> Result:
    return stage.cli("apply", file, "-i", stage.inventory, *options)


def test_a_saved_plan_is_applied_without_a_question(set_up: SetUp) -> None:
    stage, file = _saved(set_up)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    result = _apply(stage, file)
    assert result.code == 0, result.said
    assert len(stage.world.log.writes(tenant="contoso")) == 15
    assert _apply(stage, file).code == 0
    assert len(stage.world.log.writes(tenant="contoso")) == 15


@pytest.mark.parametrize("option", ["--tags", "--accept"])
def test_what_belongs_to_planning_is_refused_beside_a_saved_plan(
    set_up: SetUp, option: str
) -> None:
    stage, file = _saved(set_up)
    refused = _apply(stage, file, option, "too-many-users")
    assert refused.code == 64, refused.said
    assert f"{option} belongs to planning" in refused.stderr
    assert not stage.world.log.writes()


@pytest.mark.parametrize("place", [0, 1, 0.2, 0.5, 0.8, -3])
def test_a_changed_byte_is_refused(set_up: SetUp, place: float) -> None:
    stage, file = _saved(set_up)
    content = bytearray(file.read_bytes())
    at = int(place) if place in (0, 1, -3) else int(len(content) * place)
    content[at] = ord("0") if content[at] != ord("0") else ord("1")
    file.write_bytes(content)
    refused = _apply(stage, file)
    assert refused.code == 5, refused.said
    assert "the plan is not the one that was saved" in refused.stderr
    assert not stage.world.log.writes()


def test_a_plan_with_more_users_and_its_own_digest_is_still_only_a_changed_plan(
    set_up: SetUp,
) -> None:
    stage, file = _saved(set_up)
    document = json.loads(file.read_text())
    document["tenants"][0]["steps"][-1]["users"].append(stage.user_ids[0])
    file.write_text(json.dumps(document))
    refused = _apply(stage, file)
    assert refused.code == 5, refused.said


def test_an_edited_playbook_is_refused(set_up: SetUp) -> None:
    stage, file = _saved(set_up)
    stage.playbook.write_text(stage.playbook.read_text() + "\n# approved by nobody\n")
    refused = _apply(stage, file)
    assert refused.code == 5, refused.said
    assert "is not the one the plan was made of" in refused.stderr
    stage.playbook.unlink()
    assert _apply(stage, file).code == 5


def test_another_tenant_is_refused(set_up: SetUp) -> None:
    stage, file = _saved(set_up)
    there = f"{stage.url}/fabrikam/v1.0"
    stage.write_inventory({"contoso": {"graph_endpoint": there}})
    refused = _apply(stage, file)
    assert refused.code == 5, refused.said
    assert "the plan is for" in refused.said
    assert not stage.world.log.writes()


def test_a_plan_that_is_too_old_is_refused(set_up: SetUp) -> None:
    stage, file = _saved(set_up)
    time.sleep(1.1)
    refused = _apply(stage, file, "--max-age", "0s")
    assert refused.code == 5, refused.said
    assert "--max-age" in refused.stderr
    assert _apply(stage, file, "--max-age", "1h").code == 0


def test_users_hired_since_are_not_touched_and_users_gone_are_left_alone(set_up: SetUp) -> None:
    stage, file = _saved(set_up)
    admin = stage.world.admin("contoso")
    users = stage.world.tenant("contoso").users
    admin.delete_user(users[0].id)
    admin.unassign(users[1].id, sku=E4)
    result = _apply(stage, file)
    assert result.code == 5, result.said
    assert "2 users are left alone: no longer holds Office 365 E4" in result.said
    assert len(stage.world.log.writes(tenant="contoso")) == 13
    assert not users[1].state.rows


def test_a_plan_of_waiting_steps_goes_on_when_applied_again(set_up: SetUp) -> None:
    stage = set_up()
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    file = stage.folder / "plan.json"
    stage.plan("--out", file)
    assert _apply(stage, file).code == 4
    stage.world.admin().buy(E5, seats=30)
    done = _apply(stage, file)
    assert done.code == 0, done.said


def test_showing_a_saved_plan_says_what_planning_said(set_up: SetUp) -> None:
    stage, file = _saved(set_up)
    planned = stage.plan().stdout
    calls = len(stage.world.log)
    shown = stage.cli("show", file)
    assert shown.code == 0, shown.said
    assert shown.stdout == planned
    assert len(stage.world.log) == calls


def test_the_second_of_two_applies_at_once_is_refused(set_up: SetUp) -> None:
    stage, _ = _saved(set_up)
    stage.world.set_faults([{"kind": "slow", "seconds": 4.0, "on": "batch"}])
    with stage.start(*stage.apply_arguments()) as first:
        deadline = time.monotonic() + 20
        while not stage.world.log.writes() and time.monotonic() < deadline:
            time.sleep(0.01)
        second = stage.apply()
        said, _ = first.communicate(timeout=60)
    ((run,),) = stage.rows("SELECT id FROM runs WHERE exit_code = 0")
    assert second.code == 5, second.said
    assert f"run {run} on " in second.said
    assert "is at work on the tenant" in second.said
    assert first.returncode == 0, said
    applied = [call.path for call in stage.world.log.writes() if call.applied]
    assert len(applied) == len(set(applied)) == 15


def test_a_plan_file_and_its_journal_hold_no_names_of_people(set_up: SetUp) -> None:
    stage, file = _saved(set_up)
    _apply(stage, file)
    names = [user.upn.encode() for user in stage.world.tenant("contoso").users]
    written = [path.read_bytes() for path in stage.folder.rglob("*") if path.is_file()]
    assert not any(name in content for name in names for content in written)
    assert re.search(rb'"users":\["[0-9a-f-]{36}"', file.read_bytes())


def test_names_of_people_are_in_a_plan_only_where_they_were_asked_for(set_up: SetUp) -> None:
    stage = set_up(scene(subscriptions=[{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}]))
    stage.write_playbook(play(assignments=[moving()]))
    name = stage.tenant.users[0].upn
    assert "@" in name
    for form in ("text", "json", "html", "markdown"):
        assert "@" not in stage.plan("--format", form).stdout.split("<body>")[-1]
        assert name in stage.plan("--format", form, "--with-names").stdout
    file = stage.folder / "plan.json"
    assert stage.plan("--with-names", "--out", file).code == 0
    document = json.loads(file.read_text())
    Draft202012Validator(read_schema("plan")).validate(document)
    moved = {user for step in document["tenants"][0]["steps"] for user in step.get("users", ())}
    assert document["tenants"][0]["names"].keys() == moved
    applied = stage.cli("apply", file, "-i", stage.inventory)
    assert applied.code == 0, applied.said


@pytest.mark.parametrize("out", ["nowhere/plan.json", "."])
def test_a_place_that_cannot_be_written_is_told_before_a_tenant_is_read(
    set_up: SetUp, out: str
) -> None:
    stage = set_up(world_of({"contoso": READY}))
    stage.write_inventory({"contoso": {}})
    stage.write_playbook(play(assignments=[moving()]))
    result = stage.plan("--out", stage.folder / out)
    assert result.code == 1
    assert "error[output]" in result.stderr
    assert not len(stage.world.log)
    assert not list(stage.folder.glob(".plan.json*"))
