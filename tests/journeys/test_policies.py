"""A repository refuses plans by its own rules, and a person lets them pass one by one."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from runner.playbook import read_schema
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, ROOT, Stage, buying, moving, play, scene

READY = {"subscriptions": [{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}]}
MANY = """\
- code: many-at-once
  message: "{{ tenant.totals.users_moved }} users would move in {{ tenant.tenant }}, 10 may"
  hint: split the play
  when: tenant.totals.users_moved > 10
"""
NEVER = """\
- code: never-e5
  message: E5 is not ours
  accept: false
  when: tenant.steps | selectattr("kind", "equalto", "move_users") | list | length > 0
"""
FITTING = """\
- code: house-schema
  message: the plan does not fit our schema
  schema: {file: house.schema.json}
"""


def _stage(set_up: SetUp, rules: str = "") -> Stage:
    stage = set_up(scene(**READY))
    stage.write_playbook(play(assignments=[moving()]))
    if rules:
        _policy(stage, rules)
    return stage


def _policy(stage: Stage, rules: str, name: str = "policies/house.yaml") -> Path:
    path = stage.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(rules, encoding="utf-8")
    return path


def test_a_rule_refuses_the_plan_until_it_is_accepted_by_its_code(set_up: SetUp) -> None:
    stage = _stage(set_up, MANY)
    refused = stage.apply()
    assert refused.code == 5, refused.said
    assert "15 users would move in contoso, 10 may" in refused.stdout
    assert "--accept many-at-once" in refused.stdout
    assert not stage.world.log.writes()
    done = stage.apply("--accept", "many-at-once")
    assert done.code == 0, done.said
    assert len(stage.world.log.writes()) == 15


def test_the_verdict_is_in_the_saved_plan_with_its_place(set_up: SetUp) -> None:
    stage = _stage(set_up, MANY)
    document = stage.plan("--json", "--accept", "many-at-once").document
    (found,) = [f for f in document["tenants"][0]["findings"] if f["code"] == "many-at-once"]
    assert found["accepted"]
    assert found["where"] == f"{stage.folder}/policies/house.yaml:1"
    assert found["hint"].startswith("split the play, or accept it once")
    assert document["accepted"] == document["rules"] == ["many-at-once"]
    Draft202012Validator(read_schema("plan")).validate(document)


def test_an_empty_plan_has_nothing_to_refuse(set_up: SetUp) -> None:
    stage = _stage(set_up)
    assert stage.apply().code == 0
    _policy(stage, MANY + NEVER + FITTING)
    (stage.folder / "policies" / "house.schema.json").write_text("false")
    _policy(stage, '- {code: always, message: no, when: "true"}'.replace(" no,", ' "no",'))
    assert stage.plan().code == 0


@pytest.mark.parametrize(
    ("code", "said"),
    [("never-e5", "what can be accepted is"), ("unheard-of", "too-many-users, who-unknown")],
)
def test_a_code_that_cannot_be_accepted_is_a_wrong_command_line(
    set_up: SetUp, code: str, said: str
) -> None:
    stage = _stage(set_up, NEVER)
    result = stage.plan("--accept", code)
    assert result.code == 64, result.said
    assert said in result.stderr
    assert not stage.world.log


def test_a_json_schema_refuses_what_does_not_fit_it(set_up: SetUp) -> None:
    stage = _stage(set_up, FITTING)
    most = {"properties": {"totals": {"properties": {"users_moved": {"maximum": 14}}}}}
    (stage.folder / "policies" / "house.schema.json").write_text(json.dumps(most))
    refused = stage.plan()
    assert refused.code == 5, refused.said
    assert "$.totals.users_moved is 15, the schema asks for `maximum: 14`" in refused.stdout
    most["properties"]["totals"]["properties"]["users_moved"]["maximum"] = 15
    (stage.folder / "policies" / "house.schema.json").write_text(json.dumps(most))
    assert stage.plan().code == 0


def test_policies_named_on_the_command_line_come_on_top(set_up: SetUp) -> None:
    stage = _stage(set_up, NEVER)
    more = _policy(stage, MANY, "more.yaml")
    named = ("--policy", more, "--policy", stage.folder / "policies")
    found = stage.plan("--json", *named).document["tenants"][0]["findings"]
    assert [f["code"] for f in found if f["where"]][-2:] == ["never-e5", "many-at-once"]


def test_the_policies_at_the_top_of_a_repository_count_from_any_folder_of_it(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = _stage(set_up, MANY)
    book = stage.folder / "books" / "deep" / "book.yaml"
    book.parent.mkdir(parents=True)
    book.write_bytes(stage.playbook.read_bytes())
    monkeypatch.chdir(book.parent)
    outside = stage.cli("plan", book.name, "-i", stage.inventory)
    assert outside.code == 0, outside.said
    (stage.folder / ".git").mkdir()
    refused = stage.cli("plan", book.name, "-i", stage.inventory)
    assert refused.code == 5, refused.said
    assert "[many-at-once]" in refused.stdout


def test_a_saved_plan_is_judged_again_by_the_policies_of_today(set_up: SetUp) -> None:
    stage = _stage(set_up, MANY)
    file = stage.folder / "plan.json"
    stage.plan("--out", file, "--accept", "many-at-once")
    before = file.read_bytes()
    _policy(stage, NEVER, "policies/later.yaml")
    refused = stage.cli("apply", file, "-i", stage.inventory)
    assert refused.code == 5, refused.said
    assert "[never-e5] E5 is not ours" in refused.stdout
    assert not stage.world.log.writes()
    (stage.folder / "policies" / "later.yaml").unlink()
    done = stage.cli("apply", file, "-i", stage.inventory)
    assert done.code == 0, done.said
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("10", "12"), ("  when", "  accept: false\n  when")],
    ids=["another-sentence", "no-longer-acceptable"],
)
def test_an_acceptance_does_not_outlive_the_rule_it_was_given_for(
    set_up: SetUp, old: str, new: str
) -> None:
    stage = _stage(set_up, MANY)
    file = stage.folder / "plan.json"
    assert stage.plan("--out", file, "--accept", "many-at-once").code == 0
    _policy(stage, MANY.replace(old, new))
    refused = stage.cli("apply", file, "-i", stage.inventory)
    assert refused.code == 5, refused.said
    assert f"{stage.folder}/policies/house.yaml:1" in refused.stdout
    assert not stage.world.log.writes()


def test_a_saved_plan_is_not_applied_where_a_rule_that_judged_it_is_not_found(
    set_up: SetUp,
) -> None:
    stage = _stage(set_up)
    rules = _policy(stage, MANY.replace("> 10", "> 20"), "elsewhere/house.yaml")
    file = stage.folder / "plan.json"
    assert stage.plan("--out", file, "--policy", rules).code == 0
    refused = stage.cli("apply", file, "-i", stage.inventory)
    assert refused.code == 5, refused.said
    assert "1 rule that judged the plan cannot be found: many-at-once" in refused.stderr
    assert not stage.world.log.writes()
    done = stage.cli("apply", file, "-i", stage.inventory, "--policy", rules)
    assert done.code == 0, done.said


def test_wrong_policies_are_told_with_the_playbook_before_anything_is_read(set_up: SetUp) -> None:
    stage = _stage(set_up, "- {code: too-many-users, message: m, when: 'a >'}\n- {code: b}\n")
    stage.write_playbook(play(assignments=[moving(who="nobody")]))
    for verb in ("plan", "validate"):
        found = stage.cli(verb, stage.playbook, "-i", stage.inventory)
        assert found.code == 65, found.said
        for said in ("taken-code", "policies/house.yaml:1:", "policies/house.yaml:2:3", "playbook"):
            assert said in found.stderr
    assert not stage.world.log


def test_the_rules_of_the_documentation_judge_a_plan(set_up: SetUp) -> None:
    page = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    stage = set_up()
    _policy(stage, page.split("```yaml\n")[1].split("```")[0])
    monthly = {**buying(), "purchase": {"term": "monthly", "billing": "monthly"}}
    stage.write_playbook(play(subscriptions=[monthly], assignments=[moving()]))
    refused = stage.plan()
    assert refused.code == 5, refused.said
    assert "[annual-only] we buy for a year only: $.steps[0].purchase.term is" in refused.stdout
    assert "cannot be judged" not in refused.stdout
    assert refused.stdout.count("✗ [") == 1


def test_the_refusal_of_the_documentation_is_what_the_screen_shows(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    users = [{"count": 612, "licenses": [E4], "usage_location": "IT"}]
    seats = [{"sku": E4, "seats": 700}, {"sku": E5, "seats": 700}]
    stage = set_up(scene(subscriptions=seats, users=users))
    stage.write_playbook(play(assignments=[moving()]))
    _policy(stage, page.split("```yaml\n")[1].split("```")[0])
    monkeypatch.chdir(stage.folder)
    refused = stage.plan()
    assert refused.code == 5, refused.said
    for line in page.split("```console\n")[1].split("```\n")[0].splitlines():
        assert line in refused.stdout
