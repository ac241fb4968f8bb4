"""Check that Partner Center sells what its catalog has, and once per request."""

from __future__ import annotations

import httpx
import pytest

from tests.simulator.partnering import E3_ON_CSP, Partnering, code
from tests.simulator.served import E3, E4, E5


@pytest.fixture
def partner(serve):
    """Return a function that serves a tenant with E3 from a partner."""

    def start(**changes):
        settings = {"subscriptions": [E3_ON_CSP], "users": []} | changes
        return Partnering(serve(**settings))

    return start


def seats(partner, sku=E5):
    """Return the purchases of a product the tenant has, as their seats."""
    return [item.seats for item in partner.served.tenant.subscriptions if item.sku_id == sku]


def test_a_customer_is_a_tenant(partner):
    center = partner()
    (row,) = center.call("GET", "/customers").json()["items"]
    assert row["id"] == center.served.tenant.id
    assert center.own("GET", "").json()["companyProfile"]["companyName"] == "Contoso S.p.A."
    assert code(center.call("GET", "/customers/nobody")) == (404, "1000")
    assert code(partner(partner={"customer": False}).own("GET", "")) == (403, "20002")


def test_only_what_this_partner_sold_is_listed(partner):
    center = partner(
        subscriptions=[
            E3_ON_CSP,
            {"sku": E5, "seats": 2},
            {"sku": E4, "seats": 2, "channel": "csp_legacy", "owner_tenant": "another"},
        ]
    )
    row = center.only()
    assert (row["offerName"], row["quantity"], row["status"]) == ("Office 365 E3", 5, "active")
    assert row["productType"]["id"] == "OnlineServicesNCE"
    assert row["offerId"] == center.item_id(E3)
    shown = center.served.get("/directory/subscriptions").json()["value"]
    (graph,) = [one for one in shown if one["skuId"] == E3]
    assert graph["commerceSubscriptionId"] == row["id"]
    assert graph["ownerTenantId"] == row["partnerId"]


def test_the_ids_may_differ_from_those_of_graph(partner):
    row = partner(partner={"ids": "own"}).only()
    assert row["id"] == partner().served.tenant.subscriptions[0].id


def test_the_catalog_leads_to_an_item_that_can_be_bought(partner):
    center = partner()
    query = {"country": "IT", "targetView": "OnlineServices"}
    products = center.call("GET", "/products", params=query).json()["items"]
    titles = {row["id"]: row["title"] for row in products}
    assert titles["CFQ7TTC0LF8S"] == "Office 365 E5"
    rows = center.call("GET", "/products/CFQ7TTC0LFLX/skus").json()["items"]
    assert [row["id"] for row in rows] == ["0001", "0021"]
    assert code(center.call("GET", "/products")) == (400, "3000")
    assert code(center.call("GET", "/products/CFQ7TTC00000/skus")) == (404, "400013")
    assert code(center.call("GET", "/products/CFQ7TTC0LF8S/skus/0009")) == (404, "400018")


def test_a_cart_is_bought(partner):
    center = partner()
    cart = center.cart()
    assert (cart.status_code, cart.json()["status"]) == (201, "Active")
    assert seats(center) == []
    done = center.check_out(cart)
    assert done.status_code == 201
    (order,) = done.json()["orders"]
    assert order["status"] == "completed"
    name = order["lineItems"][0]["subscriptionId"]
    assert center.own("GET", f"/subscriptions/{name}").json()["quantity"] == 120
    assert center.served.sku(E5)["prepaidUnits"]["enabled"] == 120
    assert code(center.check_out(cart)) == (400, "800065")
    assert seats(center) == [120]


def test_the_same_request_again_buys_nothing(partner):
    center = partner()
    cart = center.cart()
    first = center.check_out(cart, **{"MS-RequestId": "one"})
    again = center.check_out(cart, **{"MS-RequestId": "one"})
    assert again.json() == first.json()
    assert seats(center) == [120]
    assert code(center.check_out(cart, **{"MS-RequestId": "two"})) == (400, "800065")


def test_a_lost_answer_is_found_again_by_the_same_request(partner):
    lost = {"kind": "applied_unanswered", "on": "checkout", "count": 1, "answer": "drop"}
    center = partner(faults=[lost])
    cart = center.cart()
    with pytest.raises(httpx.RemoteProtocolError):
        center.check_out(cart, **{"MS-RequestId": "one"})
    assert seats(center) == [120]
    assert center.check_out(cart, **{"MS-RequestId": "one"}).json()["orders"]
    assert seats(center) == [120]


def test_orders_are_late_in_the_list(partner):
    center = partner()
    (order,) = center.check_out(center.cart()).json()["orders"]
    assert center.items("/orders") == []
    assert center.own("GET", f"/orders/{order['id']}").json()["id"] == order["id"]
    center.served.world.advance("15 min")
    assert [row["id"] for row in center.items("/orders")] == [order["id"]]


def test_a_purchase_under_review_waits_and_blocks_the_next(partner):
    center = partner(
        purchase={"credit_check": "2 days", "provisioning": "1h"},
        partner={"review": "pending review"},
    )
    (order,) = center.check_out(center.cart()).json()["orders"]
    name = order["lineItems"][0]["subscriptionId"]
    assert order["status"] == "pending review"
    assert center.own("GET", f"/subscriptions/{name}").json()["status"] == "pending"
    assert center.served.sku(E5)["prepaidUnits"]["enabled"] == 0
    assert code(center.check_out(center.cart())) == (409, "800060")
    path = f"/orders/{order['id']}"
    assert center.items(f"{path}/provisioningstatus")[0]["status"] == "pending"
    center.served.world.advance("2 days")
    assert center.own("GET", path).json()["status"] == "completed"
    assert center.items(f"{path}/provisioningstatus")[0]["status"] == "fulfilled"
    provisioning = f"/subscriptions/{name}/provisioningstatus"
    assert center.own("GET", provisioning).json()["status"] == "pending"
    center.served.world.advance("1h")
    assert center.own("GET", provisioning).json()["status"] == "success"


def test_provisioning_is_refreshed_every_quarter_of_an_hour(partner):
    center = partner(purchase={"provisioning": "5 min"})
    (order,) = center.check_out(center.cart()).json()["orders"]
    path = f"/subscriptions/{order['lineItems'][0]['subscriptionId']}/provisioningstatus"
    center.served.world.advance("14 min")
    assert center.own("GET", path).json()["status"] == "pending"
    center.served.world.advance("1 min")
    assert center.own("GET", path).json()["status"] == "success"


def test_an_old_availability_is_not_found(partner):
    center = partner()
    item_id = center.item_id()
    center.served.world.advance("24h")
    assert center.cart(catalogItemId=item_id).status_code == 201
    center.served.world.advance("24h")
    assert center.item_id() != item_id
    assert code(center.cart(catalogItemId=item_id)) == (404, "400019")


def test_a_cart_expires(partner):
    center = partner(partner={"cart_life": "15 min"})
    cart = center.cart()
    center.served.world.advance("15 min")
    assert code(center.check_out(cart)) == (404, "1000")


def test_a_term_ends_when_the_buyer_says(partner):
    center = partner()
    center.check_out(center.cart(customTermEndDate="2027-06-30T00:00:00Z"))
    bought = center.items("/subscriptions")[-1]
    assert bought["commitmentEndDate"] == "2027-06-30T00:00:00Z"
    late = center.cart(customTermEndDate="2028-06-30T00:00:00Z")
    assert code(late) == (400, "900269")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"quantity": 0}, (400, "800002")),
        ({"termDuration": "P5Y"}, (400, "900267")),
        ({"billingCycle": "weekly"}, (400, "900268")),
        ({"catalogItemId": "CFQ7TTC00000:0001:X"}, (404, "400013")),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(partner, changes, refusal):
    assert code(partner().cart(**changes)) == refusal


def test_nothing_is_sold_without_the_customers_agreement(partner):
    center = partner(partner={"agreement": False})
    assert code(center.cart()) == (403, "13605")
    assert seats(center) == []


def test_a_line_and_an_order_may_carry_an_error_in_a_good_answer(partner):
    center = partner(
        faults=[
            {"kind": "partner_error", "code": 400041, "on": "cart", "count": 1, "answer": "line"},
            {"kind": "partner_error", "code": 800069, "on": "checkout", "answer": "line"},
        ]
    )
    bad = center.cart()
    assert bad.status_code == 201
    assert bad.json()["lineItems"][0]["error"]["errorCode"] == 400041
    assert code(center.check_out(bad)) == (400, "800002")
    done = center.check_out(center.cart())
    assert (done.status_code, done.json()["orders"]) == (201, [])
    assert done.json()["orderErrors"][0]["code"] == 800069
    assert seats(center) == []


def test_an_add_on_needs_a_base(partner):
    addon = {"sku": "MCOEV", "seats": 1, "channel": "csp"}
    center = partner(subscriptions=[addon])
    item_id = center.only()["offerId"]
    line = center.cart(catalogItemId=item_id).json()["lineItems"][0]
    assert line["error"]["errorCode"] == 400041
    center = partner(subscriptions=[addon, E3_ON_CSP])
    assert center.cart(catalogItemId=item_id).json()["lineItems"][0]["error"] is None


def test_the_order_book_says_who_bought_what(partner):
    center = partner()
    center.check_out(center.cart(), **{"MS-RequestId": "one"})
    row = center.items("/subscriptions")[0]
    center.patch(row, quantity=8)
    center.served.world.admin().buy("ENTERPRISEPREMIUM", seats=7)
    state = center.served.http.get("/_control/state").json()["tenants"]["contoso"]
    assert [(one["by"], one["key"], one["seats"]) for one in state["purchases"]] == [
        ("partner", "one", 120),
        ("partner", "", 3),
        ("administrator", "", 7),
    ]
    assert state["seats_bought"] == 130
