"""Check what an administrator can do, and what the passing of time does."""

from __future__ import annotations

import pytest

from runner.simulator.errors import Refusal
from tests.simulator.served import E4, E5

E4_ONLY = [{"sku": E4, "seats": 120}]


def statuses(rows):
    """Return the provisioning statuses of all plans for users."""
    return {row["provisioningStatus"] for row in rows if row["appliesTo"] == "User"}


def test_a_purchase_without_credit_check_can_be_given_at_once(serve):
    graph = serve(subscriptions=E4_ONLY)
    graph.world.admin().buy("ENTERPRISEPREMIUM", seats=10)
    assert graph.sku(E5)["prepaidUnits"]["enabled"] == 10
    assert graph.assign(0, add=[E5], remove=[E4]).status_code == 200


def test_during_the_credit_check_the_subscription_shows_without_seats(serve):
    graph = serve(subscriptions=E4_ONLY, purchase={"credit_check": "2 business days"})
    bought = graph.world.admin().buy("ENTERPRISEPREMIUM", seats=120)
    row = graph.get(f"/directory/subscriptions/{bought.id}").json()
    assert (row["status"], row["totalLicenses"]) == ("Enabled", 120)
    assert statuses(row["serviceStatus"]) == {"PendingInput"}
    assert graph.sku(E5)["prepaidUnits"]["enabled"] == 0
    assert graph.assign(0, add=[E5]).status_code == 400


def test_two_business_days_from_friday_end_on_tuesday(serve):
    graph = serve(subscriptions=E4_ONLY, purchase={"credit_check": "2 business days"})
    graph.world.admin().buy("ENTERPRISEPREMIUM", seats=120)
    graph.world.set_clock("2026-11-24T08:59:59Z")
    assert graph.sku(E5)["prepaidUnits"]["enabled"] == 0
    graph.world.set_clock("2026-11-24T09:00:00Z")
    sku = graph.sku(E5)
    assert sku["prepaidUnits"]["enabled"] == 120
    assert statuses(sku["servicePlans"]) == {"Success"}


def test_a_purchase_can_stay_hidden_until_it_is_checked(serve):
    graph = serve(subscriptions=E4_ONLY, purchase={"credit_check": "1 h", "visible": False})
    graph.world.admin().buy("ENTERPRISEPREMIUM", seats=120)
    assert len(graph.get("/directory/subscriptions").json()["value"]) == 1
    assert len(graph.get("/subscribedSkus").json()["value"]) == 1
    graph.world.advance("1 h")
    assert graph.sku(E5)["prepaidUnits"]["enabled"] == 120


def test_services_are_set_up_some_time_after_the_seats_are_there(serve):
    graph = serve(subscriptions=E4_ONLY, purchase={"provisioning": "15 min"})
    graph.world.admin().buy("ENTERPRISEPREMIUM", seats=120)
    sku = graph.sku(E5)
    assert (sku["prepaidUnits"]["enabled"], statuses(sku["servicePlans"])) == (
        120,
        {"PendingInput"},
    )
    graph.world.advance("15 min")
    assert statuses(graph.sku(E5)["servicePlans"]) == {"Success"}


def test_a_plan_can_have_any_status_from_the_start(serve):
    graph = serve(subscriptions=[{"sku": E5, "seats": 1, "plans": {"SWAY": "Error"}}], users=[])
    found = {
        plan["servicePlanName"]: plan["provisioningStatus"]
        for plan in graph.sku(E5)["servicePlans"]
    }
    assert (found["SWAY"], found["INTUNE_O365"]) == ("Error", "PendingActivation")


def test_a_running_credit_check_blocks_every_other_act(serve):
    graph = serve(subscriptions=E4_ONLY)
    admin = graph.world.admin()
    admin.buy("ENTERPRISEPREMIUM", seats=20, credit_check="2 business days")
    for act in (
        lambda: admin.buy("ENTERPRISEPREMIUM", seats=1),
        lambda: admin.resize("ENTERPRISEPREMIUM", seats=30),
        lambda: admin.cancel("ENTERPRISEPREMIUM"),
    ):
        with pytest.raises(Refusal, match="credit check is running until 2026-11-24T09:00:00Z"):
            act()
    admin.pass_credit_check("ENTERPRISEPREMIUM")
    assert graph.sku(E5)["prepaidUnits"]["enabled"] == 20


def test_seats_cannot_be_fewer_than_those_in_use(serve):
    graph = serve(subscriptions=E4_ONLY)
    with pytest.raises(Refusal, match="2 seats are too few, 3 are in use"):
        graph.world.admin().resize("ENTERPRISEWITHSCAL", seats=2)
    graph.world.admin().resize("ENTERPRISEWITHSCAL", seats=3)
    assert graph.sku(E4)["prepaidUnits"]["enabled"] == 3


def test_more_than_25_seats_cannot_be_cancelled_online(serve):
    graph = serve(subscriptions=E4_ONLY)
    admin = graph.world.admin()
    with pytest.raises(Refusal, match="reduce them to 25 or fewer first"):
        admin.cancel("ENTERPRISEWITHSCAL")
    admin.resize("ENTERPRISEWITHSCAL", seats=25)
    admin.cancel("ENTERPRISEWITHSCAL")
    assert graph.sku(E4)["capabilityStatus"] == "Suspended"


def test_a_partners_subscription_of_any_size_can_be_cancelled(serve):
    partner = "99999999-0000-4000-8000-000000000000"
    graph = serve(subscriptions=[{"sku": E4, "seats": 120, "owner_tenant": partner}])
    graph.world.admin().cancel(E4)
    assert graph.get("/directory/subscriptions").json()["value"][0]["ownerTenantId"] == partner


@pytest.mark.parametrize("status", ["Suspended", "LockedOut"])
def test_a_cancelled_subscription_skips_the_grace_and_is_gone_after_90_days(serve, status):
    graph = serve(subscriptions=E4_ONLY, purchase={"cancelled_as": status})
    graph.world.admin().cancel(E4, force=True)
    row = graph.get("/directory/subscriptions").json()["value"][0]
    assert (row["status"], row["nextLifecycleDateTime"]) == (status, "2027-02-18T09:00:00Z")
    graph.world.advance("90 days")
    assert graph.get("/directory/subscriptions").json()["value"] == []
    assert graph.held(0) == {E4: []}


def test_several_subscriptions_of_one_product_must_be_named(serve):
    graph = serve(subscriptions=[{"sku": E4, "seats": 5}, {"sku": E4, "seats": 6}])
    assert graph.sku(E4)["prepaidUnits"]["enabled"] == 11
    admin = graph.world.admin()
    with pytest.raises(Refusal, match="2 subscriptions of"):
        admin.cancel(E4)
    admin.cancel(graph.tenant.subscriptions[0].id)
    assert graph.sku(E4)["prepaidUnits"]["enabled"] == 6


def test_renewal_can_be_switched_off(serve):
    graph = serve(subscriptions=[{"sku": E4, "seats": 5, "next_lifecycle": "2026-12-01T00:00:00Z"}])
    graph.world.admin().renew(E4, on=False)
    graph.world.advance("20 days")
    assert graph.sku(E4)["capabilityStatus"] == "Warning"


def test_licenses_are_given_and_taken_by_the_same_rules(serve):
    graph = serve()
    admin = graph.world.admin()
    admin.assign("user000004@contoso.onmicrosoft.com", sku=E4, disabled=["SWAY"])
    admin.unassign(graph.user_id(0), sku=E4)
    admin.delete_user(graph.user_id(1))
    assert graph.tenant.consumed(E4) == 2
    with pytest.raises(Refusal, match="invalid usage location"):
        admin.assign(graph.user_id(4), sku=E4)


def test_every_act_works_over_http(serve):
    graph = serve(subscriptions=E4_ONLY)
    acts = [
        ("buy", {"sku": "Office 365 E5", "seats": 30}, 200),
        ("resize", {"target": E5, "seats": 26}, 200),
        ("cancel", {"target": E5}, 409),
        ("cancel", {"target": E5, "force": True}, 200),
        ("renew", {"target": E4, "on": False}, 200),
        ("assign", {"user": graph.user_id(3), "sku": E4}, 200),
        ("unassign", {"user": graph.user_id(3), "sku": E4}, 200),
        ("delete-user", {"user": graph.user_id(3)}, 200),
        ("clock", {"advance": "2 business days", "rate": 0}, 200),
        ("buy", {"sku": "nonsense", "seats": 1}, 400),
        ("buy", {"seats": 1}, 400),
        ("dance", {}, 400),
        ("clock", {"advance": "soon"}, 400),
    ]
    for act, body, status in acts:
        assert graph.http.post(f"/_control/{act}", json=body).status_code == status, act
    state = graph.http.get("/_control/state").json()
    assert state["now"] == "2026-11-24T09:00:00Z"
    assert state["tenants"]["contoso"]["skus"]["ENTERPRISEPREMIUM"]["suspended"] == 26


def test_the_clock_is_in_every_answer(serve):
    graph = serve()
    graph.world.set_clock("2027-01-01T00:00:00Z")
    assert graph.get("/organization").headers["Date"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    graph.assign(0, add=[E4])
    answer = graph.get(f"/users/{graph.user_id(0)}?$select=licenseAssignmentStates").json()
    row = answer["licenseAssignmentStates"][0]
    assert row["lastUpdatedDateTime"] == "2027-01-01T00:00:00Z"


def test_who_was_ever_without_a_license_is_remembered(serve):
    graph = serve()
    graph.assign(0, remove=[E4])
    graph.assign(0, add=[E5])
    graph.assign(1, add=[E5], remove=[E4])
    ids = [graph.user_id(index) for index in range(3)]
    assert graph.tenant.ever_unlicensed(ids, among=["ENTERPRISEWITHSCAL", E5]) == ids[:1]


def test_a_snapshot_differs_only_where_something_changed(serve):
    graph = serve()
    before = graph.tenant.snapshot()
    assert graph.tenant.snapshot() == before
    graph.assign(0, add=[E5])
    after = graph.tenant.snapshot()
    changed = [key for key in before["users"] if before["users"][key] != after["users"][key]]
    assert changed == [graph.user_id(0)]
    assert before["subscriptions"] == after["subscriptions"]


def test_the_upgrade_tab_buys_moves_everybody_with_every_service_on_and_cancels(serve):
    users = [{"count": 3, "licenses": [{"sku": E4, "disabled": ["SWAY"]}], "usage_location": "IT"}]
    graph = serve(subscriptions=E4_ONLY, users=users)
    graph.world.admin().upgrade(E4, sku=E5)
    assert [
        each["assignedLicenses"]
        for each in graph.get("/users?$select=assignedLicenses").json()["value"]
    ] == [[{"skuId": E5, "disabledPlans": []}]] * 3
    assert graph.sku(E5)["prepaidUnits"]["enabled"] == 120
    rows = graph.get("/directory/subscriptions").json()["value"]
    assert sorted((row["skuId"], row["status"] == "Enabled") for row in rows) == sorted(
        [(E4, False), (E5, True)]
    )


@pytest.mark.parametrize(
    ("settings", "wish", "why"),
    [
        ({"subscriptions": [{"sku": E4, "seats": 5, "channel": "csp"}]}, {}, "ask who sold it"),
        ({"subscriptions": [{"sku": E4, "seats": 5}] * 2}, {}, "name one by its id"),
        ({"subscriptions": E4_ONLY}, {"sku": "STANDARDPACK"}, "lower data services"),
        ({"subscriptions": E4_ONLY}, {"sku": "ENTERPRISEPREMIUM_GOV"}, "government"),
        ({"subscriptions": E4_ONLY}, {"seats": 119}, "fewer than the 120"),
        (
            {"subscriptions": [{"sku": E4, "seats": 5, "plans": {"SWAY": "Error"}}]},
            {},
            "not fully set up",
        ),
    ],
)
def test_the_upgrade_tab_is_closed_for_a_reason(serve, settings, wish, why):
    graph = serve(**settings)
    before = graph.world.tenant().snapshot()
    with pytest.raises(Refusal, match=why):
        graph.world.admin().upgrade(E4, **({"sku": E5} | wish))
    assert graph.world.tenant().snapshot() == before


def test_the_upgrade_tab_is_closed_while_there_are_more_users_than_seats(serve):
    users = [{"count": 3, "licenses": [E4], "usage_location": "IT"}]
    graph = serve(subscriptions=E4_ONLY, users=users)
    graph.world.admin().cut(E4, seats=2)
    with pytest.raises(Refusal, match="3 users for 2 licenses"):
        graph.world.admin().upgrade(E4, sku=E5)
