"""Orders that a channel carries out: exactly once, whatever dies in between."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.ids import SkuId, TenantId
from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.model.outcome import Standing
from runner.model.sales import Sale
from runner.model.spec import Channel
from runner.model.state import TenantState
from runner.providers.commerce import Channels
from tests.builders import E4, E5, NOW, spec, tenant_state, users, want_active, want_cancelled
from tests.engine.runs import Bench, statuses
from tests.engine.shop import Died, Shop, sold
from tests.fakes import FakeDirectory

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _bench(*, lag: timedelta = timedelta(0), refundable: timedelta = 5 * DAY) -> tuple[Bench, Shop]:
    shown, sale = sold(E4, 10, refundable_until=NOW + refundable, term_ends_at=NOW + 300 * DAY)
    bench = Bench(tenant_state(shown, users=users(3, E4)), spec(want_active(), want_cancelled()))
    shop = Shop(bench.world, sale, lag=lag)
    bench.commerce = Channels({Channel.PARTNER_CENTER: shop})
    return bench, shop


def _on(bench: Bench) -> Standing:
    """Plan and apply once; a process that dies is no more than that."""
    try:
        return bench.apply().standing
    except Died:
        return Standing.WAITING


def test_an_upgrade_through_a_channel_needs_no_person() -> None:
    bench, shop = _bench()
    assert bench.apply().standing is Standing.WAITING
    shop.deliver()
    bench.clock.move(HOUR)
    result = bench.apply()
    assert statuses(result)["move_users"] == "changed"
    shop.deliver()
    bench.clock.move(HOUR)
    bench.apply()
    assert shop.bought_seats == 10
    assert bench.plan().tenants[0].steps == ()


def test_what_is_sold_and_not_shown_yet_is_waited_for() -> None:
    bench, shop = _bench()
    bench.apply()
    result = bench.apply()
    detail = next(each.detail for each in result.steps)
    assert detail == "10 seats of Office 365 E5 are sold, 0 show in the tenant"
    assert shop.bought_seats == 10


@pytest.mark.parametrize("act", ["cart", "checkout"])
def test_a_process_that_dies_while_buying_buys_once(act: str) -> None:
    bench, shop = _bench(lag=timedelta(minutes=15))
    shop.dies_at = [act]
    for _ in range(3):
        _on(bench)
    assert shop.bought_seats == 10


def test_more_seats_wanted_while_an_order_is_under_way_do_not_buy_all_of_them_again() -> None:
    bench, shop = _bench(lag=timedelta(minutes=15))
    bench.apply()
    bench.want = spec(want_active(seats=12), want_cancelled())
    bench.apply()
    assert shop.bought_seats == 10
    shop.deliver()
    bench.clock.move(HOUR)
    bench.apply()
    assert shop.bought_seats == 12


def test_a_window_that_closes_before_the_cancellation_refuses_it() -> None:
    bench, shop = _bench(refundable=5 * DAY)
    bench.apply()
    plan = bench.plan()
    shop.deliver()
    bench.clock.move(6 * DAY)
    result = bench.apply(plan)
    assert statuses(result)["cancel_subscription"] == "refused"
    (sale,) = [each for each in shop.sales if each.sku == E4]
    assert sale.renews
    bench.apply()
    (sale,) = [each for each in shop.sales if each.sku == E4]
    assert (sale.renews, sale.ends_at_term) == (False, True)
    assert bench.plan().tenants[0].steps == ()


@settings(max_examples=60, deadline=None)
@given(
    dies=st.lists(st.sampled_from(["cart", "checkout", "change"]), max_size=4),
    lag=st.sampled_from([0, 15]),
    deliveries=st.lists(st.booleans(), min_size=8, max_size=8),
    wanted=st.lists(st.integers(8, 14), min_size=8, max_size=8),
)
def test_deaths_delays_and_second_thoughts_never_buy_more_than_the_largest_plan(
    dies: list[str], lag: int, deliveries: list[bool], wanted: list[int]
) -> None:
    bench, shop = _bench(lag=timedelta(minutes=lag))
    shop.dies_at = dies
    for is_delivered, seats in zip(deliveries, wanted, strict=True):
        bench.want = spec(want_active(seats=seats), want_cancelled())
        _on(bench)
        if is_delivered:
            shop.deliver()
        bench.clock.move(timedelta(minutes=7))
        held = [{h.license.sku for h in user.holdings} for user in bench.world.state.users.values()]
        assert all(skus & {E4, E5} for skus in held)
    assert shop.bought_seats <= max(wanted)


def test_an_order_names_the_sales_that_its_totals_count() -> None:
    shown, sale = sold(E5, 4, billing="annual")
    _, other = sold(E4, 10)
    bench = Bench(tenant_state(shown), spec(want_active(seats=10)))
    shop = Shop(bench.world, sale, other)
    bench.commerce = Channels({Channel.PARTNER_CENTER: shop})
    bench.apply()
    (order,) = shop.placed
    assert (order.sale, order.sale_seats) == (None, 6)
    assert order.known_sales == {sale.id}


class Slow(FakeDirectory):
    """Takes seconds to be read."""

    async def read(self, skus: Sequence[SkuId], **more: Any) -> TenantState:
        self.world.clock.move(timedelta(seconds=5))
        return await super().read(skus, **more)


class Pending:
    """Takes an order, wants to be asked every second, and has nothing new to say."""

    def __init__(self, sale: Sale) -> None:
        self.sale = sale
        self.asked = 0

    async def read(self, tenant: TenantId) -> tuple[Sale, ...]:
        return (self.sale,)

    async def place(self, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        self.asked += 1
        assert self.asked < 500, "the run does not end"
        said = Receipt(
            status=ReceiptStatus.ACCEPTED, summary="under way", reference="order:1", again_s=1
        )
        yield said


def test_an_order_that_wants_to_be_asked_more_often_than_a_look_takes_does_not_hold_the_run() -> (
    None
):
    bench, shop = _bench()
    bench.directory = Slow(bench.world)
    pending = Pending(shop.sales[0])
    bench.commerce = Channels({Channel.PARTNER_CENTER: pending})
    result = bench.apply()
    assert (result.standing, statuses(result)["buy_seats"]) == (Standing.WAITING, "waiting")
    assert 1 < pending.asked < 30
