"""Each exit code means what the language says, from a real command."""

import signal
import time

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import (
    E4,
    E5,
    Stage,
    buying,
    moving,
    play,
    scene,
    world_of,
)

APP = "45c48cce-2e2d-4fbd-a1aa-fc51c7c6ad26"
ENTRY = scene()["tenants"]["contoso"]
READY = {**ENTRY, "subscriptions": [{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}]}


def _moving_stage(set_up: SetUp) -> Stage:
    stage = set_up(world_of({"contoso": READY}))
    stage.write_playbook(play(assignments=[moving()]))
    return stage


def test_0_done(set_up: SetUp) -> None:
    stage = _moving_stage(set_up)
    assert stage.plan().code == 0
    assert stage.apply().code == 0


def test_1_a_question_that_was_not_answered_with_yes(set_up: SetUp) -> None:
    stage = _moving_stage(set_up)
    arguments = ("apply", stage.playbook, "-i", stage.inventory)
    for answer in ("", "no\n", "y\n"):
        refused = stage.cli(*arguments, answer=answer)
        assert refused.code == 1, refused.said
    assert not stage.world.log.writes()
    assert stage.cli(*arguments, answer="yes\n").code == 0


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("mysql://db/journal", "records in mysql are not supported"),
        ("postgresql://u:s3cret@127.0.0.1:1/journal", "the records in 127.0.0.1/journal cannot be"),
    ],
)
def test_1_records_that_cannot_be_opened(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch, state: str, said: str
) -> None:
    stage = _moving_stage(set_up)
    environment = {**stage.environment(), "UPGRADE_RUNNER_STATE": state}
    monkeypatch.setattr(stage, "environment", lambda: environment)
    refused = stage.apply()
    assert refused.code == 1, refused.said
    assert said in refused.stderr
    assert "s3cret" not in refused.said
    assert not stage.world.log.writes()


def test_2_only_when_asked_for_and_there_are_changes(set_up: SetUp) -> None:
    stage = _moving_stage(set_up)
    assert stage.plan("--detailed-exitcode").code == 2
    assert stage.plan().code == 0
    stage.apply()
    assert stage.plan("--detailed-exitcode").code == 0


def test_3_a_user_who_could_not_be_changed(set_up: SetUp) -> None:
    stage = _moving_stage(set_up)
    troubled = stage.user_ids[2]
    stage.world.set_faults([{"kind": 403, "users": [troubled], "on": "write"}])
    result = stage.apply()
    assert result.code == 3, result.said
    assert "could not be changed" in result.stdout
    assert sum("c7df2760-2c81-4ef7-b578-5b5392b571df" in stage.held(i) for i in range(15)) == 14


def test_3_a_tenant_that_cannot_be_read_and_the_others_done(set_up: SetUp) -> None:
    stage = set_up(world_of({"contoso": READY, "fabrikam": READY, "adatum": READY}))
    stage.write_playbook(play(assignments=[moving()]))
    stage.world.set_faults([{"kind": 403, "on": "/organization"}], tenant="fabrikam")
    planned = stage.plan()
    assert planned.code == 3, planned.said
    result = stage.apply()
    assert result.code == 3, result.said
    moved = {name: len(stage.world.log.writes(tenant=name)) for name in stage.world.tenants}
    assert moved == {"contoso": 15, "fabrikam": 0, "adatum": 15}
    assert "Run: 2 done, 0 waiting, 0 refused, 0 failed, 1 unreachable. 30 users changed." in (
        result.stdout
    )


@pytest.mark.usefixtures("hasty")
def test_3_a_tenant_that_does_not_answer(set_up: SetUp) -> None:
    stage = set_up(world_of({"contoso": READY}))
    gone = {"graph_endpoint": "http://127.0.0.1:1/v1.0"}
    stage.write_inventory({"contoso": {}, "fabrikam": gone})
    stage.write_playbook(play(assignments=[moving()]))
    result = stage.apply()
    assert result.code == 3, result.said
    assert "reading organization" in result.said
    assert len(stage.world.log.writes()) == 15


def test_4_waiting_for_a_person(set_up: SetUp) -> None:
    stage = set_up()
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    assert stage.apply().code == 4


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"users": 14}, "too-many-users"), ({"users": "90%"}, "too-many-users")],
)
def test_5_beyond_a_limit_and_accepted_once(
    set_up: SetUp, limits: dict[str, object], code: str
) -> None:
    stage = _moving_stage(set_up)
    stage.write_playbook(play(assignments=[moving()], limits=limits))
    assert stage.plan().code == 5
    refused = stage.apply()
    assert refused.code == 5, refused.said
    assert f"--accept {code}" in refused.stdout
    assert not stage.world.log.writes()
    assert stage.apply("--accept", "too-many-seats").code == 5
    accepted = stage.apply("--accept", code)
    assert accepted.code == 0, accepted.said


def test_5_more_seats_than_the_limit(set_up: SetUp) -> None:
    stage = set_up()
    stage.write_playbook(play(subscriptions=[buying(seats=30)], limits={"seats_bought": 29}))
    assert stage.apply().code == 5
    assert stage.apply("--accept", "too-many-seats").code == 4


def test_5_seats_that_cannot_hold_everyone(set_up: SetUp) -> None:
    few = [{"sku": E4, "seats": 30}, {"sku": E5, "seats": 14}]
    stage = set_up(world_of({"contoso": {**READY, "subscriptions": few}}))
    stage.write_playbook(play(assignments=[moving()]))
    refused = stage.apply()
    assert refused.code == 5, refused.said
    assert not stage.world.log.writes()


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-verb",),
        ("plan",),
        ("plan", "a.yaml", "--no-such-option"),
        ("apply", "a.yaml", "--forks", "0"),
        ("apply", "a.yaml", "--wait", "soon"),
        ("apply", "a.yaml", "--max-age", "5"),
        ("plan", "a.yaml", "--format", "pdf"),
    ],
    ids=" ".join,
)
def test_64_a_wrong_command_line(set_up: SetUp, arguments: tuple[str, ...]) -> None:
    wrong = set_up().cli(*arguments)
    assert wrong.code == 64, wrong.said
    assert wrong.stdout == ""


def test_65_a_wrong_playbook(set_up: SetUp) -> None:
    stage = _moving_stage(set_up)
    stage.write_playbook(play(assignments=[moving(target="ENTERPRISEPREMIUN")]))
    wrong = stage.plan()
    assert wrong.code == 65, wrong.said
    assert "ENTERPRISEPREMIUM" in wrong.stderr
    assert "playbook.yaml:" in wrong.stderr


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"- [", b"- 1", b"{}", b'{"format": "x"}'])
def test_65_junk_instead_of_a_playbook_or_a_plan(set_up: SetUp, content: bytes) -> None:
    stage = _moving_stage(set_up)
    stage.playbook.write_bytes(content)
    for wrong in (stage.plan(), stage.apply()):
        assert wrong.code == 65, wrong.said
        assert "Traceback" not in wrong.said


def test_65_files_that_are_not_there(set_up: SetUp) -> None:
    stage = _moving_stage(set_up)
    assert stage.cli("plan", "no/such.yaml", "-i", stage.inventory).code == 65
    assert stage.cli("apply", "no/such.json", "-i", stage.inventory, "--yes").code == 65
    assert stage.cli("plan", stage.playbook, "-i", "no/such.yaml").code == 65


@pytest.mark.parametrize(
    "endpoint", ["http://graph.example/v1.0", "http://10.1.2.3/v1.0", "https://graph.example/v1.0"]
)
def test_an_endpoint_that_must_not_see_a_token_is_refused(set_up: SetUp, endpoint: str) -> None:
    stage = _moving_stage(set_up)
    stage.write_inventory({"contoso": {"graph_endpoint": endpoint}})
    for refused in (stage.plan(), stage.apply()):
        assert refused.code in (3, 65), refused.said
        assert "graph_endpoint" in refused.said or endpoint.removesuffix("/v1.0") in refused.said
        assert "inventory.yaml:" in refused.said


@pytest.mark.parametrize("name", ["client_secret", "certificate", "default", "azure_cli"])
def test_a_sign_in_without_a_tenant_id_is_no_bug(set_up: SetUp, name: str) -> None:
    stage = _moving_stage(set_up)
    secret = {"client_secret": {"env": "PATH"}, "certificate": {"file": str(stage.playbook)}}
    auth = {"method": name, **({"client_id": APP, name: secret[name]} if name in secret else {})}
    if name == "default":
        auth = {"method": name}
    stage.write_inventory({"contoso": {"auth": auth}})
    refused = stage.cli("validate", stage.playbook, "-i", stage.inventory)
    if refused.code == 0 and name != "default":
        refused = stage.plan()
    assert "bug" not in refused.said
    assert refused.code in (0, 3, 65), refused.said


def test_a_certificate_that_is_none_fails_its_tenant_only(set_up: SetUp) -> None:
    stage = set_up(world_of({"contoso": READY}))
    auth = {"method": "certificate", "client_id": APP, "certificate": {"file": str(stage.playbook)}}
    other = {"auth": auth, "tenant_id": "8f14e45f-ceea-467f-a0e6-0d1f0c8b3a11"}
    stage.write_inventory({"contoso": {}, "fabrikam": other})
    stage.write_playbook(play(assignments=[moving()]))
    result = stage.apply()
    assert result.code == 3, result.said
    assert "bug" not in result.said
    assert len(stage.world.log.writes()) == 15


def test_another_tenant_behind_the_sign_in_is_refused(set_up: SetUp) -> None:
    stage = _moving_stage(set_up)
    stage.write_inventory({"contoso": {"tenant_id": "8f14e45f-ceea-467f-a0e6-0d1f0c8b3a11"}})
    refused = stage.plan()
    assert refused.code == 5, refused.said
    assert "the sign-in leads to tenant" in refused.said
    assert ("contoso   refused" in refused.stdout, "unreachable" in refused.stdout) == (
        True,
        False,
    )
    assert stage.apply().code == 5
    assert not stage.world.log.writes()


def test_130_interrupted_and_on_record(set_up: SetUp) -> None:
    stage = _moving_stage(set_up)
    stage.world.set_faults([{"kind": "slow", "seconds": 3.0, "on": "batch"}])
    with stage.start(*stage.apply_arguments()) as process:
        deadline = time.monotonic() + 20
        while not stage.world.log.writes() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "interrupted" in said
    assert stage.rows("SELECT exit_code FROM runs") == [(130,)]
    stage.world.set_faults([])
    again = stage.apply()
    assert again.code == 0, again.said
    applied = [call.path for call in stage.world.log.writes() if call.applied]
    assert len(applied) == len(set(applied)) == 15


def test_0_a_source_that_comes_from_a_group_only_in_part(set_up: SetUp) -> None:
    users = [
        {"count": 2, "licenses": [E4], "usage_location": "IT"},
        {"count": 2, "licenses": [], "groups": ["Sales"], "usage_location": "IT"},
        {"count": 1, "licenses": [E4], "groups": ["Sales"], "user_type": "Guest"},
    ]
    groups = [{"name": "Sales", "licenses": [E4]}]
    stage = set_up(world_of({"contoso": {**READY, "groups": groups, "users": users}}))
    stage.write_playbook(play(assignments=[moving(guests="leave")]))
    planned = stage.plan()
    assert planned.code == 0, planned.said
    assert "3 users with Office 365 E4 from a group will not be moved" in planned.stdout
    assert stage.apply().code == 0
    written = {call.path.split("/users/")[1].split("/")[0] for call in stage.world.log.writes()}
    assert written == set(stage.user_ids[:2])


def test_5_who_that_nobody_knows(set_up: SetUp) -> None:
    stage = _moving_stage(set_up)
    stage.write_playbook(play(assignments=[moving(who={"groups": ["Nobody"]})]))
    refused = stage.plan()
    assert refused.code == 5, refused.said
    assert "there is no such group" in refused.stdout
    assert stage.apply().code == 5
    assert not stage.world.log.writes()
