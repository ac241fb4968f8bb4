"""What waits, what waits for it, and how long."""

from datetime import timedelta

from runner.model.outcome import EventKind, Standing
from runner.model.spec import TenantSpec
from runner.steps.move_users import MoveUsers
from tests.builders import (
    E1,
    E3,
    E4,
    E5,
    NOW,
    spec,
    subscription,
    tenant_state,
    users,
    want_active,
    want_cancelled,
    want_moved,
)
from tests.engine.runs import Bench, statuses, told
from tests.planning.changes import bought, ready

HOUR = timedelta(hours=1)


def _bench(want: TenantSpec | None = None, count: int = 3) -> Bench:
    return Bench(tenant_state(subscription(E4, 10), users=users(count, E4)), want)


def _soaking() -> Bench:
    return _bench(spec(want_active(), want_cancelled(soak_s=72 * 3600)))


def test_an_order_that_waits_blocks_what_comes_after_it() -> None:
    result = _bench().apply()
    assert result.standing is Standing.WAITING
    assert statuses(result) == {
        "buy_seats": "waiting",
        "await_ready": "blocked",
        "move_users": "blocked",
        "cancel_subscription": "blocked",
    }


def test_nothing_is_written_while_something_waits() -> None:
    bench = _bench()
    before = bench.world.state
    bench.apply()
    assert bench.world.state == before


def test_a_blocked_step_says_what_it_comes_after() -> None:
    bench = _bench()
    bench.apply()
    ends = {e.data["kind"]: e.data["detail"] for e in told(bench, EventKind.STEP_FINISHED)}
    assert ends["move_users"] == "comes after: wait Office 365 E5"


def test_the_whole_way_ends_with_nothing_left_to_plan() -> None:
    bench = _bench()
    bench.apply()
    bench.commerce.fulfil()
    assert bench.apply().standing is Standing.WAITING
    bench.commerce.fulfil()
    assert bench.apply().standing is Standing.DONE
    assert bench.plan().tenants[0].steps == ()


def test_one_saved_plan_is_finished_over_several_runs() -> None:
    bench = _bench()
    plan = bench.plan()
    for _ in range(2):
        assert bench.apply(plan).standing is Standing.WAITING
        bench.commerce.fulfil()
    assert bench.apply(plan).standing is Standing.DONE


def test_a_wait_says_when_to_look_again_and_never_in_the_past() -> None:
    bench = _bench()
    bench.apply()
    waits = bench.records.waits.values()
    assert [wait.task for wait in waits] == ["who  a person"]
    assert all(wait.look_again_at and wait.look_again_at > NOW for wait in waits)


def test_a_wait_that_goes_on_keeps_its_beginning() -> None:
    bench = _bench()
    bench.apply()
    bench.clock.move(5 * HOUR)
    bench.apply()
    assert [wait.since for wait in bench.records.waits.values()] == [NOW]


def test_an_order_keeps_its_key_over_runs_and_plans() -> None:
    bench = _bench()
    bench.apply()
    bench.clock.move(5 * HOUR)
    bench.apply()
    first, second = bench.commerce.orders
    assert (first.key, first.opened_at) == (second.key, second.opened_at)


def test_an_order_that_shows_is_closed() -> None:
    bench = _bench()
    bench.apply()
    bench.commerce.fulfil()
    bench.apply()
    assert [order.kind for order in bench.records.open.values()] == ["cancel_subscription"]


def test_services_still_being_set_up_are_waited_for_until_the_credit_check_is_over() -> None:
    bench = _bench()
    bench.apply()
    bench.world.state = bought(bench.world.state, E5, 10, is_ready=False)
    result = bench.apply()
    assert statuses(result)["await_ready"] == "waiting"
    assert [w.deadline_at for w in bench.records.waits.values()] == [NOW + 60 * HOUR]


def test_a_wait_beyond_its_deadline_fails() -> None:
    bench = _bench()
    bench.world.state = bought(bench.world.state, E5, 10, is_ready=False)
    bench.clock.move(61 * HOUR)
    result = bench.apply()
    assert result.standing is Standing.FAILED
    assert "should have been over by 2026-11-25 21:00 UTC" in result.summary


def test_patience_sees_what_happens_while_the_run_waits() -> None:
    bench = _bench()
    bench.world.state = bought(bench.world.state, E5, 10, is_ready=False)
    bench.clock.plan(HOUR, lambda: bench.world.change(lambda state: ready(state, E5)))
    result = bench.apply(patience_s=7200)
    assert statuses(result)["move_users"] == "changed"


def test_patience_ends() -> None:
    bench = _bench()
    assert bench.apply(patience_s=1800).standing is Standing.WAITING
    assert bench.clock.now() == NOW + timedelta(minutes=30)


def test_without_patience_a_run_does_not_wait_for_people() -> None:
    bench = _bench()
    bench.apply()
    assert bench.clock.now() == NOW


def test_the_soak_begins_when_nobody_holds_the_product_any_more() -> None:
    bench = _soaking()
    bench.world.buy(E5, 10)
    result = bench.apply()
    assert statuses(result) == {"move_users": "changed", "cancel_subscription": "waiting"}
    assert [w.look_again_at for w in bench.records.waits.values()] == [NOW + 72 * HOUR]


def test_the_soak_goes_on_over_runs() -> None:
    bench = _soaking()
    bench.world.buy(E5, 10)
    bench.apply()
    bench.clock.move(71 * HOUR)
    assert bench.apply() and bench.commerce.orders == []
    bench.clock.move(HOUR)
    bench.apply()
    assert [order.verb for order in bench.commerce.orders] == ["cancel"]


def test_the_soak_starts_again_when_somebody_held_the_product_in_between() -> None:
    bench = _soaking()
    bench.world.buy(E5, 10)
    plan = bench.plan()
    bench.apply(plan)
    bench.clock.move(48 * HOUR)
    everybody = bench.world.state.users
    bench.world.state = tenant_state(
        *bench.world.state.subscriptions, users=[*everybody.values(), *users(1, E4, prefix="late")]
    )
    bench.apply(plan)
    bench.clock.move(48 * HOUR)
    bench.world.change(lambda state: tenant_state(*state.subscriptions, users=everybody.values()))
    bench.apply(plan)
    assert bench.commerce.orders == []


def test_a_target_that_is_not_ready_does_not_hold_up_another() -> None:
    want = spec(want_cancelled(), assignments=(want_moved(E4, to=E5), want_moved(E1, to=E3)))
    have = tenant_state(
        *(subscription(each, 10) for each in (E1, E3, E4)),
        users=(*users(2, E4), *users(3, E1, prefix="one")),
    )
    bench = Bench(bought(have, E5, 10, is_ready=False), want)
    result = bench.apply()
    moved = {
        each.step.target_sku: each.status
        for each in result.steps
        if isinstance(each.step, MoveUsers)
    }
    assert moved == {E3: "changed", E5: "blocked"}
