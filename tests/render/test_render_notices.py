"""What people are told of a run by Teams and Slack, and that it names nobody."""

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runner.model.notice import Notice
from runner.model.outcome import Event, EventKind
from runner.playbook import read_schema
from runner.render.messages import FORMS, message
from runner.render.notices import Notices
from tests.builders import NOW
from tests.house.source import ROOT
from tests.render.stories import STORIES

RUNS = ("waiting-run", "soaking-run", "finished-run", "failed-run", "fleet-run")
USER = "8f14e45f-ceea-467f-9575-2f1c7d2c1a99"
EVENT = Event(seq=7, at=NOW, kind=EventKind.RUN_FINISHED)


def _told(story: str) -> dict[EventKind, list[Notice]]:
    notices, told = Notices(), dict[EventKind, list[Notice]]()
    for event in STORIES[story]():
        told.setdefault(event.kind, []).append(notices.take(event))
    return told


def _texts(form: str, notice: Notice) -> list[str]:
    document = json.loads(message(form, notice, EVENT))
    if form == "teams":
        (attachment,) = document["attachments"]
        return [run["text"] for block in attachment["content"]["body"] for run in block["inlines"]]
    return [block["text"]["text"] for block in document["blocks"]]


def test_a_task_for_a_person_is_told_whole() -> None:
    (notice,) = _told("waiting-run")[EventKind.TENANT_FINISHED]
    assert notice.title == "contoso (Contoso): waiting"
    assert notice.lines[:3] == (
        "· buy      Office 365 E5   10 seats, annual, billed monthly   a person has to buy it",
        "    who  a person",
        "    look again Mon 2026-11-23 14:00 (Europe/Rome)",
    )


def test_the_end_of_a_run_counts_all_and_names_who_is_not_done() -> None:
    (notice,) = _told("waiting-run")[EventKind.RUN_FINISHED]
    assert notice.title == "run run-1 is over"
    assert notice.lines[0].startswith("Run: 0 done, 1 waiting, 0 refused, 0 failed")
    assert notice.lines[1:] == ("contoso   waiting: a person has to buy it",)
    (end,) = _told("finished-run")[EventKind.RUN_FINISHED]
    assert len(end.lines) == 1


@pytest.mark.parametrize("story", RUNS)
def test_every_event_of_a_run_has_something_to_say(story: str) -> None:
    for notices in _told(story).values():
        assert all(notice.title.strip() and "\n" not in notice.title for notice in notices)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("story", RUNS)
def test_no_message_holds_an_object_id_or_an_address(story: str, form: str) -> None:
    notices = Notices()
    for event in STORIES[story]():
        said = replace(event, data=_naming(event.data))
        body = message(form, notices.take(said), said).decode()
        if event.kind is not EventKind.OUTCOME:
            assert USER not in body
            assert "anna.rossi@contoso.com" not in body


def _naming(details: Any) -> dict[str, Any]:
    named = f"403: user {USER} <anna.rossi@contoso.com> may not"
    keys = ("detail", "summary", "hint", "task")
    return {key: named if key in keys and each else each for key, each in details.items()}


def test_the_command_that_confirms_a_step_stays_whole() -> None:
    *_, event = [e for e in STORIES["waiting-run"]() if e.kind is EventKind.STEP_FINISHED][:1]
    task = f"then     upgrade-runner confirm {event.step}"
    notices = Notices()
    for each in STORIES["waiting-run"]():
        if each.kind is EventKind.STEP_FINISHED:
            break
        notices.take(each)
    notice = notices.take(replace(event, data={**event.data, "task": task}))
    assert f"    {task}" in notice.lines


@pytest.mark.parametrize("form", ["teams", "slack"])
@pytest.mark.parametrize("letter", ["x", "é", "語", "\U0001f4a1", '"'])
def test_a_message_is_small_enough_whatever_there_is_to_say(form: str, letter: str) -> None:
    lines = tuple(letter * length for length in (1, 40, 700, 10_000, *range(20, 900)))
    notice = Notice(title=letter * 400, lines=lines)
    body = message(form, notice, EVENT)
    texts = _texts(form, notice)
    assert len(body) < 28_000
    assert all(1 <= len(text) <= 3_000 for text in texts)
    assert len(texts) <= 61 + 1
    assert texts[-1].endswith("more lines")


def test_slack_takes_no_markup_from_a_name() -> None:
    notice = Notice(title="<!channel> & <http://x|y>", lines=("*b* <!here>",))
    document = json.loads(message("slack", notice, EVENT))
    assert document["text"] == "&lt;!channel&gt; &amp; &lt;http://x|y&gt;"
    assert {block["text"]["type"] for block in document["blocks"]} == {"plain_text"}


def test_a_notice_without_lines_is_a_title_alone() -> None:
    assert _texts("slack", Notice(title="a")) == ["a"] == _texts("teams", Notice(title="a"))


def test_the_messages_of_the_documentation_are_those_that_are_sent() -> None:
    page = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
    teams, slack = (json.loads(part.split("```")[0]) for part in page.split("```json\n")[1:])
    waiting = Notice(title="contoso (Contoso S.p.A.): waiting")
    assert json.loads(message("teams", waiting, EVENT)) == teams
    title, text = (block["text"]["text"] for block in slack["blocks"])
    ended = Notice(title=title, lines=tuple(text.splitlines()))
    assert json.loads(message("slack", ended, EVENT)) == slack


@pytest.mark.parametrize("story", RUNS)
def test_an_event_that_names_nobody_fits_its_schema_still(story: str) -> None:
    check = Draft202012Validator(read_schema("event"))
    notices = Notices()
    for event in STORIES[story]():
        said = replace(event, data=_naming(event.data))
        check.validate(json.loads(message("json", notices.take(said), said)))


def test_json_is_the_event_as_everywhere() -> None:
    check = Draft202012Validator(read_schema("event"))
    notices = Notices()
    for event in STORIES["waiting-run"]():
        document = json.loads(message("json", notices.take(event), event))
        check.validate(document)
        told, meant = document["data"], dict(event.data)
        assert told.pop("planned", {}).keys() == meant.pop("planned", {}).keys()
        assert told == json.loads(json.dumps(meant))
