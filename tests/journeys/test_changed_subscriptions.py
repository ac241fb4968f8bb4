"""Subscriptions that changed between plan and apply: no more is bought or ended than approved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.engine import patience
from tests.builders import E3 as E3_ID
from tests.builders import E5 as E5_ID
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E5, Stage, buying, cancelling, moving, play

E3 = "ENTERPRISEPACK"
PLANNED = 20
CHANNELS = {
    "csp": ("partner_center", {"country": "IT"}, "/partner"),
    "direct_mca": ("azure_billing", {"writes": True}, "/azure"),
}
Act = Callable[[Stage], None]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these worlds stands still, so waiting inside a run is of no use."""
    monkeypatch.setattr(patience, "SETTLE_S", 0.1)


def _nothing(stage: Stage) -> None:
    assert stage.world.tenants


def _all_bought(stage: Stage) -> None:
    stage.world.admin().buy(E5, seats=PLANNED)
    stage.world.advance("3d")


def _more_bought(stage: Stage) -> None:
    stage.world.admin().buy(E5, seats=PLANNED + 5)
    stage.world.advance("3d")


def _some_bought(stage: Stage) -> None:
    stage.world.admin().buy(E5, seats=5)
    stage.world.advance("3d")


def _source_grown(stage: Stage) -> None:
    stage.world.admin().resize(E3, seats=60)


def _source_in_use_again(stage: Stage) -> None:
    stage.world.admin().assign(stage.user_ids[-1], sku=E3)


def _source_gone(stage: Stage) -> None:
    stage.world.admin().cancel(E3, force=True)


WAYS: tuple[tuple[Act, int, int, int], ...] = (
    (_nothing, 0, 20, 0),
    (_all_bought, 0, 20, 0),
    (_more_bought, 0, 25, 0),
    (_some_bought, 0, 20, 0),
    (_source_grown, 5, 20, 60),
    (_source_in_use_again, 4, 20, 20),
    (_source_gone, 0, 20, 0),
)
"""What happened meanwhile, the exit code, and the live seats of the target and the source."""


def _planned(set_up: SetUp, channel: str) -> tuple[Stage, Path]:
    """Return a tenant on E3 and the saved plan that buys E5, moves everybody and cancels E3."""
    source: dict[str, Any] = {"sku": E3, "seats": PLANNED, "channel": channel}
    stage = set_up(
        subscriptions=[source | {"created": "2026-11-18T09:00:00Z"}],
        users=[
            {"count": 9, "licenses": [E3], "usage_location": "IT"},
            {"count": 1, "usage_location": "IT"},
        ],
        azure={"retry_after": 0},
    )
    variable, settings, path = CHANNELS[channel]
    stage.write_inventory({"contoso": {variable: {"endpoint": stage.url + path, **settings}}})
    wanted = [buying(seats={"match": E3}), cancelling(E3)]
    stage.write_playbook(play(subscriptions=wanted, assignments=[moving(E3)]))
    file = stage.folder / "plan.json"
    assert stage.plan("--out", file).code == 0
    return stage, file


def _live(stage: Stage, sku: str) -> int:
    kept = stage.tenant.snapshot()["subscriptions"].values()
    return sum(seats for found, seats, ended in kept if found == sku and ended is None)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("act", "code", "target", "source"), WAYS, ids=[w[0].__name__ for w in WAYS]
)
def test_no_more_is_bought_or_ended_than_was_approved(
    set_up: SetUp, act: Act, code: int, target: int, source: int, channel: str
) -> None:
    stage, file = _planned(set_up, channel)
    act(stage)
    served = {user.id for user in stage.tenant.users if user.state.rows}
    for _ in range(3):
        applied = stage.cli("apply", file, "-i", stage.inventory)
        assert _live(stage, E5_ID) <= max(target, PLANNED), applied.said
        stage.world.advance("1h")
    assert applied.code == code, applied.said
    assert (_live(stage, E5_ID), _live(stage, E3_ID)) == (target, source), applied.said
    assert {user.id for user in stage.tenant.users if user.state.rows} == served, applied.said
