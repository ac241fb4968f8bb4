"""Groups, locations and add-ons end well through lost answers, late replicas and killed runs."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.simulator.products import load_products
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, ROOT, Stage, hasten, play

SCENARIO = ROOT / "playbooks" / "scenarios" / "groups.yaml"
ADD_ON = "MCOMEETADV"
STORM = [
    {"kind": "applied_unanswered", "rate": 0.15},
    {"kind": 429, "rate": 0.1, "retry_after": 1},
    {"kind": 503, "rate": 0.1},
    {"kind": "drop", "rate": 0.05},
    {"kind": "missing_answer", "rate": 0.1},
    {"kind": "empty_page", "rate": 0.2},
]


def _scene(*, rate: int) -> dict[str, Any]:
    """Return the groups scenario without those whom nothing helps, and five without a location."""
    found: dict[str, Any] = yaml.safe_load(Path(SCENARIO).read_text(encoding="utf-8"))
    tenant = found["tenants"]["northwind"]
    hopeless = ("twin", "guest")
    tenant["users"] = [each for each in tenant["users"] if each.get("name") not in hopeless]
    tenant["users"].append({"count": 5, "name": "nowhere", "licenses": [E4]})
    tenant["lag"] = {"advanced": 5, "consumed": 20, "primary": 3, "share": 0.5}
    found["clock"]["rate"] = rate
    return found | {"quota": "off"}


def _stage(set_up: SetUp, *, rate: int) -> Stage:
    stage = set_up(_scene(rate=rate))
    assignment = {"from": E4, "to": E5, "usage_location": "IT", "included_add_ons": "remove"}
    stage.write_playbook(play(assignments=[assignment]))
    return stage


def _licensed(stage: Stage) -> list[str]:
    people = (user for user in stage.tenant.users if user.state.deleted_at is None)
    return [user.id for user in people if user.state.held]


def _assert_right_end(stage: Stage, licensed: list[str]) -> None:
    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said
    here = [user for user in stage.tenant.users if user.state.deleted_at is None]
    ids = {word: load_products().find(word).sku_id for word in (E4, E5, ADD_ON)}
    assert not any({ids[E4], ids[ADD_ON]} & user.state.held for user in here)
    assert sum(ids[E5] in user.state.held for user in here) == len(licensed)
    assert stage.tenant.ever_unlicensed(licensed, among=[E4, E5]) == []
    assert not any(stage.tenant.most_over_assigned.values())


def test_everybody_moves_although_graph_loses_a_tenth_and_shows_old_replicas(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasten(monkeypatch)
    stage = _stage(set_up, rate=40)
    licensed = _licensed(stage)
    stage.world.set_faults(STORM)
    codes = [stage.apply().code]
    while codes[-1] != 0 and len(codes) < 5:
        codes.append(stage.apply().code)
    assert codes[-1] == 0, codes
    stage.world.set_faults([])
    stage.world.advance("1 min")
    _assert_right_end(stage, licensed)


def test_a_run_killed_while_groups_are_under_way_is_finished_by_the_next(set_up: SetUp) -> None:
    stage = _stage(set_up, rate=5)
    licensed = _licensed(stage)
    stage.world.set_faults([{"kind": "slow", "seconds": 0.05}])
    for seconds in (1.0, 1.6, 2.2):
        process = stage.start(*stage.apply_arguments())
        time.sleep(seconds)
        process.kill()
        process.communicate()
    ended = stage.process(*stage.apply_arguments())
    for _ in range(4):  # an old replica may have it refuse safely, and running again is enough
        if ended.code:
            ended = stage.process(*stage.apply_arguments())
    assert ended.code == 0, ended.said
    stage.world.set_faults([])
    stage.world.advance("1 min")  # until the last change has reached every replica
    _assert_right_end(stage, licensed)
