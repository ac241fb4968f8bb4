"""What users held is kept before an order, and given back after the vendor's own upgrade."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from runner.model.ids import TenantId
from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.model.outcome import Standing
from runner.model.sales import Sale, Upgrade
from runner.model.state import License
from runner.planning import make_plan
from runner.steps.transition_subscription import TransitionSubscription
from runner.store import Store
from tests.builders import (
    E4,
    E5,
    NOW,
    catalog,
    license,
    loaded,
    plan_id,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
    want_cancelled,
)
from tests.engine.runs import Bench, statuses
from tests.engine.shop import sold
from tests.planning.changes import bought, ended, reassigned, settled, turned

QUIET = license(E4, "SWAY")
SWAY = plan_id("SWAY")


def _bench(soak_s: int = 0) -> Bench:
    people = (*users(2, E4), user("quiet", QUIET))
    want = spec(want_active(), want_cancelled(soak_s=soak_s))
    return Bench(tenant_state(subscription(E4, 10), users=people), want)


def _upgrade_by_hand(bench: Bench) -> None:
    """Do what the Upgrade tab does: buy, move everybody with every service on, cancel."""
    state = bought(bench.world.state, E5, 10)
    for name in state.users:
        state = reassigned(state, name, add=(License(sku=E5),), remove=(E4,))
    (old,) = (each for each in state.subscriptions if each.sku == E4)
    bench.world.state = settled(ended(state, old.id))


def _off(bench: Bench, name: str) -> dict[str, tuple[str, ...]]:
    held = next(p for n, p in bench.world.state.users.items() if n == name).holdings
    return {each.license.sku: each.license.disabled_plans for each in held}


def test_a_person_who_upgrades_by_hand_leaves_services_that_are_switched_off_again() -> None:
    bench = _bench()
    assert bench.apply().standing is Standing.WAITING
    _upgrade_by_hand(bench)
    result = bench.apply()
    assert result.standing is Standing.DONE
    assert statuses(result) == {"move_users": "changed"}
    assert _off(bench, "quiet") == {E5: (SWAY,)}
    assert _off(bench, "user-1") == {E5: ()}
    assert bench.directory.writes == {"quiet": 1}
    assert bench.plan().tenants[0].steps == ()


def test_what_is_switched_on_once_all_is_over_stays_on() -> None:
    bench = _bench()
    bench.apply()
    _upgrade_by_hand(bench)
    chosen = license(E5, "YAMMER_ENTERPRISE")
    bench.world.change(lambda s: reassigned(s, "quiet", add=(chosen,), remove=()))
    assert bench.apply().standing is Standing.DONE
    bench.world.change(lambda s: reassigned(s, "quiet", add=(License(sku=E5),), remove=()))
    assert bench.plan().tenants[0].steps == ()


def test_a_service_switched_on_after_our_own_move_stays_on() -> None:
    bench = _bench(soak_s=72 * 3600)
    bench.apply()
    bench.world.buy(E5, 10)
    assert bench.apply().standing is Standing.WAITING
    assert _off(bench, "quiet") == {E5: (SWAY,)}
    bench.world.change(lambda s: reassigned(s, "quiet", add=(License(sku=E5),), remove=()))
    kinds = {type(each).__name__ for each in bench.plan().tenants[0].steps}
    assert kinds == {"CancelSubscription"}


def test_a_user_who_chose_services_since_planning_is_left_alone() -> None:
    bench = _bench()
    bench.apply()
    _upgrade_by_hand(bench)
    plan = bench.plan()
    chosen = license(E5, "YAMMER_ENTERPRISE")
    bench.world.change(lambda s: reassigned(s, "quiet", add=(chosen,), remove=()))
    result = bench.apply(plan)
    assert result.standing is Standing.REFUSED
    assert _off(bench, "quiet") == {E5: chosen.disabled_plans}


def test_a_user_who_lost_the_target_since_planning_takes_no_seat() -> None:
    bench = _bench()
    bench.apply()
    _upgrade_by_hand(bench)
    plan = bench.plan()
    bench.world.change(lambda s: reassigned(s, "quiet", add=(), remove=(E5,)))
    result = bench.apply(plan)
    assert result.standing is Standing.REFUSED
    assert list(result.steps[0].refused.values()) == ["no longer holds Office 365 E5"]
    assert _off(bench, "quiet") == {}


def test_waiting_runs_keep_what_users_hold_once(tmp_path: Path) -> None:
    bench = _bench()
    store = Store(tmp_path)
    for run in ("run-1", "run-2", "run-3"):
        bench.apply(records=store.for_run(run, playbook="book.yaml"))
    before = store.snapshots.before(bench.world.state.tenant_id)
    store.close()
    (size,) = _sizes(tmp_path)
    assert size > 0
    assert before == {"user-1": (License(sku=E4),), "user-2": (License(sku=E4),), "quiet": (QUIET,)}


def _sizes(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / "journal.sqlite")) as db:
        return [row[0] for row in db.execute("SELECT length(body) FROM snapshots")]


class Turning:
    """A channel that turns the only subscription, users included, as soon as it is asked."""

    def __init__(self, bench: Bench, sale: Sale) -> None:
        self._world = bench.world
        self._world.state = replace(self._world.state, sales=(sale,))
        self.step: TransitionSubscription | None = None

    async def read(self, tenant: TenantId) -> tuple[Sale, ...]:
        return self._world.state.sales

    async def place(self, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        assert self.step is not None
        self._world.state = turned(self._world.state, self.step)
        yield Receipt(status=ReceiptStatus.ACCEPTED, summary="turned", reference="transition-1")


def test_what_the_channels_upgrade_reset_is_in_the_next_plan() -> None:
    upgrade = Upgrade(sku=E5, product="E5", moves_users=True)
    shown, sale = sold(E4, 10, refundable_until=NOW - timedelta(days=30), upgrades=(upgrade,))
    people = (*users(2, E4), user("quiet", QUIET))
    bench = Bench(tenant_state(shown, users=people), spec(want_active(), want_cancelled()))
    bench.commerce = Turning(bench, sale)
    states = {"contoso": bench.world.state}
    accepted = ("services-reset",)
    plan = make_plan(loaded(bench.want), states, catalog=catalog(), now=NOW, accepted=accepted)
    (bench.commerce.step,) = plan.tenants[0].steps
    turned_now = bench.apply(plan)
    assert statuses(turned_now) == {"transition_subscription": "changed"}
    assert turned_now.standing is Standing.WAITING
    assert turned_now.summary == "1 user may have every service on after the upgrade"
    assert _off(bench, "quiet") == {E5: ()}
    assert bench.apply().standing is Standing.DONE
    assert _off(bench, "quiet") == {E5: (SWAY,)}
    assert bench.plan().tenants[0].steps == ()
    assert bench.records.saved == {}
