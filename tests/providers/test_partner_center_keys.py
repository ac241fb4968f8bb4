"""Calls to Partner Center keep their key until they are answered, and count what is there."""

from datetime import timedelta
from typing import Any

import pytest

from runner.model.orders import OrderVerb, ReceiptStatus
from runner.providers.partner_center.sales import sale_of
from tests.providers.partner import (
    CART,
    E5_ITEM,
    ELIGIBLE,
    NOW,
    PLACED,
    answers,
    listed,
    lost,
    order,
    partner,
    receipts,
    row,
    said,
    sales,
    sent,
    with_body,
)
from tests.providers.scripted import Scripted

DELIVERED = PLACED | {"status": "completed", "creationDate": "2026-11-23T08:50:00Z"}
E3_ROW = row(offerId="CFQ7TTC0LF8R:0001:X")


def _buying(**rules: Any) -> Any:
    """Return the rules of a purchase that goes well, but for these."""
    return {
        ("GET", "subscriptions"): rules.get("subscriptions", listed()),
        ("GET", "orders"): rules.get("orders", listed()),
        ("POST", "carts"): rules.get("cart", with_body(CART, 201)),
        ("GET", "carts/c1"): with_body(CART),
        ("POST", "checkout"): rules.get("checkout", with_body({"orders": [DELIVERED]}, 201)),
    }


def _keys(server: Scripted, method: str, end: str) -> list[str]:
    calls = [each for each in server.asked if each.method == method and each.path.endswith(end)]
    return [each.headers["ms-requestid"] for each in calls]


@pytest.mark.parametrize("first", [lost, said(500, "")])
async def test_a_checkout_without_an_answer_keeps_its_key_in_the_next_process(first: Any) -> None:
    with partner(_buying(checkout=first)) as server:
        *_, found = await receipts(server, order())
        await receipts(server, order(reference=found.reference))
        keys = _keys(server, "POST", "checkout")
    assert (len(keys) > 1, len(set(keys))) == (True, 1)


async def test_a_checkout_that_was_answered_gets_another_key() -> None:
    busy = answers(said(409, 800060), with_body({"orders": [DELIVERED]}, 201))
    with partner(_buying(checkout=busy)) as server:
        *_, found = await receipts(server, order())
        *_, again = await receipts(server, order(reference=found.reference))
        assert len(set(_keys(server, "POST", "checkout"))) == 2
        assert len(sent(server, "POST", "carts")) == 1
    assert (found.reference, again.reference) == ("cart:c1#1", "order:o1")


async def test_a_cart_whose_item_was_withdrawn_is_filled_anew_once() -> None:
    gone = said(404, 400019)
    with partner(_buying(cart=answers(gone, with_body(CART, 201)))) as server:
        *_, found = await receipts(server, order())
        assert len(set(_keys(server, "POST", "carts"))) == 2
    assert found.reference == "order:o1"
    with partner(_buying(cart=gone)) as server:
        (found,) = await receipts(server, order())
        assert len(sent(server, "POST", "carts")) == 2
    assert found.status is ReceiptStatus.REFUSED


async def test_a_subscription_that_just_appeared_is_counted_before_anything_is_bought() -> None:
    with partner(_buying(subscriptions=listed(row()))) as server:
        (found,) = await receipts(server, order())
        assert sent(server, "POST", "carts") == []
    assert (found.status, found.reference) == (ReceiptStatus.OPEN, "")


async def test_an_order_that_is_counted_already_is_another_purchase() -> None:
    with partner(_buying(orders=listed(DELIVERED))) as server:
        (found,) = await receipts(server, order())
        *_, bought = await receipts(server, order(known_sales=frozenset({"s1"})))
        assert len(sent(server, "POST", "checkout")) == 1
    assert (found.reference, bought.reference) == ("order:o1", "order:o1")


async def test_an_order_whose_subscription_is_over_is_not_waited_for() -> None:
    over = row(id="s1", status="deleted")
    rules = _buying(orders=listed(DELIVERED), subscriptions=listed(over))
    with partner(rules) as server:
        await receipts(server, order())
        assert len(sent(server, "POST", "checkout")) == 1


async def test_an_order_of_other_seats_under_way_is_waited_for() -> None:
    other = DELIVERED | {
        "lineItems": [{"offerId": E5_ITEM, "quantity": 30, "subscriptionId": "S1"}]
    }
    with partner(_buying(orders=listed(other))) as server:
        (found,) = await receipts(server, order())
        assert sent(server, "POST", "carts") == []
    assert (found.status, found.reference) == (ReceiptStatus.OPEN, "")


async def test_a_change_that_was_answered_gets_another_key() -> None:
    rules = {
        ("GET", "subscriptions"): listed(row()),
        ("GET", "subscriptions/aa11"): with_body(row()),
        ("PATCH", "subscriptions/AA11"): said(409, 900278),
    }
    with partner(rules) as server:
        (sale,) = await sales(server)
        (found,) = await receipts(server, order(OrderVerb.BUY, sale, sale_seats=15))
        again = order(OrderVerb.BUY, sale, sale_seats=15, reference=found.reference)
        await receipts(server, again)
        assert len(set(_keys(server, "PATCH", "AA11"))) == 2


async def test_an_upgrade_that_was_answered_gets_another_key() -> None:
    rules = {
        ("GET", "subscriptions"): listed(E3_ROW),
        ("GET", "subscriptions/aa11"): with_body(E3_ROW),
        ("GET", "transitionEligibilities"): listed(ELIGIBLE),
        ("GET", "transitions"): listed(),
        ("POST", "transitions"): said(409, 900278),
    }
    with partner(rules) as server:
        (sale,) = await sales(server)
        wanted = {"target_product": E5_ITEM}
        *_, found = await receipts(server, order(OrderVerb.TRANSITION, sale, **wanted))
        again = order(OrderVerb.TRANSITION, sale, reference=found.reference, **wanted)
        await receipts(server, again)
        assert len(set(_keys(server, "POST", "transitions"))) == 2


@pytest.mark.parametrize(
    ("hours", "renews", "is_locked"),
    [(1, True, True), (47, True, True), (49, True, False), (-1, True, False), (1, False, False)],
)
def test_a_subscription_is_locked_while_it_is_being_renewed(
    hours: int, renews: bool, is_locked: bool
) -> None:
    shown = row(commitmentEndDate="2026-11-23T09:00:00Z", autoRenewEnabled=renews)
    sale = sale_of(shown, {}, now=NOW + timedelta(hours=hours))
    assert bool(sale.locked) is is_locked
