"""The way back from purchases and cancellations, by the channel that made them."""

from typing import Any

import pytest

from runner.engine import patience
from tests.builders import E3 as E3_ID
from tests.builders import E5 as E5_ID
from tests.journeys.conftest import SetUp
from tests.journeys.stage import ROOT, Result, Stage, buying, cancelling, moving, play

E3 = "ENTERPRISEPACK"
BOUGHT = "2026-11-18T09:00:00Z"
"""Two days before the clock of the world, so within the refund window."""

PAGE = ROOT / "docs" / "rollback.md"
CHANNELS = {
    "csp": ("partner_center", {"country": "IT"}, "/partner"),
    "direct_mca": ("azure_billing", {"writes": True}, "/azure"),
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these worlds stands still, so waiting inside a run is of no use."""
    monkeypatch.setattr(patience, "SETTLE_S", 0.1)


def _upgraded(set_up: SetUp, channel: str, *more: Any) -> tuple[Stage, str]:
    """Return a tenant that a run has taken to E5 through a channel, and that run."""
    stage = set_up(
        subscriptions=[{"sku": E3, "seats": 20, "channel": channel, "created": BOUGHT}],
        users=[
            {"count": 9, "licenses": [E3], "usage_location": "IT"},
            {"count": 3, "licenses": [{"sku": E3, "disabled": ["SWAY"]}], "usage_location": "IT"},
        ],
        azure={"retry_after": 0},
    )
    variable, settings, path = CHANNELS[channel]
    stage.write_inventory({"contoso": {variable: {"endpoint": stage.url + path, **settings}}})
    wanted = [buying(seats={"match": E3}), *more]
    stage.write_playbook(play(subscriptions=wanted, assignments=[moving(E3)]))
    applied = stage.apply()
    assert applied.code == 0, applied.said
    assert all(E5_ID in stage.held(index) for index in range(12))
    return stage, stage.rows("SELECT id FROM runs")[0][0]


def _rollback(stage: Stage, run: str) -> Result:
    options = ("-i", stage.inventory, "--playbook", stage.playbook, "--yes")
    return stage.cli("rollback", run, *options)


def _live(stage: Stage) -> dict[str, int]:
    """Return the seats of every product that has not ended."""
    kept = stage.tenant.snapshot()["subscriptions"].values()
    return {sku: seats for sku, seats, ended in kept if ended is None}


@pytest.mark.parametrize("channel", CHANNELS)
def test_within_the_window_users_go_back_and_what_was_bought_is_given_up(
    set_up: SetUp, channel: str
) -> None:
    stage, run = _upgraded(set_up, channel)
    back = _rollback(stage, run)
    assert back.code == 0, back.said
    assert [set(stage.held(index)) for index in range(12)] == [{E3_ID}] * 12
    assert [len(stage.held(index)[E3_ID]) for index in range(12)] == [0] * 9 + [1] * 3
    assert _live(stage) == {E3_ID: 20}
    again = _rollback(stage, run)
    assert again.code == 0, again.said
    assert "1 tenant unchanged" in again.stdout


def test_the_example_of_the_page_is_what_is_shown(set_up: SetUp) -> None:
    stage, run = _upgraded(set_up, "csp")
    stage.world.advance("2d")
    shown = _rollback(stage, run).stdout
    assert f"```text\n{shown.rstrip()}\n```" in PAGE.read_text(encoding="utf-8"), shown


@pytest.mark.parametrize("channel", CHANNELS)
def test_after_the_window_users_go_back_and_the_seats_stay_and_that_is_said(
    set_up: SetUp, channel: str
) -> None:
    stage, run = _upgraded(set_up, channel)
    stage.world.advance("8d")
    back = _rollback(stage, run)
    assert back.code == 0, back.said
    assert all(set(stage.held(index)) == {E3_ID} for index in range(12))
    assert _live(stage) == {E3_ID: 20, E5_ID: 20}
    assert "20 seats stay: Office 365 E5 was bought new" in back.stdout


WHY = {
    "csp": "Partner Center takes no cancellation back",
    "direct_mca": "to reactivate it makes a new subscription with a commitment of its own",
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_was_cancelled_is_not_bought_anew_and_nobody_is_left_without(
    set_up: SetUp, channel: str
) -> None:
    stage, run = _upgraded(set_up, channel, cancelling(E3))
    before, writes = stage.tenant.snapshot(), len(stage.world.log.writes())
    back = _rollback(stage, run)
    assert back.code == 5, back.said
    assert f"20 seats of Office 365 E3 were cancelled: {WHY[channel]}" in back.stdout
    assert "Office 365 E3 would have 0 seats for 12 users: have them bought" in back.stdout
    assert stage.tenant.snapshot() == before
    assert len(stage.world.log.writes()) == writes
    stage.world.admin().buy(E3, seats=12)
    stage.world.advance("3d")
    again = _rollback(stage, run)
    assert again.code == 0, again.said
    assert all(set(stage.held(index)) == {E3_ID} for index in range(12))
    assert _live(stage) == {E3_ID: 12}
