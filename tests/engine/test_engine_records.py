"""What is on disk, and when; and that tenants do not disturb each other."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from runner.engine import apply_plan
from runner.model.orders import Order
from runner.model.outcome import Standing
from runner.planning import make_plan
from runner.store import Store
from tests.builders import (
    CONTOSO,
    E1,
    E3,
    E4,
    E5,
    NOW,
    catalog,
    loaded,
    spec,
    subscription,
    tenant_state,
    users,
    want_moved,
)
from tests.engine.runs import Bench, surroundings
from tests.fakes import MemoryRecords
from tests.planning.changes import bought, ready
from tests.rows import rows_of


def test_an_order_is_on_disk_before_it_is_placed(store: Store, place: Path | str) -> None:
    bench = Bench(tenant_state(subscription(E4, 10), users=users(3, E4)))
    seen: list[tuple[object, ...]] = []
    look = "SELECT key, kind FROM orders WHERE closed_at IS NULL"
    bench.commerce.on_place = lambda order: seen.extend(rows_of(place, look))
    bench.apply(records=store.for_run("run-1", playbook="book.yaml"))
    assert seen == [(bench.commerce.orders[0].key, "buy_seats")]


def test_a_step_is_on_disk_as_started_before_its_order_is_placed(
    store: Store, place: Path | str
) -> None:
    bench = Bench(tenant_state(subscription(E4, 10), users=users(3, E4)))
    kinds: list[tuple[object, ...]] = []

    def look(order: Order) -> None:
        kinds.extend(rows_of(place, "SELECT kind FROM events ORDER BY seq"))

    bench.commerce.on_place = look
    bench.apply(records=store.for_run("run-1", playbook="book.yaml"))
    assert kinds[-1] == ("step_started",)


def _snapshots(place: Path | str) -> set[str]:
    rows = rows_of(place, "SELECT body FROM snapshots")
    return {user for (body,) in rows for user, _ in json.loads(body)["users"]}


def test_what_users_held_is_on_disk_before_the_first_of_them_changes(
    store: Store, place: Path | str
) -> None:
    bench = Bench(tenant_state(subscription(E4, 10), subscription(E5, 10), users=users(3, E4)))
    bench.apply(records=store.for_run("run-1", playbook="book.yaml"))
    assert _snapshots(place) == {"user-1", "user-2", "user-3"}


def test_users_who_change_later_in_the_run_are_in_the_snapshot_too(
    store: Store, place: Path | str
) -> None:
    have = tenant_state(
        *(subscription(each, 10) for each in (E1, E3, E4)),
        users=(*users(2, E4), *users(2, E1, prefix="one")),
    )
    want = spec(assignments=(want_moved(E4, to=E5), want_moved(E1, to=E3)))
    bench = Bench(bought(have, E5, 10, is_ready=False), want)
    bench.clock.plan(timedelta(minutes=5), lambda: bench.world.change(lambda s: ready(s, E5)))
    assert bench.apply(patience_s=3600, records=store.for_run("run-1", playbook="book.yaml")).steps
    assert _snapshots(place) == {"user-1", "user-2", "one-1", "one-2"}


def test_trouble_with_one_tenant_leaves_the_others_alone() -> None:
    have = tenant_state(subscription(E4, 10), subscription(E5, 10), users=users(3, E4))
    names = ("contoso", "fabrikam", "northwind")
    benches = {name: Bench(have, spec(name=name)) for name in names}
    benches["fabrikam"].directory.troubles.append(ZeroDivisionError("oops"))
    plan = make_plan(
        loaded(*(bench.want for bench in benches.values())),
        dict.fromkeys(names, have),
        catalog=catalog(),
        now=NOW,
    )
    around = surroundings(benches, MemoryRecords())
    results = asyncio.run(apply_plan(plan, around=around, forks=2, patience_s=0))
    standings = {each.tenant: each.standing for each in results}
    assert standings["fabrikam"] is Standing.FAILED
    assert standings["contoso"] is standings["northwind"] is Standing.WAITING
    assert [each.users_changed for each in results] == [3, 0, 3]
    assert not any(each.steps for each in results), "they name the users of all tenants"


def test_how_a_tenant_ended_is_recorded() -> None:
    bench = Bench(tenant_state(subscription(E4, 10), users=users(3, E4)))
    bench.apply()
    standing = bench.records.standings[CONTOSO]
    assert (standing.name, standing.standing) == ("contoso", Standing.WAITING)
    assert standing.summary == "a person has to buy it"


def test_orders_of_steps_that_are_no_longer_planned_are_closed() -> None:
    bench = Bench(tenant_state(subscription(E4, 10), users=users(3, E4)))
    bench.apply()
    bench.world.buy(E5, 10)
    bench.apply(bench.plan())
    assert [order.kind for order in bench.records.open.values()] == ["cancel_subscription"]
