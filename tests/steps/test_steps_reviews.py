"""What reviews found in the steps, so that it stays mended."""

from dataclasses import replace

import pytest

from runner.model.ids import SkuId
from runner.model.plan import Step
from runner.model.spec import SeatsNeeded
from runner.model.state import TenantState
from runner.steps import KIND_OF
from runner.steps.move_users import MoveUsers
from tests.builders import (
    E4,
    E5,
    holding,
    license,
    plan_id,
    plan_of,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
)

BOUGHT = (subscription(E4, 10), subscription(E5, 10))


@pytest.mark.parametrize("status", ["Error", "Disabled"])
def test_services_switched_off_in_a_target_that_does_not_work_stay_off(status: str) -> None:
    person = user("user-1", E4, holding(license(E5, "MCOEV"), status=status))
    (step,) = plan_of(tenant_state(*BOUGHT, users=[person])).tenants[0].steps[:1]
    assert isinstance(step, MoveUsers)
    assert [(each.sku, each.disabled_plans) for each in step.add] == [(E5, (plan_id("MCOEV"),))]


def _behind(have: TenantState, sku: SkuId) -> TenantState:
    """Return the tenant with a count of licenses in use that does not show any of them yet."""
    return replace(have, skus={**have.skus, sku: replace(have.skus[sku], consumed=0)})


def _planned(have: TenantState) -> list[tuple[str, Step]]:
    want = spec(want_active(E5, SeatsNeeded()))
    return [(KIND_OF[type(s)].name, s) for s in plan_of(have, want).tenants[0].steps]


def test_needed_gives_nothing_up_while_the_count_lags_behind() -> None:
    have = tenant_state(subscription(E5, 5), users=users(5, E5))
    assert _planned(_behind(have, E5)) == []


def test_needed_keeps_seats_for_those_who_come_while_the_count_lags_behind() -> None:
    people = (*users(2, E5), *users(3, E4, prefix="new"))
    have = tenant_state(subscription(E4, 10), subscription(E5, 5), users=people)
    assert [kind for kind, _ in _planned(_behind(have, E5))] == ["move_users"]
