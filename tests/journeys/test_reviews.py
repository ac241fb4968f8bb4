"""What reviews found in the commands, so that it stays mended."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from runner.providers.graph import transport
from tests.journeys.conftest import SetUp
from tests.journeys.stage import (
    E4,
    E5,
    PROGRAM,
    ROOT,
    Stage,
    buying,
    cancelling,
    moving,
    play,
    scene,
    world_of,
)

ENTRY = scene()["tenants"]["contoso"]
READY = {**ENTRY, "subscriptions": [{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}]}
NOBODY = {"graph_endpoint": "http://127.0.0.1:1/v1.0"}


def _moving(set_up: SetUp) -> Stage:
    stage = set_up(world_of({"contoso": READY}))
    stage.write_playbook(play(assignments=[moving()]))
    return stage


def _asking(set_up: SetUp) -> Stage:
    stage = set_up()
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    return stage


@pytest.mark.usefixtures("hasty")
def test_4_writes_that_are_refused_for_ever(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PAUSED_IN_ALL_S", 0.05)
    stage = _moving(set_up)
    stage.world.set_faults([{"kind": 429, "on": ["inner", "write"], "retry_after": 0}])
    refused = stage.apply()
    assert refused.code == 4, refused.said
    stage.world.set_faults([])
    assert stage.apply().code == 0


def test_5_one_tenant_by_two_names_is_asked_for_once(set_up: SetUp) -> None:
    stage = _asking(set_up)
    stage.write_inventory({"contoso": {}, "twin": {"graph_endpoint": f"{stage.url}/contoso/v1.0"}})
    result = stage.apply()
    assert result.code == 5, result.said
    assert "twin and contoso are one tenant" in result.stdout
    assert stage.rows("SELECT kind FROM orders") == [("buy_seats",)]


def test_64_a_document_leaves_no_place_for_the_question(set_up: SetUp) -> None:
    stage = _moving(set_up)
    wrong = stage.cli("apply", stage.playbook, "-i", stage.inventory, "--json", answer="yes\n")
    assert wrong.code == 64, wrong.said
    assert wrong.stdout == ""
    assert "--yes" in wrong.stderr
    assert not stage.world.log.writes()


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_65_a_mistyped_product_although_no_tenant_answers(set_up: SetUp, verb: str) -> None:
    stage = _moving(set_up)
    stage.write_inventory({"contoso": NOBODY})
    stage.write_playbook(play(assignments=[moving(target="ENTERPRISEPREMIUN")]))
    wrong = stage.cli(verb, stage.playbook, "-i", stage.inventory)
    assert wrong.code == 65, wrong.said
    assert "ENTERPRISEPREMIUN" in wrong.stderr
    assert "playbook.yaml:" in wrong.stderr


def test_65_a_saved_plan_without_the_tenant_that_is_named(set_up: SetUp) -> None:
    stage = set_up(world_of({"contoso": READY, "fabrikam": READY}))
    stage.write_playbook(play(assignments=[moving()]))
    file = stage.folder / "plan.json"
    assert stage.plan("-l", "contoso", "--out", file).code == 0
    wrong = stage.cli("apply", file, "-i", stage.inventory, "--yes", "-l", "fabrikam")
    assert wrong.code == 65, wrong.said
    assert "it holds contoso" in wrong.stderr
    assert not stage.world.log.writes()


def _into_a_full_disk(stage: Stage, *arguments: str | Path) -> tuple[int, str]:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            cwd=ROOT,
            env=stage.environment(),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
@pytest.mark.parametrize("verb", ["plan", "skus"])
def test_1_an_output_that_cannot_be_written(set_up: SetUp, verb: str) -> None:
    stage = _moving(set_up)
    words = ("skus", "e5") if verb == "skus" else ("plan", stage.playbook, "-i", stage.inventory)
    code, said = _into_a_full_disk(stage, *words)
    assert code == 1, said
    assert "bug" not in said
    assert "Traceback" not in said
    assert "the output cannot be written" in said


def test_status_names_the_tenant_that_was_interrupted(set_up: SetUp) -> None:
    stage = _moving(set_up)
    stage.world.set_faults([{"kind": "slow", "seconds": 3.0, "on": "batch"}])
    with stage.start(*stage.apply_arguments()) as process:
        deadline = time.monotonic() + 20
        while not stage.world.log.writes() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    said = stage.cli("status", stage.playbook)
    assert said.code == 0, said.said
    assert "contoso   waiting" in said.stdout
    assert "interrupted" in said.stdout


@pytest.mark.usefixtures("hasty")
def test_status_shows_a_tenant_that_does_not_answer(set_up: SetUp) -> None:
    stage = _moving(set_up)
    stage.write_inventory({"contoso": {}, "fabrikam": NOBODY})
    assert stage.apply().code == 3
    said = stage.cli("status", stage.playbook)
    assert "contoso   done" in said.stdout
    assert "fabrikam   unreachable" in said.stdout


def test_status_shows_the_task_a_person_has(set_up: SetUp) -> None:
    stage = _asking(set_up)
    assert stage.apply().code == 4
    said = stage.cli("status", stage.playbook)
    assert "do       buy Office 365 E5 (ENTERPRISEPREMIUM), 30 seats in all" in said.stdout


def test_a_confirmed_cancellation_stays_confirmed_between_reducing_and_cancelling(
    set_up: SetUp,
) -> None:
    stage = set_up(users=[], subscriptions=[{"sku": E4, "seats": 30}, {"sku": E5, "seats": 1}])
    stage.write_playbook(play(subscriptions=[cancelling()]))
    assert stage.apply().code == 4
    ((step,),) = stage.rows("SELECT step FROM orders")
    assert stage.cli("confirm", step, stage.playbook).code == 0
    assert stage.apply().code == 4
    before = stage.rows("SELECT key, opened_at, confirmed_at FROM orders WHERE closed_at IS NULL")
    stage.world.admin().resize(E4, seats=25)
    stage.world.advance("3h")
    assert stage.apply().code == 4
    after = stage.rows("SELECT key, opened_at, confirmed_at FROM orders WHERE closed_at IS NULL")
    assert after == before
    assert after[0][2]
