"""Every file in `edges` is an edge case of licensing: a tenant, a playbook, its plan, its end.

A file holds `case` (its number in the reference sheets), `proves`, `tenant` (as in a scenario),
`playbook` (plays), `plan` (`exit`, `steps`, `findings`, `says`), `apply` (exit codes of `apply`,
and between them what an administrator does), `after` (what `users` and `groups` hold; a product is
`SKU` or `SKU@Group`, with the plans that are off in it) and `again` (the plan of that, empty unless
stated). Optional are `writes` (how many calls change something), `unlicensed` (from whom the
administrator takes all), `faults`, `accept`, `clock_rate` and `wrong_today` with a reason.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.simulator.accounts import User
from runner.simulator.products import load_products
from tests.journeys.stage import Result, Stage, on_stage, world_of

EDGES = sorted((Path(__file__).parent / "edges").glob("*.yaml"))
PRODUCTS = load_products()
PLANS = {key: plan.name for each in PRODUCTS.by_id.values() for key, plan in each.plans.items()}
PLAY = {"name": "The upgrade", "tenants": "all"}


def _case(path: Path) -> Any:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    wrong = case.get("wrong_today")
    marks = [pytest.mark.xfail(strict=True, reason=wrong)] if wrong else []
    return pytest.param(case, id=path.stem, marks=marks)


def _world(case: Mapping[str, Any]) -> dict[str, Any]:
    base = {"display_name": "Contoso", "country": "IT", "group_licensing": {"rate": "instant"}}
    world = world_of({"contoso": base | case["tenant"]})
    world["clock"]["rate"] = case.get("clock_rate", 0)
    return world | {"faults": case.get("faults", [])}


def _sku(guid: str) -> str:
    return PRODUCTS.by_id[guid].part_number


def _block(user: User) -> str:
    return user.display_name.lower().rpartition(" ")[0]


def _people(stage: Stage, ids: list[str]) -> str:
    counts = Counter(_block(stage.tenant.user(each)) for each in ids)
    return " + ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _swap(step: Mapping[str, Any]) -> str:
    off = sorted(PLANS[plan] for each in step["add"] for plan in each["disabled_plans"])
    source = " + ".join(sorted(map(_sku, step["remove"])))
    if not step["add"]:
        return f"{source} -> nothing, they have {_sku(step['target_sku'])}"
    return f"{source} -> {_sku(step['target_sku'])}" + (f" without {', '.join(off)}" if off else "")


def _suites(case: Mapping[str, Any]) -> list[str]:
    """Return the products that the playbook takes or gives."""
    wanted = [each for play in case["playbook"] for each in play["desired_state"]["assignments"]]
    sources = (each["from"] for each in wanted)
    taken = [sku for one in sources for sku in ([one] if isinstance(one, str) else one)]
    return taken + [each["to"] for each in wanted]


def _said(step: Mapping[str, Any], stage: Stage) -> str:
    """Return a step of a plan in the words of the files."""
    kind = step["kind"]
    words: Mapping[str, Callable[[], str]] = {
        "buy_seats": lambda: f"{_sku(step['sku'])} {step['seats_now']} -> {step['seats']}",
        "change_seats": lambda: f"{_sku(step['sku'])} {step['seats_now']} -> {step['seats']}",
        "await_ready": lambda: f"{_sku(step['sku'])} {step['seats']}",
        "set_usage_location": lambda: f"{step['country']} {_people(stage, step['users'])}",
        "move_group": lambda: f"{step['name']} {_people(stage, step['users'])}: {_swap(step)}",
        "move_users": lambda: f"{_people(stage, step['users'])}: {_swap(step)}",
        "remove_add_on": lambda: (
            f"{_people(stage, step['users'])}: {' + '.join(map(_sku, step['remove']))}"
        ),
        "cancel_subscription": lambda: f"{_sku(step['sku'])} {step['seats']}",
    }
    return f"{kind} {words[kind]()}"


def _planned(stage: Stage, case: Mapping[str, Any], *options: str | Path) -> Result:
    accepted = [word for code in case.get("accept", ()) for word in ("--accept", code)]
    return stage.plan("--json", *accepted, *options)


def _assert_plan(result: Result, wanted: Mapping[str, Any], stage: Stage) -> None:
    (tenant,) = result.document["tenants"]
    assert [_said(step, stage) for step in tenant["steps"]] == wanted.get("steps", [])
    if "findings" in wanted:
        assert [each["code"] for each in tenant["findings"]] == wanted["findings"]
    for words in wanted.get("says", ()):
        assert words in stage.plan("-v").stdout
    assert result.code == wanted.get("exit", 0), result.said


def _act(stage: Stage, act: Any, case: Mapping[str, Any]) -> None:
    """Apply with this exit code, or do what an administrator does."""
    if isinstance(act, int):
        accepted = [word for code in case.get("accept", ()) for word in ("--accept", code)]
        result = stage.apply(*accepted)
        assert result.code == act, result.said
        return
    ((verb, value),) = act.items()
    administrator = stage.world.admin("contoso")
    if verb == "saved":
        saved = ("apply", stage.folder / "plan.json", "-i", stage.inventory, "--yes")
        result = stage.cli(*saved, "--wait", "1s")
        assert result.code == value, result.said
    elif verb == "advance":
        stage.world.advance(value)
    elif verb == "faults":
        stage.world.set_faults(value)
    elif verb == "buy":
        administrator.buy(value["sku"], seats=value["seats"])
    elif verb == "resize":
        administrator.resize(value["sku"], seats=value["seats"])
    else:
        getattr(administrator, verb)(**value)


def _held(user: User, stage: Stage) -> dict[str, list[str]]:
    found = {}
    for row in user.state.rows:
        group = f"@{stage.tenant.group(row.group_id).name}" if row.group_id else ""
        error = f" {row.state} {row.error}" if row.error else ""
        found[f"{_sku(row.sku_id)}{group}{error}"] = sorted(PLANS[each] for each in row.disabled)
    return found


def _assert_after(stage: Stage, wanted: Mapping[str, Any]) -> None:
    for user in stage.tenant.users:
        name = user.display_name.lower()
        expected = wanted["users"].get(name) or wanted["users"][_block(user)]
        assert (name, _held(user, stage)) == (name, expected)
    for name, licenses in wanted.get("groups", {}).items():
        rows = stage.tenant.group_called(name).licenses
        off = {_sku(row.sku_id): sorted(PLANS[each] for each in row.disabled) for row in rows}
        assert off == licenses
    for name, country in wanted.get("locations", {}).items():
        people = [user for user in stage.tenant.users if _block(user) == name]
        assert {user.state.usage_location for user in people} == {country}


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("case", [_case(path) for path in EDGES])
def test_edge(case: dict[str, Any], tmp_path: Path) -> None:
    with on_stage(_world(case), tmp_path) as stage:
        stage.write_playbook(*(PLAY | play for play in case["playbook"]))
        suites = {PRODUCTS.find(word).sku_id for word in _suites(case)}
        given_up = case.get("unlicensed", ())
        licensed = [
            user.id
            for user in stage.tenant.users
            if user.state.held & suites and _block(user) not in given_up
        ]
        start = dict(stage.tenant.most_over_assigned)
        saved = _planned(stage, case, "--out", stage.folder / "plan.json")
        _assert_plan(saved, case["plan"], stage)
        for act in case["apply"]:
            _act(stage, act, case)
        _assert_after(stage, case["after"])
        if "writes" in case:
            assert len(stage.world.log.writes(tenant="contoso")) == case["writes"]
        assert not stage.tenant.ever_unlicensed(licensed, among=suites)
        for sku, over in stage.tenant.most_over_assigned.items():
            assert over <= max(0, start.get(sku, 0))
        _assert_plan(_planned(stage, case), case.get("again", {}), stage)
