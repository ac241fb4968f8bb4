"""How far what was bought is set up is told where the sign-in may know, and missed nowhere."""

from typing import Any

import pytest

from runner.model.orders import Receipt, ReceiptStatus
from runner.simulator import World
from tests.providers.customers import customer
from tests.providers.partner import (
    PLACED,
    answers,
    listed,
    order,
    partner,
    receipts,
    row,
    said,
    sales,
    with_body,
)
from tests.providers.served import E5

COMPLETED = PLACED | {"status": "completed"}
ORDER, SETUP = "orders/o1/provisioningstatus", "subscriptions/AA11/provisioningstatus"
UNTOLD = [said(403, 900329), said(403, ""), said(401, 800001), said(404, 1000), said(500, "")]


async def _followed(told: Any) -> Receipt:
    with partner({("GET", "orders/o1"): with_body(COMPLETED), ("GET", ORDER): told}) as server:
        return (await receipts(server, order(reference="order:o1")))[-1]


@pytest.mark.parametrize(
    ("status", "ending"), [("pending", ": 0 of 1 lines fulfilled"), ("Fulfilled", "before long")]
)
async def test_a_completed_order_says_what_of_it_is_fulfilled(status: str, ending: str) -> None:
    found = await _followed(listed({"lineItemNumber": 0, "status": status}))
    assert found.status is ReceiptStatus.ACCEPTED
    assert found.summary.endswith(ending), found.summary


@pytest.mark.parametrize("told", UNTOLD)
async def test_an_order_is_followed_where_its_fulfilment_is_not_told(told: Any) -> None:
    found = await _followed(told)
    assert (found.status, found.reference) == (ReceiptStatus.ACCEPTED, "order:o1")
    assert found.summary.endswith("completed and to be seen before long")


@pytest.mark.parametrize("told", UNTOLD)
async def test_sales_are_read_where_their_setup_is_not_told(told: Any) -> None:
    new = row(creationDate="2999-01-01T00:00:00Z")
    with partner({("GET", "subscriptions"): listed(new), ("GET", SETUP): told}) as server:
        (found,) = await sales(server)
    assert (found.sku, found.setup) == (E5, "")


@pytest.mark.parametrize(
    ("made", "status", "setup"),
    [
        ("2999-01-01T00:00:00Z", "failed", "failed"),
        ("2999-01-01T00:00:00Z", "success", ""),
        ("2020-01-01T00:00:00Z", "failed", ""),
        (None, "failed", ""),
    ],
)
async def test_the_setup_of_new_subscriptions_is_told(
    made: str | None, status: str, setup: str
) -> None:
    rules = {
        ("GET", "subscriptions"): listed(row(creationDate=made)),
        ("GET", SETUP): answers(with_body({"status": status})),
    }
    with partner(rules) as server:
        (found,) = await sales(server)
        asked = [each for each in server.asked if each.path.endswith(SETUP)]
    assert found.setup == setup
    assert len(asked) == (made is not None and made > "2999")


@pytest.mark.parametrize(
    ("partner_world", "setup"), [({}, "pending"), ({"app_only": ["eyJ-very-secret-word"]}, "")]
)
async def test_only_a_sign_in_with_a_user_is_told(partner_world: Any, setup: str) -> None:
    with customer(purchase={"provisioning": "1h"}) as contoso:
        contoso.world.partner = World.from_mapping(
            {"partner": partner_world, "tenants": {"other": {}}}
        ).partner
        await contoso.buy()
        assert (await contoso.only(E5)).setup == setup
        assert await contoso.run()
        contoso.world.advance("2h")
        assert (await contoso.only(E5)).setup == ""
