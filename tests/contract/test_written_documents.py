"""Everything the program writes for other programs fits the schemas it ships."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from runner.model.outcome import EventKind
from runner.playbook.schemas import read_schema
from runner.steps import KINDS
from runner.store import plan_bytes
from tests.house.source import ROOT
from tests.store.plans import every_kind

GOLDEN = ROOT / "tests" / "render" / "golden"


def check(name: str, document: Any) -> None:
    schema = read_schema(name)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)


def test_a_plan_with_a_step_of_every_kind_fits() -> None:
    check("plan", json.loads(plan_bytes(every_kind())))


def test_a_plan_without_the_id_of_a_tenant_does_not_fit() -> None:
    document = json.loads(plan_bytes(every_kind()))
    del document["tenants"][0]["tenant_id"]
    with pytest.raises(ValidationError, match="tenant_id"):
        check("plan", document)


def test_the_schema_knows_every_kind_of_step_and_event() -> None:
    kinds = read_schema("plan")["$defs"]["step"]["properties"]["kind"]["enum"]
    assert set(kinds) == {kind.name for kind in KINDS}
    known = set(read_schema("event")["properties"]["kind"]["enum"])
    assert known >= {kind.value for kind in EventKind}


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_line_of_a_run_fits(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines
    for line in lines:
        check("event", json.loads(line))


RUNS = sorted(path for path in GOLDEN.glob("*.json") if not path.name.endswith(".gitlab.json"))


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_every_run_as_one_document_fits(path: Path) -> None:
    check("run", json.loads(path.read_text(encoding="utf-8")))
