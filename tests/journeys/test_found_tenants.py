"""Tenants that a partner's lists name, and groups that their products decide, by commands."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E5, TOKEN_VARIABLE, Result, Stage, buying, moving, play, world_of

E3 = "ENTERPRISEPACK"
PARTNER_CENTER = "partner_center_customers"
AUTH = {"method": "token", "token": {"env": TOKEN_VARIABLE}}


def _owning(sku: str, *, seats: int = 20, **more: Any) -> dict[str, Any]:
    """Return a customer with five users on a product."""
    users = [{"count": 5, "licenses": [sku], "usage_location": "IT"}]
    return {"subscriptions": [{"sku": sku, "seats": seats}], "users": users, **more}


def _world(**more: Any) -> dict[str, Any]:
    """Return a partner with three customers, two of them on E3, one of these not its customer."""
    tenants = {
        "reseller": {},
        "contoso": _owning(E3),
        "fabrikam": _owning("STANDARDPACK"),
        "acme": _owning(E3, seats=300),
        "stranger": _owning(E3, partner={"customer": False}),
    }
    return world_of(tenants) | {"partner": {"tenant": "reseller"}} | more


def _finder(stage: Stage, kind: str) -> dict[str, Any]:
    if kind == "graph_contracts":
        endpoint = f"{stage.url}/reseller/v1.0"
        return {"plugin": kind, "partner": {"graph_endpoint": endpoint, "auth": AUTH}}
    settings = {"endpoint": f"{stage.url}/partner", "auth": AUTH}
    return {"plugin": kind, "partner_center": settings}


def _inventory(
    stage: Stage,
    groups: Mapping[str, str],
    *,
    kind: str = PARTNER_CENTER,
    **more: Any,
) -> None:
    """Write an inventory of two plugins and nothing else."""
    domain = "{{ customer.domain.split('.')[0] }}"
    found = {"graph_endpoint": f"{stage.url}/{domain}/v1.0", "auth": AUTH}
    finder = _finder(stage, kind) | {"groups": ["customers"], "vars": found} | more
    stage.inventory = stage.folder / "tenants"
    stage.inventory.mkdir(exist_ok=True)
    computed = {"plugin": "constructed", "groups": dict(groups)}
    for name, tree in (("customers", finder), ("groups", computed)):
        (stage.inventory / f"{name}.yaml").write_text(yaml.safe_dump(tree), encoding="utf-8")


def _upgrade(stage: Stage, tenants: str) -> None:
    wanted = [buying(seats={"match": E3})]
    moved = [moving(E3, E5)]
    stage.write_playbook(play(subscriptions=wanted, assignments=moved, tenants=tenants))


def _planned(result: Result) -> list[str]:
    return [each["tenant"] for each in result.document["tenants"]]


def _reads(stage: Stage, tenant: str) -> list[str]:
    return [call.path for call in stage.world.log if call.tenant == tenant]


def _held(stage: Stage, tenant: str) -> list[frozenset[str]]:
    return [user.state.held for user in stage.world.tenant(tenant).users]


@pytest.mark.parametrize("kind", [PARTNER_CENTER, "graph_contracts"])
def test_the_customers_that_own_a_product_are_planned(set_up: SetUp, kind: str) -> None:
    stage = set_up(_world())
    _inventory(stage, {"e3_customers": f"facts.owns('{E3}')"}, kind=kind)
    _upgrade(stage, "e3_customers")
    planned = stage.plan("--json")
    assert planned.code == 0, planned.said
    assert sorted(_planned(planned)) == ["acme", "contoso"]
    assert _reads(stage, "stranger") == []
    assert "/users" not in _reads(stage, "fabrikam")


def test_each_question_is_asked_once_per_command(set_up: SetUp) -> None:
    stage = set_up(_world())
    groups = {"e3": f"facts.owns('{E3}')", "sold": "facts.channel != 'none'"}
    _inventory(stage, groups, kind="graph_contracts")
    _upgrade(stage, "e3:&sold")
    text = stage.playbook.read_text(encoding="utf-8").replace(E5, "NOBODY_KNOWS")
    stage.playbook.write_text(text, encoding="utf-8")
    planned = stage.plan()
    assert planned.code == 65, planned.said
    assert "NOBODY_KNOWS" in planned.stderr
    assert _reads(stage, "reseller") == ["/contracts"]
    assert _reads(stage, "fabrikam").count("/directory/subscriptions") == 2


def test_a_saved_plan_is_applied_to_the_tenants_that_are_found_again(set_up: SetUp) -> None:
    stage = set_up(_world())
    _inventory(stage, {"e3_customers": f"facts.owns('{E3}')"})
    _upgrade(stage, "e3_customers:!acme")
    saved, acme = stage.folder / "plan.json", _held(stage, "acme")
    assert stage.plan("--out", saved).code == 0
    stage.world.admin("contoso").buy(E5, seats=20)
    applied = stage.cli("apply", saved, "-i", stage.inventory, "--yes")
    assert applied.code == 0, applied.said
    held = _held(stage, "contoso")
    assert held != acme
    assert [len(each) for each in held] == [1] * 5
    assert _held(stage, "acme") == acme
    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said


def test_validate_asks_nothing_and_says_so(set_up: SetUp) -> None:
    stage = set_up(_world())
    _inventory(stage, {"e3_customers": f"facts.owns('{E3}')"})
    _upgrade(stage, "e3_customers")
    checked = stage.cli("validate", stage.playbook, "-i", stage.inventory)
    assert (checked.code, checked.stdout) == (0, "1 playbook: nothing wrong\n"), checked.said
    assert "note: which tenants are in `e3_customers` is found when a plan is made" in (
        checked.stderr
    )
    assert "note: the tenants of this plugin are found when a plan is made" in checked.stderr
    assert list(stage.world.log) == []


def test_permissions_asks_nobody_and_says_what_it_takes(set_up: SetUp) -> None:
    stage = set_up(_world())
    _inventory(stage, {"e3_customers": f"facts.owns('{E3}')"})
    _upgrade(stage, "e3_customers")
    named = stage.cli("permissions", stage.playbook, "-i", stage.inventory)
    assert named.code == 1, named.said
    assert "hint: name with `-i` an inventory in which one of them stands" in named.stderr
    assert list(stage.world.log) == []


def test_a_sign_in_that_may_not_list_the_customers_is_told_so(set_up: SetUp) -> None:
    world = _world()
    world["tenants"]["reseller"] = {"granted": ["User.Read.All"]}
    world["partner"]["refused"] = ["any-word"]
    stage = set_up(world)
    _upgrade(stage, "customers")
    for kind, hint in (("graph_contracts", "Directory.Read.All"), (PARTNER_CENTER, "Admin agent")):
        _inventory(stage, {"any": "true"}, kind=kind)
        planned = stage.plan()
        assert planned.code == 1, planned.said
        assert "customers.yaml:1" in planned.stderr
        assert hint in planned.stderr


def test_a_tenant_that_cannot_be_read_is_never_left_out_unnoticed(set_up: SetUp) -> None:
    world = _world()
    world["tenants"]["fabrikam"]["granted"] = ["User.Read.All"]
    stage = set_up(world)
    _inventory(stage, {"e3_customers": f"facts.owns('{E3}')"})
    _upgrade(stage, "e3_customers")
    planned = stage.plan("--out", stage.folder / "plan.json")
    assert planned.code == 3, planned.said
    assert "fabrikam" in planned.stdout
    assert "nobody knows whether `e3_customers` has it" in planned.stdout
    saved = stage.cli("show", stage.folder / "plan.json", "--format", "json")
    assert sorted(_planned(saved)) == ["acme", "contoso"]
    assert stage.cli("apply", stage.folder / "plan.json", "-i", stage.inventory, "--yes").code == 3
    applied = stage.apply("--json")
    assert applied.code == 3, applied.said
    listed = stage.cli("facts", "e3_customers", "-i", stage.inventory)
    assert listed.code == 1, listed.said
    assert "nobody knows whether `e3_customers` has it" in listed.stderr
    narrowed = stage.plan("--limit", "all:!fabrikam", "--json")
    assert sorted(_planned(narrowed)) == ["acme", "contoso"], narrowed.said


def test_facts_shows_the_tenants_of_a_computed_group(set_up: SetUp) -> None:
    stage = set_up(_world())
    _inventory(stage, {"large": f"facts.skus['{E3}'].seats > 100"}, filters={"name": "~a"})
    shown = stage.cli("facts", "large", "-i", stage.inventory, "--json")
    assert shown.code == 0, shown.said
    assert _planned(shown) == ["acme"]
