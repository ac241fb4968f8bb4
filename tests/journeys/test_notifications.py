"""Webhooks are told of a run, which neither waits for them nor ends otherwise for their sake."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.cli import notified
from runner.model.outcome import Standing
from runner.model.spec import SecretRef
from runner.playbook import load_settings, read_webhooks
from runner.providers.graph import reading
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, ROOT, Result, Stage, buying, moving, play, scene
from tests.providers.scripted import Answer, Asked, Scripted, scripted

VARIABLE = "TEAM_WEBHOOK"
SECRET = "a-secret-in-the-address"
READY = {"subscriptions": [{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}]}
KINDS = ["run_started", "tenant_started", "step_started", "step_finished"]
KINDS += ["tenant_finished", "run_finished"]


PAGE = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
_DATE = re.compile(r"\w{3} \d{4}-\d\d-\d\d \d\d:\d\d")


def _block(page: str, language: str) -> str:
    return page.split(f"```{language}\n")[1].split("```", maxsplit=1)[0]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FIRST_BACKOFF_S", 0.002)


def _settings(stage: Stage, *webhooks: dict[str, Any]) -> Path:
    folder = stage.folder / "upgrade-runner"
    folder.mkdir(exist_ok=True)
    path = folder / "config.yaml"
    entries = [{"url": {"env": VARIABLE}, **each} for each in webhooks]
    path.write_text(yaml.safe_dump({"notify": entries}).replace("'on':", "on:"), encoding="utf-8")
    return path


def _ready(set_up: SetUp, **changes: Any) -> Stage:
    stage = set_up(scene(**{**READY, **changes}))
    stage.write_playbook(play(assignments=[moving()]))
    return stage


@contextmanager
def _hook(monkeypatch: pytest.MonkeyPatch, script: Any = None) -> Iterator[Scripted]:
    with scripted(script or (lambda _: Answer())) as server:
        monkeypatch.setenv(VARIABLE, f"{server.url}/{SECRET}")
        yield server


def _documents(server: Scripted) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in server.asked]


def _expect_no_secret(result: Result) -> None:
    assert SECRET not in result.said


def test_every_kind_that_is_asked_for_arrives_once(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = _ready(set_up)
    _settings(stage, {"on": KINDS})
    with _hook(monkeypatch) as server:
        result = stage.apply()
    assert result.code == 0, result.said
    documents = _documents(server)
    assert [each["kind"] for each in documents if each["kind"] not in KINDS[2:4]] == [
        "run_started",
        "tenant_started",
        "tenant_finished",
        "run_finished",
    ]
    assert len({each["seq"] for each in documents}) == len(documents)
    steps = [each["step"] for each in documents if each["kind"] == "step_finished"]
    assert steps
    assert len(steps) == len(set(steps))


def test_trouble_of_the_address_changes_nothing_of_the_run(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = _ready(set_up)
    _settings(stage, {"on": ["tenant_finished", "run_finished"]}, {"format": "slack"})
    with _hook(monkeypatch, lambda _: Answer(status=403)):
        result = stage.apply()
    assert result.code == 0, result.said
    assert len(stage.world.log.writes()) == 15
    lost = [line for line in result.stderr.splitlines() if "did not reach" in line]
    assert len(lost) == 2
    assert lost[0].startswith("note: 2 of 2 notifications did not reach the webhook of ")
    assert lost[0].endswith("config.yaml:2: 403")
    told = _block(PAGE, "console").strip()
    told = told.replace("1 of 4", "2 of 2").replace("503", "403")
    told = told.replace("upgrade-runner.yaml", f"{stage.folder}/upgrade-runner/config.yaml")
    assert lost[0] == told
    _expect_no_secret(result)


def test_an_address_that_hangs_costs_no_more_than_the_end_waits(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notified, "FLUSH_S", 0.2)
    released = threading.Event()

    def hang(_: Asked) -> Answer:
        released.wait(120)
        return Answer()

    stage = _ready(set_up)
    _settings(stage, {"on": KINDS}, {"on": KINDS, "format": "teams"})
    with _hook(monkeypatch, hang) as server:
        started_s = time.monotonic()
        result = stage.apply()
        took_s = time.monotonic() - started_s
        assert len(server.asked) <= 2
        released.set()
    assert result.code == 0, result.said
    assert result.stderr.count("did not reach the webhook") == 2
    assert took_s < 60
    _expect_no_secret(result)


def test_only_tells_of_tenants_that_end_so(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = _ready(set_up)
    _settings(stage, {"on": ["tenant_finished"], "only": ["failed", "waiting"]})
    with _hook(monkeypatch) as server:
        assert stage.apply().code == 0
        assert server.asked == []
        stage.write_playbook(play(subscriptions=[buying(seats=60)]))
        assert stage.apply().code == 4
    (told,) = _documents(server)
    assert told["data"]["standing"] == "waiting"


def test_a_plan_is_told_where_that_is_asked_for_and_something_is_missing(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = _ready(set_up)
    teams = {"format": "teams", "on": ["tenant_finished"], "only": ["changed", "refused"]}
    _settings(stage, teams, {"on": ["run_finished"], "format": "slack"})
    with _hook(monkeypatch) as server:
        assert stage.cli("plan", stage.playbook, "-i", stage.inventory).code == 0
        assert server.asked == []
        planned = stage.cli("plan", stage.playbook, "-i", stage.inventory, "--notify")
        assert planned.code == 0, planned.said
        drift = "".join(each.body.decode() for each in server.asked)
        assert "contoso (Contoso S.p.A.): to change" in drift
        assert "plan of " in drift
        assert "~ move" in drift
        server.asked.clear()
        assert stage.apply().code == 0
        server.asked.clear()
        assert stage.cli("plan", stage.playbook, "-i", stage.inventory, "--notify").code == 0
        assert server.asked == []
        stage.write_playbook(play(subscriptions=[buying(seats=60)], limits={"seats_bought": 1}))
        assert stage.cli("plan", stage.playbook, "-i", stage.inventory, "--notify").code == 5
        refused = "".join(each.body.decode() for each in server.asked)
    assert "contoso (Contoso S.p.A.): refused" in refused
    assert "too-many-seats" in refused
    assert stage.user_ids[0] not in drift + refused


def test_a_person_is_told_who_does_what_until_when(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = set_up()
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    _settings(stage, {"format": "teams", "on": ["tenant_finished"]})
    with _hook(monkeypatch) as server:
        result = stage.apply()
    assert result.code == 4, result.said
    (document,) = _documents(server)
    blocks = document["attachments"][0]["content"]["body"]
    texts = [run["text"] for block in blocks for run in block["inlines"]]
    assert texts[0] == "contoso (Contoso S.p.A.): waiting"
    said = "\n".join(texts)
    for word in ("who ", "do ", "until ", "upgrade-runner confirm contoso/buy_seats/"):
        assert word in said
    for line in _block(PAGE, "text").splitlines():
        assert _DATE.sub("DATE", line) in _DATE.sub("DATE", said) or line.strip() == "…"
    people = [word for user in stage.tenant.users for word in (user.id, user.upn)]
    assert not any(word in each.body.decode() for word in people for each in server.asked)


def test_without_an_address_the_run_goes_on_and_says_so(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = _ready(set_up)
    _settings(stage, {})
    monkeypatch.delenv(VARIABLE, raising=False)
    unset = stage.apply()
    assert unset.code == 0, unset.said
    assert f"is told nothing: the environment variable {VARIABLE} is not set" in unset.stderr
    monkeypatch.setenv(VARIABLE, f"http://example.com/{SECRET}")
    unsafe = stage.apply()
    assert unsafe.code == 0, unsafe.said
    assert "neither https nor on this machine" in unsafe.stderr
    _expect_no_secret(unsafe)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"url": f"https://example.com/{SECRET}"}, "literal-secret"),
        ({"on": ["outcome"]}, "wrong-value"),
        ({"format": "mail"}, "wrong-value"),
        ({"only": ["altered"]}, "wrong-value"),
        ({"of": ["run_finished"]}, "unknown-key"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_read(
    set_up: SetUp, entry: dict[str, Any], code: str
) -> None:
    stage = _ready(set_up)
    path = _settings(stage, entry)
    arguments = (stage.playbook, "-i", stage.inventory)
    for result in (stage.apply(), stage.cli("validate", *arguments)):
        assert result.code == 65, result.said
        assert f"error[{code}]" in result.stderr
        assert f"{path}:" in result.stderr
        _expect_no_secret(result)
    assert not stage.world.log


def test_the_settings_of_the_documentation_are_settings(tmp_path: Path) -> None:
    path = tmp_path / "upgrade-runner.yaml"
    path.write_text(_block(PAGE, "yaml"), encoding="utf-8")
    teams, slack, collector = read_webhooks(load_settings([path]))
    assert (teams.form, slack.form, collector.form) == ("teams", "slack", "json")
    assert collector.url == SecretRef(file=str(tmp_path / "secrets" / "collector"))
    assert teams.only == {
        Standing.FAILED,
        Standing.UNREACHABLE,
        Standing.REFUSED,
        Standing.WAITING,
    }
