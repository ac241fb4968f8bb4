"""Orders that were answered with a no: nothing of them is under way, all is looked at again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runner.model.ids import TenantId, group_id, user_id
from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.model.outcome import EventKind
from runner.model.plan import Plan
from runner.model.sales import Sale, Upgrade
from runner.model.spec import Channel
from runner.model.state import Group
from runner.planning import make_plan
from runner.providers.commerce import Channels
from tests.builders import (
    E4,
    E5,
    NOW,
    catalog,
    license,
    loaded,
    spec,
    tenant_state,
    user,
    users,
    want_active,
    want_cancelled,
)
from tests.engine.runs import Bench, statuses, told
from tests.engine.shop import sold
from tests.planning.changes import reassigned

DAY = timedelta(days=1)


class Busy:
    """A channel that says no, or waits, and keeps what it was asked for."""

    def __init__(self, sale: Sale, status: ReceiptStatus, reference: str) -> None:
        self.sale = sale
        self.answer = Receipt(status=status, summary="no", reference=reference, again_s=3600)
        self.placed: list[Order] = []

    async def read(self, tenant: TenantId) -> tuple[Sale, ...]:
        return (self.sale,)

    async def place(self, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        self.placed.append(order)
        yield self.answer


def _bench(reference: str, **sale: Any) -> tuple[Bench, Busy]:
    shown, found = sold(E4, 10, term_ends_at=NOW + 300 * DAY, **sale)
    people = (*users(2, E4), user("quiet", license(E4, "SWAY")))
    bench = Bench(tenant_state(shown, users=people), spec(want_active(), want_cancelled()))
    busy = Busy(found, ReceiptStatus.OPEN, reference)
    bench.commerce = Channels({Channel.PARTNER_CENTER: busy})
    return bench, busy


def _upgrading(reference: str) -> tuple[Bench, Busy, Plan]:
    upgrade = Upgrade(sku=E5, product="E5", moves_users=True)
    bench, busy = _bench(reference, upgrades=(upgrade,))
    states = {"contoso": replace(bench.world.state, sales=(busy.sale,))}
    plan = make_plan(
        loaded(bench.want), states, catalog=catalog(), now=NOW, accepted=("services-reset",)
    )
    return bench, busy, plan


def _hire(bench: Bench) -> None:
    state = bench.world.state
    (new,) = users(1, E4, prefix="new")
    bench.world.state = replace(state, users={**state.users, new.id: new})


def _switch_off(bench: Bench) -> None:
    state = bench.world.state
    bench.world.state = reassigned(state, user_id("user-1"), add=(license(E4, "SWAY"),), remove=())


def _carry(bench: Bench) -> None:
    state = bench.world.state
    bench.world.state = replace(
        state, groups=(Group(id=group_id("g"), name="G", licenses=(license(E4),)),)
    )


@pytest.mark.parametrize("change", [_hire, _switch_off, _carry])
def test_an_upgrade_in_place_looks_again_at_its_users_before_it_is_asked_for_again(
    change: Any,
) -> None:
    bench, busy, plan = _upgrading("again:2026-11-22T09:00:00+00:00#1")
    bench.apply(plan)
    bench.clock.move(DAY)
    bench.apply(plan)
    assert len(busy.placed) == 2
    change(bench)
    bench.clock.move(DAY)
    assert statuses(bench.apply(plan)) == {"transition_subscription": "refused"}
    assert len(busy.placed) == 2


def test_an_upgrade_in_place_that_is_under_way_is_followed_whoever_came_since() -> None:
    bench, busy, plan = _upgrading("transition:2026-11-22T09:00:00+00:00")
    bench.apply(plan)
    _hire(bench)
    bench.clock.move(DAY)
    assert statuses(bench.apply(plan)) == {"transition_subscription": "waiting"}
    assert len(busy.placed) == 2


@pytest.mark.parametrize("reference", ["again:2026-11-22T09:00:00+00:00#1", "failed:alias"])
def test_an_order_after_a_no_begins_today_and_for_what_is_wanted_today(reference: str) -> None:
    bench, busy = _bench(reference, refundable_until=NOW + 60 * DAY)
    bench.apply()
    bench.clock.move(6 * DAY)
    bench.want = spec(want_active(seats=8), want_cancelled())
    bench.apply()
    first, second = busy.placed
    assert (first.sale_seats, second.sale_seats) == (10, 8)
    assert second.opened_at == second.now
    assert (second.key != first.key, second.reference) == (True, reference)


def test_an_order_that_was_taken_keeps_its_key_and_its_beginning() -> None:
    bench, busy = _bench("order:o1", refundable_until=NOW + 60 * DAY)
    bench.apply()
    bench.clock.move(DAY)
    bench.want = spec(want_active(seats=8), want_cancelled())
    bench.apply()
    first, second = busy.placed
    assert (second.key, second.opened_at) == (first.key, first.opened_at)


def test_a_refused_order_says_what_to_do_with_the_step_it_ends() -> None:
    bench, busy, plan = _upgrading("")
    busy.answer = Receipt(status=ReceiptStatus.REFUSED, summary="no", task="ask the partner")
    bench.apply(plan)
    ended = [e.data for e in told(bench, EventKind.STEP_FINISHED) if e.data["detail"] == "no"]
    assert [each["task"] for each in ended] == ["ask the partner"]
