"""Every file in `cases` is one sentence about planning: given a tenant, a playbook, this plan."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.model.findings import Severity
from runner.model.ids import sku_id
from runner.model.plan import Plan
from runner.model.spec import Loaded
from runner.planning import is_refused, make_plan
from runner.playbook import LoadOptions, SkuMiss, SkuResolution, load
from tests.builders import NOW, catalog
from tests.planning.changes import carried_out
from tests.planning.given import in_words, state_of

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
ALWAYS = "loses-voice-rights"
"""Who leaves E4 loses its voice right: told in most cases, named by those that are about it."""

CHANNELS = {"partner_center": {}, "azure_billing": {"writes": True}}
"""What the inventory gives, unless a case gives other `channels`."""


def _resolve(text: str) -> SkuResolution:
    for product in catalog().products.values():
        if text in product.part_numbers:
            return sku_id(product.id)
    return SkuMiss(kind="unknown")


def _load(case: dict[str, Any], folder: Path) -> Loaded:
    tenants = {"contoso": case.get("channels", CHANNELS)}
    (folder / "inventory.yaml").write_text(yaml.safe_dump({"all": {"tenants": tenants}}))
    book = folder / "book.yaml"
    book.write_text(case["want"])
    options = LoadOptions(inventories=(folder / "inventory.yaml",), resolve_sku=_resolve)
    return load([book], options=options)


def _plan(case: dict[str, Any], wanted: Loaded, have: Any) -> Plan:
    accepted = tuple(case.get("accept", ()))
    return make_plan(wanted, {"contoso": have}, catalog=catalog(), now=NOW, accepted=accepted)


def _differences(plan: Plan, case: dict[str, Any]) -> list[str]:
    steps = plan.tenants[0].steps
    found = [in_words(step, steps) for step in steps]
    wanted = case.get("plan", [])
    if [each["step"] for each in found] != [each["step"] for each in wanted]:
        return [f"steps are {found}"]
    return [
        f"{want['step']}: {key} is {have[key]!r}, not {value!r}"
        for want, have in zip(wanted, found, strict=True)
        for key, value in want.items()
        if have[key] != value
    ]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    wanted, have = _load(case, tmp_path), state_of(case["given"])
    plan = _plan(case, wanted, have)
    findings = plan.tenants[0].findings
    errors = [f.code for f in findings if f.severity is Severity.ERROR and not f.accepted]
    assert errors == case.get("refused", [])
    told = [f.code for f in findings if f.severity is not Severity.ERROR or f.accepted]
    wanted_told = case.get("told", [])
    assert [code for code in told if code in wanted_told or code != ALWAYS] == wanted_told
    assert set(case.get("says", ())) <= {f"{f.summary}: {f.hint}" for f in findings}
    if "plan" in case or not errors:
        assert _differences(plan, case) == []
    if not is_refused(plan.tenants[0]):
        again = _plan(case, wanted, carried_out(have, plan))
        assert again.tenants[0].steps == ()


def test_every_case_is_refused_or_has_a_plan() -> None:
    assert len(CASES) >= 30
    for path in CASES:
        assert yaml.safe_load(path.read_text(encoding="utf-8")).keys() & {"plan", "refused"}
