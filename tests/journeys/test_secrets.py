"""A token is nowhere but in the requests."""

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, TOKEN_VARIABLE, Stage, buying, hasten, moving, play

TOKEN = "eyJ0eXAi-nobody-may-read-this-7c1d"


def _signed_in(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = set_up(subscriptions=[{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}])
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    environment = {**stage.environment(), TOKEN_VARIABLE: TOKEN, "UPGRADE_RUNNER_DEBUG": "1"}
    monkeypatch.setattr(stage, "environment", lambda: environment)
    return stage


def _written(stage: Stage) -> bytes:
    return b"".join(path.read_bytes() for path in stage.folder.rglob("*") if path.is_file())


def test_the_token_is_in_no_output_and_no_file(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = _signed_in(set_up, monkeypatch)
    file = stage.folder / "plan.json"
    results = [
        stage.plan("-v", "--out", file),
        stage.plan("--json"),
        stage.cli("show", file, "--json"),
        stage.apply("-v"),
        stage.apply("--json"),
        stage.cli("status", stage.playbook, "--json"),
        stage.cli("validate", stage.playbook, "-i", stage.inventory, "-v"),
    ]
    assert [result.code for result in results] == [0] * 7, [each.said for each in results]
    assert stage.world.log.writes()
    assert all(TOKEN not in result.said for result in results)
    assert TOKEN.encode() not in _written(stage)
    assert all(call.app == TOKEN[:40] for call in stage.world.log)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("on", ["/organization", "/users", ["write", "inner"], "batch"])
def test_the_token_is_in_no_refusal(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch, status: int, on: object
) -> None:
    hasten(monkeypatch)
    stage = _signed_in(set_up, monkeypatch)
    stage.world.set_faults([{"kind": status, "on": on}])
    for result in (stage.plan("-v"), stage.apply("-v"), stage.apply("--json")):
        assert result.code in (0, 3), result.said
        assert TOKEN not in result.said
    assert TOKEN.encode() not in _written(stage)


@pytest.mark.parametrize("where", ["playbook", "inventory"])
def test_a_secret_written_into_a_file_is_refused_and_not_repeated(
    set_up: SetUp, where: str
) -> None:
    stage = set_up()
    stage.write_playbook(play(assignments=[moving()]))
    auth = {"method": "token", "token": "a-literal-secret"}
    if where == "inventory":
        stage.write_inventory({"contoso": {"auth": auth}})
    else:
        stage.write_playbook(play(assignments=[moving()], vars={"auth": auth}))
    refused = stage.plan()
    assert refused.code == 65, refused.said
    assert "a-literal-secret" not in refused.said


def test_records_are_for_their_owner_only(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = _signed_in(set_up, monkeypatch)
    stage.apply()
    folder = stage.folder / ".upgrade-runner"
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "journal.sqlite").stat().st_mode & 0o077 == 0
