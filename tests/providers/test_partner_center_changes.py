"""Subscriptions at the simulated Partner Center are changed as ordered, and as nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from runner.model.orders import OrderVerb, ReceiptStatus
from runner.model.sales import SaleStatus
from tests.providers.customers import E3, customer
from tests.providers.served import E5

NEW = {"created": "2026-11-20T09:00:00Z"}
LOST: list[dict[str, Any]] = [
    {"kind": "applied_unanswered", "answer": "drop", "count": 1, "on": "write"},
    {"kind": "applied_unanswered", "count": 1, "on": "write"},
    {"kind": "drop", "count": 1, "on": "write"},
    {"kind": "503", "count": 2, "on": "partner"},
    {"kind": "429", "count": 1, "retry_after": 2, "on": "write"},
    {"kind": "partner_error", "code": 2055, "count": 1, "on": "write"},
]
SLOW = {"answers": "accepted", "operation": "10 min"}
E5_ITEM = "CFQ7TTC0LF8S:0002"


@pytest.mark.parametrize("fault", LOST, ids=str)
async def test_seats_are_raised_once_whatever_becomes_of_the_answer(fault: dict[str, Any]) -> None:
    with customer() as contoso:
        contoso.world.set_faults([fault])
        found = await contoso.change(OrderVerb.BUY, sku=E3, sale_seats=15)
        sale = await contoso.only()
        assert (found.status, sale.seats, sale.renews) == (ReceiptStatus.ACCEPTED, 15, True)
        assert contoso.bought == 5


async def test_what_others_bought_meanwhile_is_not_taken_back() -> None:
    with customer() as contoso:
        sale = await contoso.only()
        contoso.world.admin().resize(E3, seats=20)
        await contoso.change(OrderVerb.BUY, sku=E3, sale_seats=15)
        assert (sale.seats, (await contoso.only()).seats) == (10, 20)


async def test_a_reduction_never_buys() -> None:
    with customer(subscription=NEW) as contoso:
        await contoso.change(OrderVerb.RESIZE, sku=E3, sale_seats=12)
        assert ((await contoso.only()).seats, contoso.bought) == (10, 0)
        await contoso.change(OrderVerb.RESIZE, sku=E3, sale_seats=7)
        assert (await contoso.only()).seats == 7


async def test_seats_out_of_their_window_are_said_to_wait_for_the_renewal() -> None:
    with customer() as contoso:
        found = await contoso.change(OrderVerb.RESIZE, sku=E3, sale_seats=7)
        assert found.status is ReceiptStatus.REFUSED
        assert (found.task, (await contoso.only()).seats) == (
            "reduce it at its renewal on 2027-08-20",
            10,
        )


async def test_a_change_that_takes_its_time_is_sent_once_and_waited_for() -> None:
    with customer(partner=SLOW) as contoso:
        found = await contoso.change(OrderVerb.BUY, sku=E3, sale_seats=15)
        again = await contoso.change(OrderVerb.BUY, sku=E3, sale_seats=15)
        assert (found.status, again.status) == (ReceiptStatus.ACCEPTED, ReceiptStatus.ACCEPTED)
        contoso.world.advance("11 min")
        assert ((await contoso.only()).seats, contoso.bought) == (15, 5)
        writes = contoso.world.log.writes(tenant="contoso")
        assert len(writes) == 1


async def test_a_change_refused_for_a_day_is_made_the_next_day() -> None:
    with customer() as contoso:
        error = {"kind": "partner_error", "code": 900278, "count": 1, "on": "write"}
        contoso.world.set_faults([error])
        found = await contoso.change(OrderVerb.BUY, sku=E3, sale_seats=15)
        assert (found.status, found.again_s) == (ReceiptStatus.OPEN, 24 * 3600)
        contoso.world.advance("24h")
        found = await contoso.change(OrderVerb.BUY, sku=E3, sale_seats=15)
        assert (found.status, contoso.bought) == (ReceiptStatus.ACCEPTED, 5)


async def test_the_same_refusal_is_not_replayed_to_the_next_try() -> None:
    with customer(partner=SLOW) as contoso:
        await contoso.change(OrderVerb.BUY, sku=E3, sale_seats=12)
        contoso.reference = ""
        busy = await contoso.change(OrderVerb.BUY, sku=E3, sale_seats=15)
        contoso.world.advance("11 min")
        found = await contoso.change(OrderVerb.BUY, sku=E3, sale_seats=15)
        contoso.world.advance("11 min")
        assert (busy.status, found.status) == (ReceiptStatus.OPEN, ReceiptStatus.ACCEPTED)
        assert (await contoso.only()).seats == 15


async def test_the_renewal_is_stopped_and_reads_back_as_an_end() -> None:
    with customer() as contoso:
        await contoso.change(OrderVerb.STOP_RENEWAL, sku=E3)
        sale = await contoso.only()
        assert (sale.renews, sale.ends_at_term, sale.seats) == (False, True, 10)
        contoso.world.advance("370 days")
        assert (await contoso.only()).status is not SaleStatus.LIVE


async def test_a_new_subscription_is_cancelled_and_an_old_one_is_refused_with_its_date() -> None:
    with customer(subscription=NEW) as contoso:
        found = await contoso.change(OrderVerb.CANCEL, sku=E3)
        assert (found.status, (await contoso.only()).status) == (
            ReceiptStatus.ACCEPTED,
            SaleStatus.OVER,
        )
    with customer() as contoso:
        found = await contoso.change(OrderVerb.CANCEL, sku=E3)
        assert found.status is ReceiptStatus.REFUSED
        assert "until 2026-08-27 09:00 UTC" in found.summary
        assert (await contoso.only()).status is SaleStatus.LIVE


async def test_a_legacy_subscription_is_suspended() -> None:
    with customer(subscription={"channel": "csp_legacy"}) as contoso:
        (sale,) = await contoso.sales()
        assert (sale.is_legacy, sale.sku) == (True, None)
        await contoso.ask(OrderVerb.CANCEL, sale)
        assert [each.status for each in await contoso.sales()] == [SaleStatus.SUSPENDED]


async def test_every_page_of_what_is_sold_is_read() -> None:
    with customer() as contoso:
        contoso.world.set_faults([{"kind": "empty_page", "on": "subscriptions", "count": 1}])
        assert [each.sku for each in await contoso.sales()] == [E3]


async def test_a_tenant_of_another_partner_has_no_sales() -> None:
    with customer(partner={"customer": False}) as contoso:
        assert await contoso.sales() == ()


@pytest.mark.parametrize("fault", [{}, *LOST[:5]], ids=str)
async def test_an_upgrade_turns_the_whole_subscription_with_its_users(
    fault: dict[str, Any],
) -> None:
    with customer() as contoso:
        sale = await contoso.only()
        assert [(each.sku, each.moves_users) for each in sale.upgrades if each.sku == E5]
        contoso.world.set_faults([fault] if fault else [])
        for _ in range(6):
            await contoso.ask(OrderVerb.TRANSITION, sale, target_product=E5_ITEM)
            contoso.world.advance("20 min")
        (turned,) = await contoso.sales()
        assert (turned.id, turned.sku, turned.seats) == (sale.id, E5, 10)
        assert len(contoso.world.tenant().holders(E5)) == 4
        assert contoso.bought == 0
        assert contoso.receipts[-1].summary == "the subscription and its users are upgraded"


async def test_users_that_stay_behind_are_left_to_the_directory() -> None:
    with customer(partner={"reassigns": False}) as contoso:
        sale = await contoso.only()
        for _ in range(4):
            await contoso.ask(OrderVerb.TRANSITION, sale, target_product=E5_ITEM)
            contoso.world.advance("20 min")
        last = contoso.receipts[-1]
        assert (last.status, last.summary) == (
            ReceiptStatus.ACCEPTED,
            "the subscription is upgraded, and its channel did not move its users",
        )


async def test_an_upgrade_refused_once_is_asked_for_again_when_it_may() -> None:
    with customer() as contoso:
        error = {"kind": "partner_error", "code": 900278, "count": 1, "on": "write"}
        contoso.world.set_faults([error])
        sale = await contoso.only()
        refused = await contoso.ask(OrderVerb.TRANSITION, sale, target_product=E5_ITEM)
        contoso.world.advance(timedelta(days=1).total_seconds())
        await contoso.ask(OrderVerb.TRANSITION, sale, target_product=E5_ITEM)
        contoso.world.advance("20 min")
        assert refused.status is ReceiptStatus.OPEN
        assert [each.sku for each in await contoso.sales()] == [E5]
