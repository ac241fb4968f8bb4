"""Partner Center over HTTP: what is read, and that nothing is bought twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner.model.findings import NotAllowed, ProviderError
from runner.model.orders import OrderVerb, ReceiptStatus
from runner.model.sales import Sale, SaleStatus
from tests.providers.partner import (
    CART,
    E5_ITEM,
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
from tests.providers.scripted import Answer, Asked
from tests.providers.served import E5


async def _sale(shown: dict[str, Any]) -> Sale:
    with partner({("GET", "subscriptions"): listed(shown)}) as server:
        (sale,) = await sales(server)
    return sale


async def test_a_subscription_is_read_with_term_window_and_etag() -> None:
    sale = await _sale(row())
    assert (sale.id, sale.sku, sale.status, sale.seats) == ("aa11", E5, SaleStatus.LIVE, 10)
    assert (sale.term, sale.billing, sale.renews, sale.ends_at_term) == (
        *("annual", "monthly"),
        *(True, False),
    )
    assert sale.refundable_until == datetime(2026, 11, 28, tzinfo=UTC)
    assert (sale.is_legacy, sale.version, sale.has_scheduled_change) == (False, "e1", False)


async def test_renewal_off_ends_new_commerce_only_with_the_cancel_action() -> None:
    off = row(autoRenewEnabled=False)
    assert not (await _sale(off)).ends_at_term
    action = {"scheduleType": "TermEnd", "actionType": "Cancel"}
    assert (await _sale(off | {"scheduledActions": [action]})).ends_at_term


async def test_a_subscription_from_before_new_commerce_is_told_by_its_offer() -> None:
    sale = await _sale(row(offerId="91fd106f-4b2c-4938-95ac-f54f74e9a239", productType=None))
    assert (sale.is_legacy, sale.sku) == (True, None)


async def test_every_page_is_read() -> None:
    def pages(asked: Asked) -> Answer:
        if asked.headers.get("ms-continuationtoken"):
            return Answer(body={"items": [row(id="b")]})
        header = {"key": "MS-ContinuationToken", "value": "two"}
        link = {"uri": asked.path.split("?")[0].lstrip("/"), "headers": [header]}
        return Answer(body={"items": [row(id="a")], "links": {"next": link}})

    with partner({("GET", "subscriptions"): pages}) as server:
        assert [sale.id for sale in await sales(server)] == ["a", "b"]


async def test_a_list_of_nothing_may_be_null_where_its_count_is_zero() -> None:
    nothing = with_body({"totalCount": 0, "items": None})
    with partner({("GET", "subscriptions"): nothing}) as server:
        assert await sales(server) == ()
    broken = with_body({"totalCount": 1, "items": None})
    with partner({("GET", "subscriptions"): broken}) as server, pytest.raises(ProviderError):
        await sales(server)


async def test_a_date_that_was_never_set_is_none() -> None:
    never = {"cancellationAllowedUntilDate": "0001-01-01T00:00:00", "isTrial": None}
    assert (await _sale(row(**never))).refundable_until is None


async def test_who_is_no_customer_has_no_sales() -> None:
    with partner({("GET", "11"): with_body({}, 404)}) as server:
        assert await sales(server) == ()


@pytest.mark.parametrize(("status", "error"), [(403, NotAllowed), (400, ProviderError)])
async def test_a_customer_that_cannot_be_read_is_never_one_without_sales(
    status: int, error: type[Exception]
) -> None:
    rules = {("GET", "subscriptions"): said(status, 900150)}
    with partner(rules) as server, pytest.raises(error):
        await sales(server)


async def test_what_a_subscription_can_become_is_read_with_it() -> None:
    eligible = {
        "catalogItemId": E5_ITEM,
        "eligibilities": [
            {"transitionType": "transition_only", "isEligible": True, "errors": []},
            {"transitionType": "transition_with_license_transfer", "isEligible": True},
        ],
    }
    rules = {
        ("GET", "subscriptions"): listed(row(offerId="CFQ7TTC0LF8R:0001:X")),
        ("GET", "transitionEligibilities"): listed(eligible),
    }
    with partner(rules) as server:
        (sale,) = await sales(server)
    assert [(u.sku, u.product, u.moves_users) for u in sale.upgrades] == [(E5, E5_ITEM, True)]


async def test_a_purchase_is_a_cart_and_its_checkout_recorded_one_by_one() -> None:
    rules = {
        ("POST", "carts"): with_body(CART, 201),
        ("GET", "carts/c1"): with_body(CART),
        ("POST", "checkout"): with_body({"orders": [PLACED], "orderErrors": []}, 201),
    }
    with partner(rules) as server:
        found = await receipts(server, order())
        (cart,) = sent(server, "POST", "carts")
    assert [each.reference for each in found] == ["cart:c1", "order:o1"]
    assert found[-1].status is ReceiptStatus.ACCEPTED
    assert cart["lineItems"] == [
        {
            "id": 0,
            "catalogItemId": E5_ITEM,
            "quantity": 10,
            "termDuration": "P1Y",
            "billingCycle": "monthly",
        }
    ]


async def test_a_lost_checkout_is_sent_with_the_same_key_until_it_is_answered() -> None:
    rules = {
        ("POST", "carts"): with_body(CART, 201),
        ("GET", "carts/c1"): with_body(CART),
        ("POST", "checkout"): answers(lost, said(500, ""), with_body({"orders": [PLACED]}, 201)),
    }
    with partner(rules) as server:
        found = await receipts(server, order())
        keys = {a.headers["ms-requestid"] for a in server.asked if a.path.endswith("checkout")}
    assert found[-1].reference == "order:o1"
    assert len(keys) == 1


@pytest.mark.parametrize("answer", [lost, said(400, 800065), said(503, "")])
async def test_a_checkout_nobody_answers_for_is_looked_for_among_the_orders(answer: Any) -> None:
    rules = {
        ("POST", "carts"): with_body(CART, 201),
        ("GET", "carts/c1"): with_body(CART),
        ("POST", "checkout"): answer,
        ("GET", "orders"): answers(listed(), listed(PLACED)),
    }
    with partner(rules) as server:
        found = await receipts(server, order())
    assert found[-1].reference == "order:o1"


async def test_a_checkout_in_doubt_is_said_and_never_followed_by_another_cart() -> None:
    rules = {
        ("POST", "carts"): with_body(CART, 201),
        ("GET", "carts/c1"): with_body(CART | {"status": "Ordered"}),
    }
    with partner(rules) as server:
        (found,) = await receipts(server, order(reference="cart:c1"))
        later = order(reference="cart:c1", now=NOW + timedelta(hours=2))
        (asked,) = await receipts(server, later)
        assert sent(server, "POST", "carts") == sent(server, "POST", "checkout") == []
    assert (found.status, found.task, found.again_s) == (ReceiptStatus.DOUBTFUL, "", 900)
    assert "look in Partner Center whether 10 seats" in asked.task


async def test_an_order_of_a_lost_journal_is_found_instead_of_bought_again() -> None:
    with partner({("GET", "orders"): listed(PLACED)}) as server:
        (found,) = await receipts(server, order())
        assert sent(server, "POST", "carts") == []
    assert found.reference == "order:o1"


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("completed", ReceiptStatus.ACCEPTED),
        ("pending", ReceiptStatus.ACCEPTED),
        ("pending review", ReceiptStatus.OPEN),
        ("po created", ReceiptStatus.OPEN),
        ("error", ReceiptStatus.OPEN),
        ("partial success", ReceiptStatus.OPEN),
    ],
)
async def test_an_order_is_followed_by_its_status(status: str, wanted: ReceiptStatus) -> None:
    with partner({("GET", "orders/o1"): with_body(PLACED | {"status": status})}) as server:
        (found,) = await receipts(server, order(reference="order:o1"))
    assert found.status is wanted


@pytest.mark.parametrize("status", ["error", "partial success", "cancelled"])
async def test_an_order_that_ended_in_vain_is_made_anew_once_that_is_certain(status: str) -> None:
    rules = {
        ("GET", "orders/o1"): with_body(PLACED | {"status": status}),
        ("GET", "orders"): listed(PLACED | {"status": status}),
        ("POST", "carts"): with_body(CART, 201),
        ("GET", "carts/c1"): with_body(CART),
        ("POST", "checkout"): with_body({"orders": [PLACED | {"id": "o2"}]}, 201),
    }
    with partner(rules) as server:
        late = NOW + timedelta(hours=2)
        (found,) = await receipts(server, order(reference="order:o1", now=late))
        assert sent(server, "POST", "carts") == []
        again = await receipts(server, order(reference=found.reference, now=late))
    assert found.status is ReceiptStatus.REFUSED
    assert again[-1].reference == "order:o2"


@pytest.mark.parametrize(
    ("cart", "checkout"),
    [
        (with_body(CART | {"lineItems": [{"error": {"code": 400041}}]}, 201), said(500, "")),
        (said(403, 13605), said(500, "")),
        (with_body(CART, 201), with_body({"orders": [], "orderErrors": [{"code": 800023}]}, 201)),
        (with_body(CART, 201), said(403, 900121)),
    ],
)
async def test_a_no_inside_a_yes_is_a_refusal_with_what_to_do(cart: Any, checkout: Any) -> None:
    rules = {
        ("POST", "carts"): cart,
        ("GET", "carts/c1"): with_body(CART),
        ("POST", "checkout"): checkout,
    }
    with partner(rules) as server:
        found = await receipts(server, order())
    assert found[-1].status is ReceiptStatus.REFUSED
    assert found[-1].task


async def test_a_product_without_a_catalog_id_is_refused_with_the_key_to_set() -> None:
    with partner({}) as server:
        (found,) = await receipts(server, order(sku="no-such-sku"))
    assert found.status is ReceiptStatus.REFUSED
    assert "partner_center.products" in found.task


async def _changed(shown: Any, verb: OrderVerb, **more: Any) -> tuple[Any, list[Any]]:
    """Change the subscription a server shows, and return the receipt and what was sent."""
    state = [row() | shown]

    def patch(asked: Asked) -> Answer:
        import json

        if asked.headers.get("if-match") != state[0]["attributes"]["etag"]:
            return Answer(status=400, body={"code": 2055, "description": "stale"})
        state[0] = json.loads(asked.body) | {"attributes": {"etag": "e2"}}
        return Answer(body=state[0])

    rules = {
        ("GET", "subscriptions"): lambda asked: Answer(body={"items": state}),
        ("GET", "subscriptions/aa11"): lambda asked: Answer(body=state[0]),
        ("PATCH", "subscriptions/AA11"): patch,
    }
    with partner(rules) as server:
        (sale,) = await sales(server)
        found = await receipts(server, order(verb, sale, **more))
        return found[-1], sent(server, "PATCH", "AA11")


async def test_seats_are_changed_with_everything_else_as_it_was() -> None:
    found, bodies = await _changed({}, OrderVerb.BUY, sale_seats=15)
    assert found.status is ReceiptStatus.ACCEPTED
    assert bodies == [row(quantity=15)]


async def test_what_is_right_already_is_not_sent() -> None:
    found, bodies = await _changed({"quantity": 15}, OrderVerb.BUY, sale_seats=15)
    assert (found.status, bodies) == (ReceiptStatus.ACCEPTED, [])


async def test_a_renewal_is_stopped_together_with_what_would_extend_it() -> None:
    found, (body,) = await _changed({}, OrderVerb.STOP_RENEWAL)
    assert found.status is ReceiptStatus.ACCEPTED
    assert body["autoRenewEnabled"] is False
    assert body["scheduledActions"] == [{"scheduleType": "TermEnd", "actionType": "Cancel"}]


async def test_a_subscription_is_cancelled_in_its_window_only() -> None:
    found, (body,) = await _changed({}, OrderVerb.CANCEL)
    assert (found.status, body["status"]) == (ReceiptStatus.ACCEPTED, "deleted")
    closed = {"cancellationAllowedUntilDate": "2026-11-20T00:00:00Z"}
    found, bodies = await _changed(closed, OrderVerb.CANCEL)
    assert (found.status, bodies) == (ReceiptStatus.REFUSED, [])


async def test_one_from_before_new_commerce_is_cancelled_by_suspending_it() -> None:
    legacy = {"offerId": "91fd106f", "productType": None, "cancellationAllowedUntilDate": None}
    _, (body,) = await _changed(legacy, OrderVerb.CANCEL)
    assert body["status"] == "suspended"
    found, bodies = await _changed(legacy, OrderVerb.STOP_RENEWAL)
    assert (found.status, bodies) == (ReceiptStatus.REFUSED, [])


@pytest.mark.parametrize("first", [said(400, 2055), said(412, ""), lost, said(500, "")])
async def test_a_change_in_doubt_is_looked_at_before_it_is_sent_again(first: Any) -> None:
    shown = [row(), row(), row(quantity=15, attributes={"etag": "e2"})]
    rules = {
        ("GET", "subscriptions"): listed(row()),
        ("GET", "subscriptions/aa11"): lambda asked: Answer(body=shown.pop(1)),
        ("PATCH", "subscriptions/AA11"): first,
    }
    with partner(rules) as server:
        (sale,) = await sales(server)
        found = await receipts(server, order(OrderVerb.BUY, sale, sale_seats=15))
        assert len(sent(server, "PATCH", "AA11")) == 1
    assert found[-1].status is ReceiptStatus.ACCEPTED


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        (400, 800090, ReceiptStatus.REFUSED),
        (409, 900278, ReceiptStatus.OPEN),
        (409, 800082, ReceiptStatus.OPEN),
        (400, 12345, ReceiptStatus.REFUSED),
    ],
)
async def test_an_error_code_says_whether_to_wait(
    status: int, code: int, wanted: ReceiptStatus
) -> None:
    rules = {
        ("GET", "subscriptions"): listed(row()),
        ("GET", "subscriptions/aa11"): with_body(row()),
        ("PATCH", "subscriptions/AA11"): said(status, code),
    }
    with partner(rules) as server:
        (sale,) = await sales(server)
        (found,) = await receipts(server, order(OrderVerb.RESIZE, sale, sale_seats=5))
    assert found.status is wanted
    assert str(code) in found.summary
