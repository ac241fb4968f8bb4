"""Whoever the plan says will move moves, and whoever it leaves out would have been refused."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from hypothesis import HealthCheck, Phase, event, given, note, settings

from runner.catalog import load_catalog
from runner.cli import planned
from runner.model.plan import TenantPlan
from runner.model.spec import TenantSpec
from runner.model.state import License, TenantState, User
from runner.planning import is_refused, plan_tenant
from runner.simulator import running
from runner.simulator.accounts import User as Account
from runner.simulator.world import World
from runner.steps.cohorts import Sorting
from runner.steps.forecast import CONFLICT, DEPENDENCY, FORESEEN, Forecast
from runner.steps.group_moves import GroupMove, GroupMoves
from runner.steps.group_sorting import move_groups
from runner.steps.move_group import MoveGroup
from runner.steps.move_users import MoveUsers
from runner.steps.remove_add_on import RemoveAddOn
from runner.steps.set_usage_location import SetUsageLocation
from runner.steps.sorting import sort_users
from runner.steps.who import Cover
from runner.store import load_plan
from tests.journeys.directories import Directory, directories
from tests.journeys.stage import Stage, hasten, on_stage

EXAMPLES = 100
REFUSED = {CONFLICT: "mutually exclusive", DEPENDENCY: "depends on"}
GROUP_ERRORS = {"MutuallyExclusiveViolation", "DependencyViolation", "Other"}


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What was read and wanted, the plan of it, and everybody's place in it."""

    spec: TenantSpec
    state: TenantState
    plan: TenantPlan
    sorting: Sorting


class _Blind(Forecast):
    """A forecast that foresees nothing."""

    def trouble(self, user: User, after: tuple[License, ...], *, location: str | None) -> None:
        """Foresee nothing."""


@contextmanager
def _seen() -> Iterator[list[tuple[TenantSpec, TenantState]]]:
    """Keep what every plan is made from."""
    found: list[tuple[TenantSpec, TenantState]] = []

    def plan(spec: TenantSpec, state: TenantState, **more: Any) -> TenantPlan:
        found.append((spec, state))
        return plan_tenant(spec, state, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planned, "plan_tenant", plan)
        yield found


def _foresee(stage: Stage) -> Foreseen:
    saved = stage.folder / "plan.json"
    saved.unlink(missing_ok=True)
    with _seen() as seen:
        result = stage.plan("--json", "--out", saved)
    note(result.stderr)
    assert result.code in (0, 5), result.said
    (spec, state), catalog = seen[-1], load_catalog()
    (tenant,) = load_plan(saved).tenants
    assert (result.code == 5) == is_refused(tenant), result.said
    sorting = sort_users(spec, state, catalog)
    return Foreseen(spec=spec, state=state, plan=tenant, sorting=sorting)


def _rows(account: Account) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (row.sku_id, row.group_id or ""): (row.disabled, row.state, row.error)
        for row in account.state.rows
    }


def _everybody(stage: Stage) -> dict[str, Any]:
    return {each.id: (each.state.usage_location, _rows(each)) for each in stage.tenant.users}


def _expected(foreseen: Foreseen, before: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Return everybody as the plan says they will be."""
    found = {name: (where, dict(rows)) for name, (where, rows) in before.items()}
    for step in foreseen.plan.steps:
        if isinstance(step, SetUsageLocation):
            for name in step.users:
                found[name] = (found[name][0] or step.country, found[name][1])
        elif isinstance(step, MoveGroup | MoveUsers | RemoveAddOn):
            group = step.group if isinstance(step, MoveGroup) else ""
            add = getattr(step, "add", ())
            for name in step.users:
                rows = found[name][1]
                for sku in step.remove:
                    rows.pop((sku, group), None)
                for each in add:
                    rows[(each.sku, group)] = (each.disabled_plans, "Active", None)
    return found


def _assert_moved(foreseen: Foreseen, stage: Stage, *, before: dict[str, Any]) -> None:
    """Everybody in the plan is as it says, nobody was without, and nobody else changed."""
    assert _everybody(stage) == _expected(foreseen, before, stage)
    for step in foreseen.plan.steps:
        if isinstance(step, MoveGroup | MoveUsers):
            named = [*step.remove, step.target_sku]
            had = [n for n in step.users if {sku for sku, _ in before[n][1]} & set(named)]
            assert not stage.tenant.ever_unlicensed(had, among=named)
            for name in step.users:
                assert step.target_sku in stage.tenant.user(name).state.held
    assert max(stage.tenant.most_over_assigned.values(), default=0) <= 0


def _send(stage: Stage, path: str, *, body: Any, method: str = "POST") -> tuple[int, str]:
    """Send one call straight to the simulator."""
    request = Request(
        f"{stage.url}/contoso/v1.0/{path}",
        data=json.dumps(body).encode(),
        method=method,
        headers={"Authorization": "Bearer any-word", "Content-Type": "application/json"},
    )
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def _body(add: Any, remove: Any) -> dict[str, Any]:
    added = [{"skuId": each.sku, "disabledPlans": list(each.disabled_plans)} for each in add]
    return {"addLicenses": added, "removeLicenses": list(remove)}


def _assert_would_be_refused(foreseen: Foreseen, stage: Stage) -> None:
    """Whoever is left out for a rule is refused by that rule when tried all the same."""
    tried = sort_users(foreseen.spec, foreseen.state, load_catalog(), accepted=FORESEEN)
    cohorts = {user: cohort for cohort in tried.cohorts for user in cohort.users}
    for left in foreseen.sorting.left_out:
        for user in left.users if left.code in REFUSED else ():
            cohort = cohorts[user]
            if cohort.location:
                location = {"usageLocation": cohort.location}
                assert _send(stage, f"users/{user}", body=location, method="PATCH")[0] < 300
            body = _body(cohort.change.add, cohort.change.remove)
            status, said = _send(stage, f"users/{user}/assignLicense", body=body)
            event(f"refused {left.code}")
            assert (status, REFUSED[left.code] in said) == (400, True), (left, user, said)


def _left_out(foreseen: Foreseen) -> set[tuple[str, str]]:
    return {(left.code, user) for left in foreseen.sorting.left_out for user in left.users}


def _blocked_groups(foreseen: Foreseen) -> list[GroupMove]:
    """Return the groups that would be swapped if nothing were foreseen and are not."""
    have, catalog = foreseen.state, load_catalog()
    cover = Cover(foreseen.spec, have)
    every = move_groups(have, catalog, cover=cover, forecast=_Blind(have, catalog)).moving
    moving = {each.group.id for each in foreseen.sorting.groups}
    return [each for each in every if each.group.id not in moving]


def _in_error(stage: Stage, group: str) -> set[str]:
    return {
        user.id
        for user in stage.tenant.users
        for row in user.state.rows
        if row.group_id == group and row.error in GROUP_ERRORS
    }


def _foreseen_errors(move: GroupMove, have: TenantState) -> set[str]:
    """Return the members whom the swap of the group alone is foreseen to leave in error."""
    alone, forecast = GroupMoves(have, [move], {}), Forecast(have, load_catalog())
    return {
        user.id
        for member in move.users
        if (user := have.users.get(member))
        and forecast.trouble(
            user,
            alone.after(user, add=(), remove=()),
            location=user.usage_location or have.country,
        )
    }


def _assert_group_would_fail(
    move: GroupMove, foreseen: Foreseen, directory: Directory, *, folder: Path
) -> None:
    """A group left out has members in error after the swap, or refused their own one then."""
    world = World.from_mapping(directory.roomy())
    with running(world) as url:
        stage = Stage(world, url, folder)
        body = _body(move.add, move.remove)
        status, said = _send(stage, f"groups/{move.group.id}/assignLicense", body=body)
        event(f"group refused {status}")
        if status == 400:
            assert REFUSED[DEPENDENCY] in said
            return
        world.catch_up()
        failing = _in_error(stage, move.group.id)
        assert failing == _foreseen_errors(move, foreseen.state)
        if not failing:
            then = _foresee(stage)
            left = [each for each in then.sorting.left_out if each.code in REFUSED]
            assert {user for each in left for user in each.users} & set(move.users), move
            _assert_would_be_refused(then, stage)


def _carry_out(directory: Directory, stage: Stage) -> None:
    stage.write_playbook(directory.play())
    before, at_first = _everybody(stage), stage.tenant.snapshot()
    foreseen = _foresee(stage)
    is_stopped = is_refused(foreseen.plan)
    event(f"refused {is_stopped}")
    result = stage.apply()
    for _ in range(8):
        if result.code != 4:
            break
        stage.world.advance("1 min")
        result = stage.apply()
    if is_stopped:
        assert (result.code, stage.tenant.snapshot()) == (5, at_first), result.said
        return
    assert result.code == 0, result.said
    for step in foreseen.plan.steps:
        event(type(step).__name__)
    for left in foreseen.sorting.left_out:
        event(f"left {left.code}")
    _assert_moved(foreseen, stage, before=before)
    again = _foresee(stage)
    assert again.plan.steps == ()
    assert _left_out(again) == _left_out(foreseen)
    if directory.tenant["rules"]["profile"] == "strict":
        _assert_would_be_refused(foreseen, stage)
        for move in _blocked_groups(foreseen):
            _assert_group_would_fail(move, foreseen, directory, folder=stage.folder)


@given(directory=directories())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
def test_everybody_ends_as_the_plan_foresees(directory: Directory) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        on_stage(directory.world(), Path(folder)) as stage,
        pytest.MonkeyPatch.context() as patch,
    ):
        hasten(patch)
        _carry_out(directory, stage)
