"""Promises of planning that no single case shows."""

from dataclasses import replace

import pytest

from runner.model.findings import Finding, Severity
from runner.model.ids import SkuId, user_id
from runner.model.plan import UnreadTenant
from runner.model.spec import AssignmentWant, CancelWhen, Limits
from runner.model.state import TenantState
from runner.planning import has_changes, is_refused, make_plan, summarize
from runner.planning.digests import facts_digest
from runner.steps.stop_renewal import StopRenewal
from tests.builders import (
    E1,
    E3,
    E4,
    E5,
    NOW,
    ORIGIN,
    catalog,
    loaded,
    plan_of,
    sku,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
    want_cancelled,
    want_moved,
)
from tests.planning.changes import carried_out

FIRST = user_id("user-1")
TENANT = tenant_state(*(subscription(each, 10) for each in (E1, E3, E4, E5)), users=users(3, E4))


@pytest.mark.parametrize(
    ("held", "assignments"),
    [
        ((E1, E4), (want_moved(E1), want_moved(E4))),
        ((E1,), (want_moved(E1, to=E4), want_moved(E4))),
    ],
    ids=["sources of two assignments", "a target that is a source"],
)
def test_one_apply_is_enough_or_the_plan_is_refused(
    held: tuple[SkuId, ...], assignments: tuple[AssignmentWant, ...]
) -> None:
    have = replace(TENANT, users={FIRST: user("user-1", *held)})
    want = spec(want_active(E5, 10), assignments=assignments)
    plan = plan_of(have, want)
    again = plan_of(carried_out(have, plan), want)
    assert is_refused(plan.tenants[0]) or again.tenants[0].steps == ()


def test_a_target_for_the_whole_company_is_refused_before_it_is_paid_for() -> None:
    have = tenant_state(
        subscription(E4, 10),
        subscription(E5, 1),
        users=users(3, E4),
        skus=[sku(E5, applies_to="Company")],
    )
    assert is_refused(plan_of(have).tenants[0])


def test_a_plan_has_another_id_when_the_tenant_is_another() -> None:
    assert plan_of(TENANT).id != plan_of(replace(TENANT, users={})).id


def test_steps_keep_their_ids_from_plan_to_plan() -> None:
    have = tenant_state(subscription(E4, 10), users=users(3, E4))
    more = tenant_state(subscription(E4, 12), users=users(5, E4))
    before, after = ([s.id for s in plan_of(each).tenants[0].steps] for each in (have, more))
    assert before == after


def test_tenants_with_the_same_wish_have_steps_of_their_own() -> None:
    ids = [plan_of(TENANT, spec(name=name)).tenants[0].steps[0].id for name in ("a", "b")]
    assert ids[0].startswith("a/") and ids[1].startswith("b/")


def _drifted() -> list[TenantState]:
    somebody = user("user-1", E4)
    return [
        replace(TENANT, users={}),
        replace(TENANT, subscriptions=()),
        replace(TENANT, skus={}),
        replace(TENANT, groups=None),
        replace(TENANT, users={**TENANT.users, FIRST: replace(somebody, is_enabled=False)}),
        replace(TENANT, users={**TENANT.users, FIRST: replace(somebody, is_guest=True)}),
        replace(TENANT, users={**TENANT.users, FIRST: replace(somebody, usage_location=None)}),
        replace(TENANT, users={**TENANT.users, FIRST: user("user-1", E3)}),
    ]


@pytest.mark.parametrize("place", range(8))
def test_whatever_was_observed_is_in_the_digest(place: int) -> None:
    assert facts_digest(_drifted()[place]) != facts_digest(TENANT)


def test_the_moment_of_reading_is_not_in_the_digest() -> None:
    later = replace(TENANT, read_at=NOW.replace(hour=23))
    assert facts_digest(later) == facts_digest(TENANT)


def test_a_tenant_that_could_not_be_read_is_in_the_plan_without_steps() -> None:
    finding = Finding(severity=Severity.ERROR, code="unreachable", summary="no answer")
    unread = UnreadTenant(tenant="contoso", wave=1, finding=finding)
    plan = make_plan(loaded(spec()), {"contoso": unread}, catalog=catalog(), now=NOW)
    assert (plan.tenants, plan.unread) == ((), (unread,))
    assert summarize(plan).tenants_unread == 1 and not has_changes(plan)


def test_sums_are_those_of_the_steps() -> None:
    have = tenant_state(
        subscription(E4, 10), subscription(E3, 9), users=(*users(7, E4), *users(2, E3, prefix="b"))
    )
    found = summarize(plan_of(have, spec(want_active(), want_active(E3, 4), want_cancelled())))
    assert (found.seats_to_buy, found.users_to_move, found.seats_to_give_up) == (10, 7, 5)
    assert (found.subscriptions_to_cancel, found.tenants_changed) == (1, 1)


def test_writes_within_the_quota_take_seconds_and_beyond_it_the_quotas_time() -> None:
    def seconds(count: int) -> float:
        have = tenant_state(subscription(E5, 9000), users=users(count, E4))
        return summarize(plan_of(have, spec(assignments=(want_moved(),)))).seconds_of_writes

    assert seconds(400) == pytest.approx(1.0)
    assert seconds(6000) == pytest.approx(3000 / 400 + 150)


def test_users_are_never_named_in_findings_beyond_five() -> None:
    lost = [user(f"user-{number}", E4, location=None) for number in range(9)]
    have = tenant_state(subscription(E4, 10), subscription(E5, 10), users=lost)
    finding = plan_of(have, spec(assignments=(want_moved(),))).tenants[0].findings[0]
    assert finding.summary == "9 users have no usage location and will not be moved"
    assert finding.detail == "user-0, user-1, user-2, user-3, user-4 …"


def test_every_refusal_offers_a_way_out_and_says_where() -> None:
    limits = Limits(users=1, seats_bought=1, where=ORIGIN)
    want = replace(spec(want_active(E5, 2), want_cancelled()), limits=(limits,))
    have = replace(tenant_state(subscription(E4, 10), users=users(3, E4)), groups=None)
    plan = plan_of(have, want)
    errors = [f for f in plan.tenants[0].findings if f.severity is Severity.ERROR]
    assert len(errors) == 4
    assert all(error.hint and error.where.startswith("book.yaml:") for error in errors)


def test_a_share_of_a_limit_is_not_rounded_below_itself() -> None:
    have = tenant_state(
        subscription(E4, 750), subscription(E5, 750), users=users(69, E4), licensed_users=750
    )
    limits = (Limits(users_percent=9.2, where=ORIGIN),)
    assert not is_refused(plan_of(have, spec(limits=limits)).tenants[0])


def test_a_word_that_it_does_not_renew_holds_for_the_term_it_was_given_in() -> None:
    want = spec(want_cancelled(when=CancelWhen.END_OF_TERM), assignments=())

    def until(year: int) -> TenantState:
        ends = NOW.replace(year=year)
        return tenant_state(subscription(E4, 10, next_lifecycle_at=ends), subscription(E5, 10))

    said = carried_out(until(2027), plan_of(until(2027), want)).memory
    assert not plan_of(replace(until(2027), memory=said), want).tenants[0].steps
    (step,) = plan_of(replace(until(2028), memory=said), want).tenants[0].steps
    assert isinstance(step, StopRenewal)
    assert step.id not in said.confirmed
