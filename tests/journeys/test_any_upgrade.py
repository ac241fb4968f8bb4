"""Whatever the tenant, the playbook and the faults: the right end, and nobody without a license."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, note, settings

from runner.simulator.products import load_products
from tests.journeys.stage import Result, Stage, hasten, on_stage
from tests.journeys.upgrades import TURNS, Upgrade, act, upgrades, user_plans

EXAMPLES = 60

FORESEEN = ("conflicting-plans", "missing-plan", "forbidden-in-location", "inherited-only")
"""Users whom the plan leaves as they are for these reasons are the matter of another test."""


def _until_it_stops(stage: Stage) -> Result:
    """Apply, do what is asked and let time pass, until nothing waits any more."""
    result = stage.apply()
    for _ in range(TURNS):
        if result.code not in (3, 4):
            break
        if not act(stage):
            stage.world.advance("1 business day")
        note(result.said)
        result = stage.apply()
    return result


def _movers(upgrade: Upgrade, stage: Stage) -> set[int]:
    """Return who has to move, by position: what the playbook says of who holds a source."""
    want, found = upgrade.assignment, set()
    for user in stage.tenant.users:
        held = user.state.held
        is_left = (want["guests"] == "leave" and user.profile.user_type == "Guest") or (
            want["blocked_accounts"] == "leave" and not user.state.account_enabled
        )
        has_place = bool(user.state.usage_location) or upgrade.target in held
        if held & set(upgrade.sources) and not is_left and has_place:
            found.add(user.index)
    return found


def _licensing(stage: Stage) -> list[dict[str, tuple[str, ...]]]:
    return [stage.held(user.index) for user in stage.tenant.users]


def _without(held: dict[str, Any], skus: set[str]) -> dict[str, Any]:
    return {sku: off for sku, off in held.items() if sku not in skus}


def _assert_right_users(
    upgrade: Upgrade, stage: Stage, *, before: list[dict[str, Any]], movers: set[int]
) -> None:
    named = {*upgrade.sources, upgrade.target}
    for index, (was, now) in enumerate(zip(before, _licensing(stage), strict=True)):
        assert _without(was, named) == _without(now, named)
        if index not in movers:
            assert was == now
            continue
        assert not set(upgrade.sources) & now.keys()
        assert upgrade.target in now
        if upgrade.target in was:
            assert now[upgrade.target] == was[upgrade.target]
        elif upgrade.assignment["service_plans"] == "keep":
            _assert_kept_off(upgrade, was=was, now=now)


def _assert_kept_off(upgrade: Upgrade, *, was: dict[str, Any], now: dict[str, Any]) -> None:
    """A service that was off in every source that has it and is in the target stays off."""
    products = load_products().by_id
    sources = [sku for sku in upgrade.sources if sku in was]
    for plan in user_plans(upgrade.target):
        having = [sku for sku in sources if plan in products[sku].plans]
        if having and all(plan in was[sku] for sku in having):
            assert plan in now[upgrade.target]


def _carry_out(upgrade: Upgrade, stage: Stage) -> None:
    stage.write_playbook(upgrade.play())
    before, movers = _licensing(stage), _movers(upgrade, stage)
    at_first = stage.tenant.snapshot()
    planned = stage.plan()
    event(f"plan {planned.code}")
    note(planned.said)
    assert planned.code in (0, 5), planned.said
    if any(f"[{code}]" in planned.stdout for code in FORESEEN) or 'group "' in planned.stdout:
        event("foreseen, or of a group: test_foreseen_users.py")
        return
    if planned.code == 5:
        assert stage.apply().code == 5
        assert stage.tenant.snapshot() == at_first
        assert not stage.world.log.writes()
        return
    stage.world.set_faults(upgrade.faults)
    result = _until_it_stops(stage)
    stage.world.set_faults([])
    event(f"apply {result.code}")
    assert result.code == (4 if _is_still_held(upgrade, before, movers) else 0), result.said
    _assert_right_users(upgrade, stage, before=before, movers=movers)
    ids = [stage.tenant.users[index].id for index in sorted(movers)]
    assert not stage.tenant.ever_unlicensed(ids, among=[*upgrade.sources, upgrade.target])
    assert max(stage.tenant.most_over_assigned.values(), default=0) <= 0
    applied = [call.path for call in stage.world.log.writes() if call.applied]
    assert len(applied) == len(set(applied)) == len(movers)
    assert stage.tenant.snapshot()["groups"] == at_first["groups"]
    _assert_nothing_is_left(upgrade, stage, is_waiting=result.code == 4)


def _is_still_held(upgrade: Upgrade, before: list[dict[str, Any]], movers: set[int]) -> bool:
    """Say whether a product that shall be cancelled is held by who stays, or carried by a group."""
    ends = {entry["sku"] for entry in upgrade.subscriptions if entry["state"] == "cancelled"}
    carried = {sku for group in upgrade.tenant["groups"] for sku in group["licenses"]}
    return bool(ends & carried) or any(
        ends & held.keys() for i, held in enumerate(before) if i not in movers
    )


def _assert_nothing_is_left(upgrade: Upgrade, stage: Stage, *, is_waiting: bool) -> None:
    writes = len(stage.world.log.writes())
    orders = stage.rows("SELECT step, count(*), count(DISTINCT key) FROM orders GROUP BY step")
    assert all(row[1:] == (1, 1) for row in orders)
    again = stage.plan("--detailed-exitcode")
    assert again.code == (2 if is_waiting else 0), again.said
    assert stage.apply().code == (4 if is_waiting else 0)
    assert len(stage.world.log.writes()) == writes


@given(upgrade=upgrades())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
def test_any_upgrade_ends_as_the_playbook_says(upgrade: Upgrade) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        on_stage(upgrade.world(), Path(folder)) as stage,
        pytest.MonkeyPatch.context() as patch,
    ):
        hasten(patch)
        _carry_out(upgrade, stage)
