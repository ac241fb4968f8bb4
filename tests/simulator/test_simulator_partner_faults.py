"""Check who may call Partner Center, what goes wrong there, and what the log says of it."""

from __future__ import annotations

import httpx
import pytest

from runner.simulator import World
from runner.simulator.partner_codes import ERRORS
from runner.simulator.scenario import ScenarioError
from runner.simulator.tokens import make_token
from tests.simulator.partnering import E3_ON_CSP, Partnering, code
from tests.simulator.served import E3, contoso


@pytest.fixture
def partner(serve):
    """Return a function that serves a tenant with E3 from a partner, in a world with changes."""

    def start(*, world=(), token="anyone", **changes):
        settings = {"subscriptions": [E3_ON_CSP], "users": []} | changes
        return Partnering(serve(contoso(**settings) | dict(world)), token=token)

    return start


def test_a_call_needs_a_token(partner):
    center = partner()
    bare = httpx.get(f"{center.served.url}{center.root}/subscriptions")
    assert code(bare) == (401, "800001")


def test_a_token_of_the_app_alone_does_not_see_provisioning(partner):
    world = {"partner": {"app_only": ["app"], "refused": ["clerk"]}}
    center = partner(world=world, token="app")
    path = f"/subscriptions/{center.only()['id']}/provisioningstatus"
    assert code(center.own("GET", path)) == (403, "900329")
    center.headers = {"Authorization": "Bearer person"}
    assert center.own("GET", path).json()["status"] == "success"
    center.headers = {"Authorization": "Bearer clerk"}
    assert code(center.own("GET", path)) == (403, "900150")


def test_a_web_token_must_be_for_partner_center(partner):
    center = partner()
    for audience, status in (
        ("https://graph.microsoft.com", 401),
        ("https://graph.windows.net", 401),
        ("https://api.partnercenter.microsoft.com", 200),
    ):
        token = make_token(center.served.tenant, "app", audience=audience)
        center.headers = {"Authorization": f"Bearer {token}"}
        assert center.own("GET", "/subscriptions").status_code == status
    path = f"/subscriptions/{center.only()['id']}/provisioningstatus"
    assert code(center.own("GET", path)) == (403, "900329")


def test_the_correlation_of_a_call_is_echoed(partner):
    center = partner()
    sent = {"MS-CorrelationId": "c", "MS-RequestId": "r"}
    answer = center.own("GET", "/subscriptions", headers=sent)
    assert (answer.headers["MS-CorrelationId"], answer.headers["MS-RequestId"]) == ("c", "r")


@pytest.mark.parametrize("number", sorted(ERRORS))
def test_every_error_of_the_map_can_be_injected(partner, number):
    center = partner()
    fault = {"kind": "partner_error", "code": number, "on": "checkout", "count": 1}
    center.served.world.set_faults([fault])
    cart = center.cart()
    assert code(center.check_out(cart)) == (ERRORS[number][0], str(number))
    assert len(center.served.tenant.subscriptions) == 1
    assert center.check_out(cart).status_code == 201


def test_codes_may_be_numbers(partner):
    center = partner(world={"partner": {"codes": "number"}})
    assert center.own("GET", "/orders/none").json()["code"] == 1000


def test_an_error_that_is_not_in_the_map_is_no_fault():
    fault = {"kind": "partner_error", "code": 7}
    with pytest.raises(ScenarioError, match="7 is no error of Partner Center"):
        World.from_mapping(contoso(faults=[fault]))


def test_a_partner_error_does_not_hit_graph(partner):
    center = partner(faults=[{"kind": "partner_error", "code": 900278}])
    assert center.served.get("/subscribedSkus").status_code == 200


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_status_is_given_instead_of_the_work(partner, status):
    fault = {"kind": status, "on": ["partner", "write"], "count": 1, "retry_after": 7}
    center = partner(faults=[fault])
    row = center.only()
    answer = center.patch(row, quantity=8)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert sorted(answer.json()) == ["code", "data", "description", "source"]
    assert center.only() == row


def test_a_write_may_be_done_and_answered_with_an_error(partner):
    center = partner(faults=[{"kind": "applied_unanswered", "on": "subscription", "count": 1}])
    row = center.only()
    assert center.patch(row, quantity=8).status_code == 504
    assert center.only()["quantity"] == 8


def test_a_read_may_be_stale(partner):
    center = partner(faults=[{"kind": "stale_read", "on": "subscriptions", "seconds": 60}])
    center.served.world.advance("2 min")
    row = center.only()
    center.patch(row, quantity=8)
    center.served.world.advance("1 s")
    assert center.only()["quantity"] == 5


def test_calls_are_counted_per_customer(partner):
    quota = {"partner_requests_per_60_s": 3, "algorithm": "window"}
    center = partner(world={"quota": quota, "quota_clock": "simulated"})
    answers = [center.own("GET", "/subscriptions") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[3].headers["Retry-After"] == "60"
    assert center.served.get("/subscribedSkus").status_code == 200


def test_a_refusal_is_remembered_by_its_request_id_too(partner):
    center = partner(purchase={"credit_check": "1 day"})
    center.check_out(center.cart())
    cart = center.cart()
    assert code(center.check_out(cart, **{"MS-RequestId": "one"})) == (409, "800060")
    center.served.world.advance("1 day")
    assert code(center.check_out(cart, **{"MS-RequestId": "one"})) == (409, "800060")
    assert center.check_out(cart, **{"MS-RequestId": "two"}).status_code == 201


def test_a_subscription_is_not_updated_for_ever(partner):
    center = partner()
    row = center.only()
    center.served.tenant.partner.terms_of(center.served.tenant.subscriptions[0].id).updates = 1199
    assert center.patch(row).status_code == 200
    assert code(center.patch(row)) == (400, "900311")


def test_lists_are_paged_by_a_token(serve):
    one = {"subscriptions": [], "users": []}
    world = contoso() | {"tenants": {"a": one, "b": one, "c": one}}
    http, headers = serve(world).http, {"Authorization": "Bearer x"}
    seen, link = [], {"uri": "/customers?size=2", "headers": []}
    while link:
        more = {entry["key"]: entry["value"] for entry in link["headers"]}
        page = http.get(f"/partner/v1{link['uri']}", headers=headers | more).json()
        seen += [row["companyProfile"]["companyName"] for row in page["items"]]
        link = page.get("links", {}).get("next")
    assert seen == ["A", "B", "C"]


def test_the_log_tells_calls_of_partners_from_others(partner):
    center = partner()
    center.patch(center.only(), quantity=8)
    center.served.get("/subscribedSkus")
    calls = center.served.http.get("/_control/log").json()["calls"]
    assert [(one["method"], one["partner"]) for one in calls] == [
        ("GET", True),
        ("PATCH", True),
        ("GET", False),
    ]
    assert center.served.sku(E3)["prepaidUnits"]["enabled"] == 8


def test_an_unknown_path_is_not_found(partner):
    center = partner()
    assert code(center.own("GET", "/invoices")) == (404, "1000")
    assert code(center.own("DELETE", f"/subscriptions/{center.only()['id']}")) == (404, "1000")
