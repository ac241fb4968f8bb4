"""Maintenance windows: nothing begins outside them, what runs is finished cleanly."""

from dataclasses import replace
from datetime import timedelta

from runner.model.orders import Order
from runner.model.outcome import Standing
from runner.model.spec import MaintenanceWindow, TenantSpec
from tests.builders import (
    E4,
    E5,
    NOW,
    ORIGIN,
    spec,
    subscription,
    tenant_state,
    users,
    want_active,
    want_moved,
)
from tests.engine.runs import Bench, statuses

DAYS = ("mon",)


def _window(from_time: str, to_time: str) -> MaintenanceWindow:
    return MaintenanceWindow(
        days=DAYS, from_time=from_time, to_time=to_time, timezone="UTC", where=ORIGIN
    )


def _want(*windows: MaintenanceWindow) -> TenantSpec:
    return replace(spec(want_active(E5, 50), assignments=(want_moved(),)), windows=windows)


def _bench(*windows: MaintenanceWindow, count: int = 50) -> Bench:
    have = tenant_state(subscription(E4, 50), subscription(E5, 50), users=users(count, E4))
    return Bench(have, _want(*windows))


def test_outside_its_window_a_tenant_waits_until_it_opens() -> None:
    bench = _bench(_window("10:00", "12:00"))
    result = bench.apply()
    assert (result.standing, result.summary) == (
        Standing.WAITING, "the maintenance window is closed",
    )  # fmt: skip
    assert not bench.directory.writes
    assert [wait.look_again_at for wait in bench.records.waits.values()] == [
        NOW + timedelta(hours=1)
    ]
    bench.clock.move(timedelta(hours=1))
    assert bench.apply().standing is Standing.DONE
    assert not bench.records.waits


def test_a_run_that_may_wait_begins_when_the_window_opens() -> None:
    bench = _bench(_window("10:00", "12:00"))
    assert bench.apply(patience_s=2 * 3600).standing is Standing.DONE
    assert NOW + timedelta(hours=1) <= bench.clock.now() < NOW + timedelta(hours=2)


def test_no_batch_begins_once_the_window_has_closed() -> None:
    bench = _bench(_window("08:00", "09:10"))
    asked = 0
    may_begin = bench.directory.only_while

    def counting(may: object) -> None:
        def late() -> bool:
            nonlocal asked
            asked += 1
            if asked == 2:
                bench.clock.move(timedelta(minutes=30))
            return may()  # type: ignore[operator, no-any-return]

        may_begin(late)

    bench.directory.only_while = counting  # type: ignore[method-assign]
    result = bench.apply()
    assert result.standing is Standing.WAITING
    assert len(bench.directory.writes) == 20
    assert sum(len(step.changed) for step in result.steps) == 20
    bench.directory.only_while = may_begin  # type: ignore[method-assign]
    bench.clock.move(timedelta(days=7, minutes=-30))
    assert bench.apply().standing is Standing.DONE
    assert set(bench.directory.writes.values()) == {1}


def test_nothing_is_ordered_outside_the_window() -> None:
    have = tenant_state(subscription(E4, 50), users=users(3, E4))
    bench = Bench(have, _want(_window("10:00", "12:00")))
    assert bench.apply().standing is Standing.WAITING
    assert not bench.commerce.orders and not bench.records.open
    bench.clock.move(timedelta(hours=1))
    bench.apply()
    assert [order.sku for order in bench.commerce.orders] == [E5]


def test_an_order_under_way_is_recorded_and_goes_no_act_further() -> None:
    have = tenant_state(subscription(E4, 50), users=users(3, E4))
    bench = Bench(have, _want(_window("08:00", "09:10")))

    def late(order: Order) -> None:
        bench.clock.move(timedelta(minutes=30))

    bench.commerce.on_place = late
    result = bench.apply()
    assert result.steps[0].task == "who  a person"
    assert [order.kind for order in bench.records.open.values()] == ["buy_seats"]


def test_what_a_person_did_meanwhile_is_seen_outside_the_window_too() -> None:
    have = tenant_state(subscription(E4, 50), users=users(3, E4))
    bench = Bench(have, _want(_window("08:00", "09:10")))
    plan = bench.plan()
    bench.apply(plan)
    bench.clock.move(timedelta(hours=1))
    bench.commerce.fulfil()
    found = statuses(bench.apply(plan))
    assert found == {"buy_seats": "ok", "await_ready": "ok", "move_users": "waiting"}
