"""Tenants that a partner's lists name, and groups that their products decide, by commands."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E5, TOKEN_VARIABLE, Result, Stage, buying, moving, play, world_of

E3 = "ENTERPRISEPACK"
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
    kind: str = "partner_center_customers",
    **more: Any,
) -> None:
    """Write an inventory of two plugins and nothing else."""
    domain = "{{ customer.domain.split('.')[0] }}"
    found = {"graph_endpoint": f"{stage.url}/{domain}/v1.0", "auth": AUTH}
    finder = _finder(stage, kind) | {"groups": ["customers"], "vars": found} | more
    stage.inventory = stage.folder / "tenants"
    stage.inventory.mkdir()
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


@pytest.mark.parametrize("kind", ["partner_center_customers", "graph_contracts"])
def test_the_customers_that_own_a_product_are_planned(set_up: SetUp, kind: str) -> None:
    stage = set_up(_world())
    _inventory(stage, {"e3_customers": f"facts.owns('{E3}')"}, kind=kind)
    _upgrade(stage, "e3_customers")
    planned = stage.plan("--json")
    assert planned.code == 0, planned.said
    assert sorted(_planned(planned)) == ["acme", "contoso"]
    assert _reads(stage, "stranger") == []
    assert "/users" not in _reads(stage, "fabrikam")
