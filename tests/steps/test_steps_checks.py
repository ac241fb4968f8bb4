"""What a look at the tenant says of each kind of step."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runner.model.ids import group_id, service_plan_id, user_id
from runner.model.outcome import Verdict
from runner.model.state import Group, Memory, TenantState
from runner.steps import KIND_OF
from runner.steps.await_ready import unmet
from tests.builders import (
    E4,
    E5,
    NOW,
    holding,
    license,
    plan_of,
    service_plans,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
    want_cancelled,
)
from tests.planning.changes import bought

BOUGHT = (subscription(E4, 10), subscription(E5, 10))


def _step(have: TenantState, kind: str, want: Any = None) -> Any:
    steps = plan_of(have, want).tenants[0].steps
    return next(step for step in steps if KIND_OF[type(step)].name == kind)


def _verdict(step: Any, have: TenantState) -> tuple[Verdict, str]:
    check = KIND_OF[type(step)].check(step, have, NOW)
    return check.verdict, check.why


def _fresh(*people: Any) -> TenantState:
    return tenant_state(*BOUGHT, users=people or users(3, E4))


def test_more_seats_than_planned_are_bought_enough() -> None:
    step = _step(tenant_state(subscription(E4, 10)), "buy_seats")
    have = tenant_state(subscription(E5, 11))
    assert _verdict(step, have) == (Verdict.DONE, "Office 365 E5 has 11 seats")


def test_seats_of_a_trial_are_not_bought() -> None:
    step = _step(tenant_state(subscription(E4, 10)), "buy_seats")
    have = tenant_state(subscription(E5, 25, is_trial=True))
    assert _verdict(step, have) == (Verdict.TODO, "Office 365 E5 has 0 of 10 seats")


def _to_reduce() -> Any:
    want = spec(want_active(E5, 4), assignments=())
    return _step(tenant_state(subscription(E5, 10)), "change_seats", want)


@pytest.mark.parametrize(
    ("seats", "held", "verdict"),
    [(10, 0, "todo"), (4, 0, "done"), (3, 0, "stale"), (10, 5, "wait"), (10, 4, "todo")],
)
def test_seats_are_given_up_only_when_nobody_uses_them(seats: int, held: int, verdict: str) -> None:
    have = tenant_state(subscription(E5, seats), users=users(held, E5))
    assert _verdict(_to_reduce(), have)[0] == verdict


def _awaiting() -> Any:
    return _step(tenant_state(subscription(E4, 10), users=users(3, E4)), "await_ready")


def _with(have: TenantState, **more: Any) -> TenantState:
    return replace(have, skus={**have.skus, E5: replace(have.skus[E5], **more)})


def test_a_product_that_is_not_there_is_not_ready() -> None:
    assert unmet(_awaiting(), tenant_state()) == "Office 365 E5 is not in the tenant yet"


def test_a_ready_product_lacks_nothing() -> None:
    assert unmet(_awaiting(), _fresh()) == ""


def test_too_few_enabled_seats_are_not_ready() -> None:
    have = tenant_state(subscription(E5, 2))
    assert unmet(_awaiting(), have) == "2 of 3 seats are enabled"


@pytest.mark.parametrize("status", ["Suspended", "LockedOut", "Deleted"])
def test_a_product_in_a_state_without_assignment_is_not_ready(status: str) -> None:
    have = _with(_fresh(), capability_status=status)
    assert unmet(_awaiting(), have) == f"Office 365 E5 is {status}"


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("PendingInput", "1 of its services are still being set up: SWAY"),
        ("Error", "1 of its services are in error: SWAY"),
        ("PendingActivation", ""),
        ("PendingProvisioning", ""),
        ("Disabled", ""),
        ("Success", ""),
    ],
)
def test_one_service_decides_whether_a_product_is_ready(status: str, word: str) -> None:
    plans = [replace(p, status=status) if p.name == "SWAY" else p for p in service_plans(E5)]
    assert unmet(_awaiting(), _with(_fresh(), service_plans=tuple(plans))) == word


def test_services_for_the_whole_company_do_not_hold_a_product_up() -> None:
    plans = [
        replace(p, status="PendingInput", applies_to="Company") if p.name == "SWAY" else p
        for p in service_plans(E5)
    ]
    assert unmet(_awaiting(), _with(_fresh(), service_plans=tuple(plans))) == ""


def test_a_subscription_that_is_not_listed_yet_is_waited_for() -> None:
    have = tenant_state(subscription(E5, 2))
    have = _with(have, enabled=10, subscription_ids=("e5-subscription", "new"))
    assert unmet(_awaiting(), have) == "1 of its subscriptions are not listed yet: new"


def test_a_product_for_the_whole_company_is_stale_not_a_wait() -> None:
    assert _verdict(_awaiting(), _with(_fresh(), applies_to="Company"))[0] is Verdict.STALE


def test_the_deadline_counts_from_a_recent_purchase() -> None:
    have = bought(tenant_state(), E5, 10, at=NOW - timedelta(days=3), is_ready=False)
    check = KIND_OF[type(_awaiting())].check(_awaiting(), have, NOW)
    assert check.deadline_at == NOW + timedelta(hours=36)


def test_the_deadline_of_an_old_subscription_counts_from_the_first_wait() -> None:
    step = _awaiting()
    memory = Memory(waiting_since={step.id: NOW - timedelta(days=3)})
    have = replace(_with(_fresh(), service_plans=service_plans(E5, status="Error")), memory=memory)
    assert KIND_OF[type(step)].check(step, have, NOW).deadline_at == NOW + timedelta(hours=36)


def _refused(step: Any, have: TenantState) -> dict[str, str]:
    return dict(KIND_OF[type(step)].check(step, have, NOW).refused)


def test_users_are_sorted_into_done_to_do_and_refused() -> None:
    step = _step(_fresh(*users(4, E4)), "move_users")
    now = _fresh(user("user-1", E4), user("user-2", E5), user("user-3", license(E4, "SWAY")))
    check = KIND_OF[type(step)].check(step, now, NOW)
    assert check.subjects == ("user-1",)
    assert dict(check.refused) == {
        "user-3": "has other services switched off than at planning",
        "user-4": "no longer holds Office 365 E4",
    }


def test_a_user_who_was_given_the_target_by_hand_is_refused() -> None:
    step = _step(_fresh(user("user-1", E4)), "move_users")
    have = _fresh(user("user-1", E4, license(E5, "SWAY")))
    assert _refused(step, have) == {"user-1": "has been given Office 365 E5 since planning"}


@pytest.mark.parametrize("before", [E5, holding(E5, by_group="group-1")])
def test_a_user_who_lost_the_target_is_refused_and_keeps_the_source(before: Any) -> None:
    step = _step(_fresh(user("user-1", E4, before)), "move_users")
    assert _refused(step, _fresh(user("user-1", E4))).keys() == {"user-1"}


def test_more_switched_off_than_asked_is_done() -> None:
    step = _step(_fresh(user("user-1", license(E4, "SWAY"))), "move_users")
    have = _fresh(user("user-1", license(E5, "SWAY", "TEAMS1")))
    assert _verdict(step, have)[0] is Verdict.DONE


def test_less_switched_off_than_asked_is_not_done() -> None:
    step = _step(_fresh(user("user-1", license(E4, "SWAY"))), "move_users")
    assert _refused(step, _fresh(user("user-1", E5))).keys() == {"user-1"}


def test_services_the_plan_did_not_know_make_it_stale() -> None:
    step = _step(_fresh(user("user-1", license(E4, "SWAY"))), "move_users")
    new = replace(service_plans(E5)[0], id=service_plan_id("new"), name="NEW")
    have = _with(
        _fresh(user("user-1", license(E4, "SWAY"))), service_plans=(*service_plans(E5), new)
    )
    why = "Office 365 E5 has 1 services that the plan did not know"
    assert _verdict(step, have) == (Verdict.STALE, why)


def test_services_the_plan_did_not_know_do_not_matter_where_nothing_is_switched_off() -> None:
    step = _step(_fresh(), "move_users")
    new = replace(service_plans(E5)[0], id=service_plan_id("new"), name="NEW")
    have = _with(_fresh(), service_plans=(*service_plans(E5), new))
    assert _verdict(step, have)[0] is Verdict.TODO


def _cancelling(**more: Any) -> Any:
    return _step(_fresh(), "cancel_subscription", spec(want_cancelled(**more)))


@pytest.mark.parametrize("status", ["Suspended", "LockedOut", "Deleted"])
def test_an_ended_subscription_is_cancelled(status: str) -> None:
    have = tenant_state(subscription(E4, 10, status=status), subscription(E5, 10))
    assert _verdict(_cancelling(), have)[0] is Verdict.DONE


def test_a_subscription_that_is_gone_is_cancelled() -> None:
    assert _verdict(_cancelling(), tenant_state(subscription(E5, 10)))[0] is Verdict.DONE


def test_nothing_is_cancelled_while_somebody_holds_it() -> None:
    found = _verdict(_cancelling(), _fresh())
    assert found == (Verdict.WAIT, "3 users still holding Office 365 E4")


def test_nothing_is_cancelled_while_a_group_carries_it() -> None:
    group = Group(id=group_id("g"), name="Sales", licenses=(license(E4),))
    found = _verdict(_cancelling(), tenant_state(*BOUGHT, groups=(group,)))
    assert found == (Verdict.WAIT, '1 group still carrying Office 365 E4: "Sales"')


def test_nothing_is_cancelled_while_seats_count_as_used() -> None:
    have = tenant_state(*BOUGHT)
    counted = replace(have, skus={**have.skus, E4: replace(have.skus[E4], consumed=2)})
    assert _verdict(_cancelling(), counted)[0] is Verdict.WAIT


def test_nothing_is_cancelled_when_the_successor_has_lapsed() -> None:
    have = tenant_state(
        subscription(E4, 10), subscription(E5, 10, status="Suspended"), users=users(2, E5)
    )
    assert _verdict(_cancelling(), have)[0] is Verdict.STALE


def test_nothing_is_cancelled_when_the_successor_is_a_trial() -> None:
    have = tenant_state(
        subscription(E4, 10), subscription(E5, 10, is_trial=True), users=users(2, E5)
    )
    assert _verdict(_cancelling(), have)[0] is Verdict.STALE


def test_nothing_is_cancelled_while_groups_cannot_be_read() -> None:
    assert _verdict(_cancelling(), tenant_state(*BOUGHT, groups=None))[0] is Verdict.STALE


def test_one_of_two_subscriptions_ends_while_the_other_holds_everybody() -> None:
    two = (subscription(E4, 5, id="one"), subscription(E4, 7, id="two"), subscription(E5, 1))
    want = spec(want_cancelled(subscription_ids=("two",)), assignments=())
    step = _step(tenant_state(*two, users=users(5, E4)), "cancel_subscription", want)
    assert _verdict(step, tenant_state(*two, users=users(5, E4)))[0] is Verdict.TODO
    assert _verdict(step, tenant_state(*two, users=users(6, E4)))[0] is Verdict.WAIT


@pytest.mark.parametrize(
    ("hours", "verdict"), [(None, "wait"), (0, "wait"), (71, "wait"), (72, "todo")]
)
def test_the_soak_is_counted_from_the_first_look_without_holders(
    hours: int | None, verdict: str
) -> None:
    since = {} if hours is None else {E4: NOW - timedelta(hours=hours)}
    have = replace(tenant_state(*BOUGHT), memory=Memory(unheld_since=since))
    assert _verdict(_cancelling(soak_s=72 * 3600), have)[0] == verdict


def test_a_step_reads_the_products_it_rests_on() -> None:
    step = _cancelling()
    assert set(KIND_OF[type(step)].skus(step)) == {E4, E5}


def test_who_lost_the_target_since_planning_is_not_restored_to_it() -> None:
    memory = Memory(before={user_id("quiet"): (license(E4, "SWAY"),)})
    have = tenant_state(*BOUGHT, users=(user("quiet", E5),), memory=memory)
    step = _step(have, "move_users", spec(want_active(seats=10)))
    assert _verdict(step, have) == (Verdict.TODO, "1 of 1 users are still to restore")
    gone = tenant_state(*BOUGHT, users=(user("quiet", E4),))
    check = KIND_OF[type(step)].check(step, gone, NOW)
    assert dict(check.refused) == {"quiet": "no longer holds Office 365 E5"}
