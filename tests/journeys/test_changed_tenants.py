"""A tenant that changed between plan and apply: never more happens than was approved."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.simulator.groups_writes import assign_group_license
from runner.simulator.products import load_products
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Stage, moving, play, world_of

EMS = "EMS"
CONTOSO: dict[str, Any] = {
    "display_name": "Contoso S.p.A.",
    "country": "IT",
    "subscriptions": [
        {"sku": E4, "seats": 30},
        {"sku": E5, "seats": 30},
        {"sku": EMS, "seats": 5},
    ],
    "groups": [{"name": "Sales", "licenses": [E4]}, {"name": "Others"}],
    "users": [
        {"count": 6, "licenses": [E4], "usage_location": "IT"},
        {"count": 2, "licenses": [{"sku": E4, "disabled": ["SWAY"]}], "usage_location": "IT"},
        {"count": 3, "groups": ["Sales"], "usage_location": "IT"},
        {"count": 2, "licenses": [E5], "usage_location": "IT"},
        {"count": 2, "usage_location": "IT"},
    ],
}
MOVED, QUIET, MEMBER, ELSEWHERE, NEW = 0, 6, 8, 11, 13
PRODUCTS = {word: load_products().find(word).sku_id for word in (E4, E5, EMS)}


def _id(stage: Stage, index: int) -> str:
    return stage.tenant.users[index].id


def _leave(stage: Stage) -> None:
    stage.world.admin("contoso").delete_user(_id(stage, MOVED))


def _hire(stage: Stage) -> None:
    stage.world.admin("contoso").assign(_id(stage, NEW), sku=E4)


def _take_source(stage: Stage) -> None:
    stage.world.admin("contoso").unassign(_id(stage, MOVED), sku=E4)


def _give_target(stage: Stage) -> None:
    stage.world.admin("contoso").assign(_id(stage, MOVED), sku=E5)


def _move_by_hand(stage: Stage) -> None:
    _give_target(stage)
    _take_source(stage)


def _switch_off(stage: Stage) -> None:
    stage.world.admin("contoso").assign(_id(stage, MOVED), sku=E4, disabled=["SWAY"])


def _switch_on(stage: Stage) -> None:
    stage.world.admin("contoso").assign(_id(stage, QUIET), sku=E4)


def _give_another(stage: Stage) -> None:
    stage.world.admin("contoso").assign(_id(stage, MOVED), sku=EMS)


def _join(stage: Stage) -> None:
    stage.world.admin("contoso").join(_id(stage, NEW), group="Sales")


def _leave_group(stage: Stage) -> None:
    stage.world.admin("contoso").leave(_id(stage, MEMBER), group="Sales")


def _group(stage: Stage, add: list[dict[str, Any]], remove: list[str]) -> None:
    tenant = stage.world.tenant("contoso")
    body = {"addLicenses": add, "removeLicenses": remove}
    group = tenant.group_called("Sales")
    assign_group_license(tenant, group, body=body, now=stage.world.clock.now())


def _group_without_source(stage: Stage) -> None:
    _group(stage, [], [PRODUCTS[E4]])


def _group_with_switches(stage: Stage) -> None:
    sway = load_products().plan_id("SWAY")
    _group(stage, [{"skuId": PRODUCTS[E4], "disabledPlans": [sway]}], [])


def _group_with_target(stage: Stage) -> None:
    _group(stage, [{"skuId": PRODUCTS[E5], "disabledPlans": []}], [])


def _too_few_seats(stage: Stage) -> None:
    stage.world.admin("contoso").cut(E5, seats=4)


def _target_cancelled(stage: Stage) -> None:
    stage.world.admin("contoso").cancel(E5, force=True)


def _source_cancelled(stage: Stage) -> None:
    stage.world.admin("contoso").cancel(E4, force=True)


def _more_bought(stage: Stage) -> None:
    stage.world.admin("contoso").resize(E5, seats=40)


def _in_grace(stage: Stage) -> None:
    stage.world.admin("contoso").renew(E5, on=False)
    stage.world.advance("370 days")


def _change(stage: Stage, **changes: Any) -> None:
    user = stage.tenant.users[MOVED]
    now = stage.world.clock.now()
    stage.world.tenant("contoso").change(user, user.state.with_changes(**changes), now=now)


def _without_location(stage: Stage) -> None:
    _change(stage, usage_location=None)


def _moved_away(stage: Stage) -> None:
    _change(stage, usage_location="FR")


def _blocked(stage: Stage) -> None:
    _change(stage, account_enabled=False)


def _another_tenant(stage: Stage) -> None:
    stage.write_inventory({"contoso": {"graph_endpoint": f"{stage.url}/fabrikam/v1.0"}})


def _unlisted(stage: Stage) -> None:
    stage.write_inventory({"fabrikam": {}})


def _another_name(stage: Stage) -> None:
    stage.write_inventory(
        {"renamed": {"graph_endpoint": f"{stage.url}/contoso/v1.0"}, "fabrikam": {}}
    )


WAYS: tuple[tuple[Callable[[Stage], None], int, str], ...] = (
    (_leave, 5, "1 user is left alone: no longer holds Office 365 E4"),
    (_hire, 0, ""),
    (_take_source, 5, "no longer holds Office 365 E4"),
    (_give_target, 5, "has been given Office 365 E5 since planning"),
    (_move_by_hand, 0, ""),
    (_switch_off, 5, "has other services switched off than at planning"),
    (_switch_on, 5, "has other services switched off than at planning"),
    (_give_another, 0, ""),
    (_join, 5, 'group "Sales" has 1 member more than planned'),
    (_leave_group, 0, ""),
    (_group_without_source, 5, 'group "Sales" does not carry Office 365 E4 any more'),
    (_group_with_switches, 5, 'group "Sales" has other services switched off than at planning'),
    (_group_with_target, 5, 'group "Sales" carries Office 365 E5, unlike at planning'),
    (_too_few_seats, 5, "in need of a seat"),
    (_target_cancelled, 5, "so nobody can depend on it"),
    (_source_cancelled, 0, ""),
    (_more_bought, 0, ""),
    (_in_grace, 5, ""),
    (_without_location, 5, "has no usage location"),
    (_moved_away, 0, ""),
    (_blocked, 0, ""),
    (_another_tenant, 5, "the plan is for"),
    (_unlisted, 3, "the inventory has no tenant contoso"),
    (_another_name, 3, "the inventory has no tenant contoso"),
)


@pytest.mark.parametrize(("act", "code", "says"), WAYS, ids=[way[0].__name__ for way in WAYS])
def test_never_more_than_was_approved(
    set_up: SetUp, act: Callable[[Stage], None], code: int, says: str
) -> None:
    world = world_of({"contoso": CONTOSO, "fabrikam": CONTOSO})
    world["clock"]["rate"] = 600
    stage = set_up(world)
    stage.write_inventory({"contoso": {}})
    stage.write_playbook(play(assignments=[moving()]))
    file = stage.folder / "plan.json"
    assert stage.plan("--out", file).code == 0
    approved = _approved(file)
    act(stage)
    stage.world.advance("10m")
    seen, before = len(stage.world.log), stage.tenant.snapshot()["users"]
    served = {user.id for user in stage.tenant.users if user.state.rows}
    applied = stage.cli("apply", file, "-i", stage.inventory, "--wait", "30s")
    assert applied.code == code, applied.said
    assert says in applied.stdout, applied.said
    if code == 5 and "the plan is for" not in says:
        again = f"upgrade-runner plan {stage.playbook} -i {stage.inventory} -l contoso"
        assert f"hint: plan it again: {again}" in applied.stdout, applied.said
    for call in list(stage.world.log)[seen:]:
        if call.is_write:
            assert json.loads(call.body or b"{}") in approved[call.path.split("/")[-2]]
    after = stage.tenant.snapshot()["users"]
    assert served == {user.id for user in stage.tenant.users if user.state.rows}
    others = after.keys() - approved.keys() - {_id(stage, NEW)}
    assert all(after[user] == before[user] for user in others)


def _approved(file: Path) -> Mapping[str, list[Any]]:
    """Return the bodies that a plan approves, by the user or the group they are for."""
    found: dict[str, list[Any]] = {}
    for step in json.loads(file.read_text())["tenants"][0]["steps"]:
        body = {
            "addLicenses": [
                {"skuId": each["sku"], "disabledPlans": each["disabled_plans"]}
                for each in step["add"]
            ],
            "removeLicenses": step["remove"],
        }
        for one in [step["group"]] if "group" in step else step["users"]:
            found.setdefault(one, []).append(body)
        for member in step["users"] if "group" in step else ():
            found.setdefault(member, [])
    return found
