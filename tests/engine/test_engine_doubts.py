"""What no longer fits, what fails, and what Graph does not show yet."""

from dataclasses import replace

import pytest

from runner.model.findings import NotAllowed, Throttled, Unreachable
from runner.model.ids import tenant_id, user_id
from runner.model.outcome import EventKind, Standing
from runner.model.spec import TenantSpec
from runner.steps.holding import holds
from tests.builders import (
    E4,
    E5,
    holding,
    license,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
    want_cancelled,
)
from tests.engine.runs import Bench, statuses, told
from tests.fakes import Trouble
from tests.planning.changes import reassigned, reduced

FIRST = user_id("user-1")


def _bench(want: TenantSpec | None = None, count: int = 3) -> Bench:
    return Bench(
        tenant_state(subscription(E4, 10), subscription(E5, 10), users=users(count, E4)), want
    )


def _holders(bench: Bench, sku: str) -> set[str]:
    return {n for n, u in bench.world.state.users.items() if holds(u, sku)}  # type: ignore[arg-type]


def test_everybody_is_moved_and_the_source_is_to_be_cancelled() -> None:
    bench = _bench()
    result = bench.apply()
    assert statuses(result) == {"move_users": "changed", "cancel_subscription": "waiting"}
    assert _holders(bench, E5) == {"user-1", "user-2", "user-3"}
    assert _holders(bench, E4) == set()


def test_a_second_apply_of_the_same_plan_writes_nothing() -> None:
    bench = _bench()
    plan = bench.plan()
    bench.apply(plan)
    before = bench.world.state
    bench.apply(plan)
    assert bench.world.state == before
    assert set(bench.directory.writes.values()) == {1}


def test_users_who_fail_keep_the_source_from_being_cancelled() -> None:
    bench = _bench()
    bench.directory.refusals[FIRST] = "conflict"
    result = bench.apply()
    assert result.standing is Standing.FAILED
    assert statuses(result) == {"move_users": "failed", "cancel_subscription": "blocked"}
    assert bench.commerce.orders == []


def test_one_user_who_fails_does_not_hold_up_the_others() -> None:
    bench = _bench()
    bench.directory.refusals[FIRST] = "conflict"
    result = bench.apply()
    assert _holders(bench, E5) == {"user-2", "user-3"}
    assert result.summary == "1 user could not be changed, most often: conflict"


def test_reads_that_lag_are_waited_out_without_a_second_write() -> None:
    bench = _bench()
    bench.directory.lag_reads = 2
    result = bench.apply()
    assert statuses(result)["move_users"] == "changed"
    assert set(bench.directory.writes.values()) == {1}


def test_users_that_lag_behind_the_counts_are_waited_out() -> None:
    bench = Bench(
        tenant_state(subscription(E4, 3), subscription(E5, 3), users=users(3, E4)),
        spec(want_active(), want_cancelled()),
    )
    bench.directory.lag_reads, bench.directory.lags_in_users_only = 2, True
    assert statuses(bench.apply())["move_users"] == "changed"


def test_reads_that_never_catch_up_leave_the_tenant_waiting() -> None:
    bench = _bench()
    bench.directory.lag_reads = 1000
    assert statuses(bench.apply())["move_users"] == "waiting"
    assert set(bench.directory.writes.values()) == {1}


def test_lists_that_never_catch_up_are_not_waited_for_where_the_users_themselves_show_it() -> None:
    bench = _bench()
    bench.directory.lag_reads, bench.directory.lags_in_lists_only = 1000, True
    assert statuses(bench.apply())["move_users"] == "changed"
    assert set(bench.directory.writes.values()) == {1}


def test_a_user_changed_by_hand_since_planning_is_left_alone_and_the_rest_moves() -> None:
    bench = _bench(count=4)
    plan = bench.plan()
    bench.world.change(lambda state: reassigned(state, FIRST, add=[license(E4, "SWAY")], remove=[]))
    result = bench.apply(plan)
    assert result.standing is Standing.REFUSED
    assert _holders(bench, E5) == {"user-2", "user-3", "user-4"}
    assert bench.world.state.users[FIRST].holdings == (holding(license(E4, "SWAY")),)


def test_a_user_who_lost_the_source_since_planning_is_left_alone() -> None:
    bench = _bench()
    plan = bench.plan()
    bench.world.change(lambda state: reassigned(state, FIRST, add=[], remove=[E4]))
    bench.apply(plan)
    assert bench.world.state.users[FIRST].holdings == ()


def test_a_user_who_lost_the_target_since_planning_keeps_the_source() -> None:
    have = tenant_state(subscription(E4, 10), subscription(E5, 10), users=[user("user-1", E4, E5)])
    bench = Bench(have)
    plan = bench.plan()
    bench.world.change(lambda state: reassigned(state, FIRST, add=[], remove=[E5]))
    bench.apply(plan)
    assert _holders(bench, E4) == {"user-1"}


def test_a_user_who_left_the_group_of_the_target_keeps_the_source() -> None:
    both = user("user-1", E4, holding(E5, by_group="group-1"))
    have = tenant_state(subscription(E4, 10), subscription(E5, 10), users=[both])
    bench = Bench(have)
    plan = bench.plan()
    left = user("user-1", E4)
    bench.world.change(lambda state: replace(state, users={FIRST: left}))
    bench.apply(plan)
    assert _holders(bench, E4) == {"user-1"}


def test_a_user_who_came_after_planning_is_not_touched() -> None:
    bench = _bench()
    plan = bench.plan()
    late = user("user-9", E4)
    bench.world.change(lambda state: replace(state, users={**state.users, late.id: late}))
    result = bench.apply(plan)
    assert bench.world.state.users[late.id] == late
    assert statuses(result)["cancel_subscription"] == "waiting"
    assert bench.commerce.orders == []


def test_seats_that_went_away_since_planning_refuse_the_move_before_any_write() -> None:
    bench = _bench()
    plan = bench.plan()
    bench.world.change(lambda state: reduced(state, E5, 2))
    result = bench.apply(plan)
    assert result.standing is Standing.REFUSED
    assert result.summary.endswith("3 users in need of a seat and 2 free")
    assert not bench.directory.writes


def test_cohorts_that_do_not_fit_together_are_refused_before_any_write() -> None:
    quiet = users(3, license(E4, "SWAY"), prefix="quiet")
    have = tenant_state(subscription(E4, 10), subscription(E5, 6), users=(*users(3, E4), *quiet))
    bench = Bench(have)
    plan = bench.plan()
    bench.world.change(lambda state: reduced(state, E5, 5))
    assert bench.apply(plan).standing is Standing.REFUSED
    assert not bench.directory.writes


def test_a_source_somebody_cancelled_already_is_done() -> None:
    bench = _bench()
    bench.apply()
    plan = bench.plan()
    bench.commerce.fulfil()
    assert bench.apply(plan).standing is Standing.DONE


def test_another_tenant_than_planned_is_refused_untouched() -> None:
    bench = _bench()
    plan = bench.plan()
    other = tenant_id("1f0e3dad-9990-4a4d-b7a5-1d1f0e3dad99")
    bench.world.change(lambda state: replace(state, tenant_id=other))
    result = bench.apply(plan)
    assert result.standing is Standing.REFUSED
    assert not bench.directory.writes


def test_a_refused_plan_is_not_carried_out() -> None:
    bench = Bench(tenant_state(subscription(E4, 3), users=users(3, E4)), spec(want_active(E5, 2)))
    result = bench.apply()
    assert result.standing is Standing.REFUSED
    assert result.summary == "refused by not-enough-seats"
    assert told(bench, EventKind.STEP_STARTED) == []


@pytest.mark.parametrize(
    ("trouble", "standing"),
    [
        (Throttled("wait", retry_after_s=900.0), Standing.WAITING),
        (Unreachable("no answer"), Standing.UNREACHABLE),
        (NotAllowed("403"), Standing.FAILED),
        (Trouble("odd"), Standing.FAILED),
        (ZeroDivisionError("oops"), Standing.FAILED),
    ],
)
def test_trouble_while_reading_becomes_the_standing(trouble: Exception, standing: str) -> None:
    bench = _bench()
    bench.directory.troubles.append(trouble)
    assert bench.apply(bench.plan()).standing == standing


def test_a_bug_says_that_it_is_one() -> None:
    bench = _bench()
    bench.directory.troubles.append(ZeroDivisionError("oops"))
    result = bench.apply()
    assert result.summary == "this is a bug in runner: ZeroDivisionError: oops"


def _interrupted() -> Bench:
    have = tenant_state(subscription(E4, 30), subscription(E5, 30), users=users(25, E4))
    bench = Bench(have)
    bench.directory.write_troubles[1] = Throttled("wait", retry_after_s=900.0)
    return bench


def test_what_was_changed_before_trouble_is_on_record() -> None:
    bench = _interrupted()
    assert bench.apply().standing is Standing.WAITING
    changed = [e for e in told(bench, EventKind.OUTCOME) if e.data["status"] == "changed"]
    assert len(changed) == len(_holders(bench, E5)) == 20


def test_what_was_changed_before_trouble_is_counted() -> None:
    result = _interrupted().apply()
    assert sum(len(step.changed) for step in result.steps) == 20


def test_a_run_after_trouble_moves_the_rest_and_repeats_nothing() -> None:
    bench = _interrupted()
    bench.apply()
    bench.apply()
    assert len(_holders(bench, E5)) == 25
    assert set(bench.directory.writes.values()) == {1}
