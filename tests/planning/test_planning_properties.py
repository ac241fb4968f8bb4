"""What holds for every plan, whatever the tenant and the wish."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.plan import Plan
from runner.model.spec import TenantSpec
from runner.model.state import TenantState
from runner.planning import is_refused
from runner.steps import KIND_OF
from runner.steps.holding import direct, holds
from runner.steps.move_users import MoveUsers
from runner.store import plan_bytes
from tests.builders import EMS, catalog, plan_of
from tests.planning.changes import after, carried_out
from tests.planning.worlds import tenants, wishes

ENOUGH = settings(max_examples=50, deadline=None, derandomize=True)


def _moves(plan: Plan) -> list[MoveUsers]:
    return [step for step in plan.tenants[0].steps if isinstance(step, MoveUsers)]


def _shuffled(state: TenantState, seed: int) -> TenantState:
    order = random.Random(seed)
    people, products = list(state.users.items()), list(state.skus.items())
    order.shuffle(people)
    order.shuffle(products)
    return replace(state, users=dict(people), skus=dict(products))


@ENOUGH
@given(tenants(), wishes(), st.integers())
def test_same_input_gives_same_bytes_in_any_order(
    have: TenantState, want: TenantSpec, seed: int
) -> None:
    plan, other = plan_of(have, want), plan_of(_shuffled(have, seed), want)
    assert plan_bytes(plan) == plan_bytes(other)
    assert plan.id == other.id


@ENOUGH
@given(tenants(), wishes())
def test_every_service_switched_off_belongs_to_the_target(
    have: TenantState, want: TenantSpec
) -> None:
    for step in _moves(plan_of(have, want)):
        for given_license in step.add:
            contained = catalog().products[given_license.sku].service_plans
            assert set(given_license.disabled_plans) <= set(contained)


@ENOUGH
@given(tenants(), wishes())
def test_no_user_is_in_two_moves(have: TenantState, want: TenantSpec) -> None:
    moved = [name for step in _moves(plan_of(have, want)) for name in step.users]
    assert len(moved) == len(set(moved))


@ENOUGH
@given(tenants(), wishes())
def test_nobody_loses_a_license_without_holding_the_target(
    have: TenantState, want: TenantSpec
) -> None:
    for step in _moves(plan_of(have, want)):
        gives_target = any(each.sku == step.target_sku for each in step.add)
        assert gives_target or all(holds(have.users[n], step.target_sku) for n in step.users)


@ENOUGH
@given(tenants(), wishes())
def test_a_plan_that_is_not_refused_leaves_nobody_without_a_seat(
    have: TenantState, want: TenantSpec
) -> None:
    plan = plan_of(have, want)
    if is_refused(plan.tenants[0]):
        return
    for step in plan.tenants[0].steps:
        before, have = have, after(have, step)
        for sku, state in have.skus.items():
            used = state.consumed > state.enabled + state.warning
            assert not used or state.consumed <= before.skus[sku].consumed


@ENOUGH
@given(tenants(), wishes())
def test_the_plan_after_the_plan_is_empty(have: TenantState, want: TenantSpec) -> None:
    plan = plan_of(have, want)
    if not is_refused(plan.tenants[0]):
        assert plan_of(carried_out(have, plan), want).tenants[0].steps == ()


@ENOUGH
@given(tenants(), wishes())
def test_what_the_wish_does_not_name_stays_as_it_is(have: TenantState, want: TenantSpec) -> None:
    plan = plan_of(have, want)
    steps = plan.tenants[0].steps
    assert all(EMS not in KIND_OF[type(step)].skus(step) for step in steps)
    then = have if is_refused(plan.tenants[0]) else carried_out(have, plan)
    assert {n: direct(u, EMS) for n, u in have.users.items()} == {
        n: direct(u, EMS) for n, u in then.users.items()
    }


@ENOUGH
@given(tenants(), wishes())
def test_every_need_is_an_earlier_step(have: TenantState, want: TenantSpec) -> None:
    earlier: set[str] = set()
    for step in plan_of(have, want).tenants[0].steps:
        assert set(step.needs) <= earlier
        earlier.add(step.id)
