"""Prove that the rules of the catalog and of the simulator, written apart, agree on facts."""

import json
from importlib.resources import files
from typing import Any

from runner.catalog import load_conflicts, load_dependencies

THEIRS: dict[str, Any] = json.loads((files("runner.simulator") / "rules.json").read_bytes())


def test_both_know_the_same_conflicts() -> None:
    theirs = {frozenset(plans.values()) for plans in THEIRS["exclusions"].values()}
    assert theirs == set(load_conflicts().values())


def test_what_the_simulator_refuses_for_a_dependency_the_catalog_foresees() -> None:
    ours = {each.plan: each.needs_any_of for each in load_dependencies()}
    for each in THEIRS["dependencies"]:
        (plan,) = each["plan"].values()
        assert set(each["needs"].values()) <= ours[plan]
