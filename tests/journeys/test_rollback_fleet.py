"""The way back of runs over several tenants, and of runs that did not get to their end."""

from pathlib import Path
from typing import Any

from tests.builders import E4 as E4_ID
from tests.builders import E5 as E5_ID
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Result, Stage, moving, play, world_of

TENANT: dict[str, Any] = {
    "display_name": "Small",
    "country": "IT",
    "subscriptions": [{"sku": E4, "seats": 9}, {"sku": E5, "seats": 9}],
    "users": [{"count": 6, "licenses": [E4], "usage_location": "IT"}],
}
NAMES = ("contoso", "fabrikam", "northwind")


def _fleet(set_up: SetUp) -> Stage:
    stage = set_up(world_of(dict.fromkeys(NAMES, TENANT)))
    stage.write_playbook(play(assignments=[moving()]))
    return stage


def _rollback(stage: Stage, *options: str | Path) -> Result:
    ((run,),) = stage.rows("SELECT id FROM runs ORDER BY rowid LIMIT 1")
    given = ("-i", stage.inventory, "--playbook", stage.playbook)
    return stage.cli("rollback", run, *given, *options)


def _on(stage: Stage, sku: str) -> dict[str, int]:
    """Return how many users of each tenant hold a product and no other."""
    return {
        name: sum({row.sku_id for row in user.state.rows} == {sku} for user in tenant.users)
        for name, tenant in stage.world.tenants.items()
    }


def test_only_the_tenants_that_are_named_go_back(set_up: SetUp) -> None:
    stage = _fleet(set_up)
    assert stage.apply().code == 0
    back = _rollback(stage, "--yes", "-l", "fabrikam")
    assert back.code == 0, back.said
    assert _on(stage, E4_ID) == {"contoso": 0, "fabrikam": 6, "northwind": 0}
    rest = _rollback(stage, "--yes")
    assert rest.code == 0, rest.said
    assert "1 tenant unchanged" in rest.stdout
    assert _on(stage, E4_ID) == dict.fromkeys(NAMES, 6)


def test_trouble_with_one_tenant_holds_no_other_back(set_up: SetUp) -> None:
    stage = _fleet(set_up)
    assert stage.apply().code == 0
    stage.world.set_faults([{"kind": 403, "on": "/organization"}], tenant="contoso")
    back = _rollback(stage, "--yes")
    assert back.code == 3, back.said
    assert _on(stage, E4_ID) == {"contoso": 0, "fabrikam": 6, "northwind": 6}
    stage.world.set_faults([], tenant="contoso")
    assert _rollback(stage, "--yes", "-l", "@failed").code == 0
    assert _on(stage, E4_ID) == dict.fromkeys(NAMES, 6)


def test_of_a_run_that_was_refused_for_some_users_the_others_go_back(set_up: SetUp) -> None:
    stage = _fleet(set_up)
    stuck = [user.id for user in stage.world.tenant("contoso").users[:2]]
    stage.world.set_faults([{"kind": 403, "on": "write", "users": stuck}], tenant="contoso")
    stage.world.set_faults([{"kind": 403, "on": "/organization"}], tenant="fabrikam")
    assert stage.apply().code == 3
    assert _on(stage, E5_ID) == {"contoso": 4, "fabrikam": 0, "northwind": 6}
    for name in NAMES:
        stage.world.set_faults([], tenant=name)
    writes = len(stage.world.log.writes())
    back = _rollback(stage, "--yes")
    assert back.code == 0, back.said
    assert _on(stage, E4_ID) == dict.fromkeys(NAMES, 6)
    assert len(stage.world.log.writes()) == writes + 10


def test_what_changed_between_the_plan_of_a_way_back_and_its_apply_is_left_alone(
    set_up: SetUp,
) -> None:
    stage = _fleet(set_up)
    assert stage.apply().code == 0
    file = stage.folder / "back.json"
    assert _rollback(stage, "--out", file, "-l", "contoso").code == 0
    user = stage.world.tenant("contoso").users[0]
    stage.world.admin("contoso").unassign(user.id, sku=E5)
    applied = stage.cli("apply", file, "-i", stage.inventory)
    assert applied.code == 5, applied.said
    assert not user.state.rows
    assert _on(stage, E4_ID) == {"contoso": 5, "fabrikam": 0, "northwind": 0}
    again = " ".join(("hint: plan it again: upgrade-runner rollback", *_run_of(stage)))
    assert again in applied.stdout, applied.said


def _run_of(stage: Stage) -> tuple[str, ...]:
    ((run,),) = stage.rows("SELECT id FROM runs ORDER BY rowid LIMIT 1")
    given = ("--playbook", str(stage.playbook), "-i", str(stage.inventory))
    return (run, *given, "-l", "contoso")


def test_seats_that_are_too_few_by_now_refuse_the_way_back(set_up: SetUp) -> None:
    stage = _fleet(set_up)
    assert stage.apply().code == 0
    stage.world.admin("northwind").cut(E4, seats=3)
    back = _rollback(stage, "--yes")
    assert back.code == 5, back.said
    assert _on(stage, E4_ID) == {"contoso": 6, "fabrikam": 6, "northwind": 0}
    assert _on(stage, E5_ID)["northwind"] == 6
