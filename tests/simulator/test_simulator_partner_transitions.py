"""Check that subscriptions become higher products in place, with their users or without."""

from __future__ import annotations

import pytest

from tests.simulator.partnering import E3_ON_CSP, NEW, Partnering, code
from tests.simulator.served import E1, E3, E4, E5, SWAY

USERS = [
    {
        "count": 3,
        "licenses": [{"sku": "ENTERPRISEPACK", "disabled": ["SWAY"]}],
        "usage_location": "IT",
    }
]
WITH_USERS = "transition_with_license_transfer"


@pytest.fixture
def partner(serve):
    """Return a function that serves a tenant whose users have E3 from a partner."""

    def start(*others, **changes):
        settings = {"subscriptions": [E3_ON_CSP, *others], "users": USERS} | changes
        return Partnering(serve(**settings))

    return start


def eligible(center, row, **query):
    """Return per target what a subscription may become, as Partner Center shows it."""
    shown = center.items(f"/subscriptions/{row['id']}/transitionEligibilities", params=query)
    return {one["title"]: one for one in shown}


def test_a_full_transition_keeps_the_subscription_and_resets_what_was_switched_off(partner):
    center = partner()
    row = center.only()
    assert center.served.held(0) == {E3: [SWAY]}
    begun = center.transit(row)
    assert begun.status_code == 200
    assert [event["status"] for event in begun.json()["Events"]] == ["Started"]
    assert code(center.patch(row, quantity=8)) == (409, "900278")
    center.served.world.advance("6 min")
    assert center.events(row) == {"Conversion": "Completed", "LicenseReassignment": "Started"}
    assert center.only()["offerName"] == "Office 365 E5"
    assert center.served.held(0) == {E3: [SWAY]}
    center.served.world.advance("30 min")
    assert center.events(row)["LicenseReassignment"] == "Completed"
    done = center.only()
    assert (done["id"], done["quantity"]) == (row["id"], 5)
    assert (done["refundOptions"], done["refundableQuantity"]["totalQuantity"]) == ([], 0)
    assert [center.served.held(user) for user in range(3)] == [{E5: []}] * 3
    assert center.served.sku(E5)["prepaidUnits"]["enabled"] == 5
    state = center.served.http.get("/_control/state").json()["tenants"]["contoso"]
    assert state["seats_bought"] == 0


def test_a_transition_cannot_be_undone_or_cancelled(partner):
    center = partner()
    row = center.only()
    center.transit(row, quantity=2)
    center.served.world.advance("6 min")
    new = center.items("/subscriptions")[1]
    assert code(center.patch(new, status="deleted")) == (400, "900117")


def test_a_subscription_that_became_another_is_not_given_back(partner):
    center = partner(subscriptions=[E3_ON_CSP | {"created": NEW}])
    row = center.only()
    center.transit(row)
    center.served.world.advance("1h")
    assert code(center.patch(center.only(), status="deleted")) == (400, "900117")
    assert code(center.patch(center.only(), quantity=4)) == (400, "800090")


def test_a_target_from_the_same_partner_holds_no_user_back(partner):
    center = partner({"sku": E5, "seats": 2, "channel": "csp"})
    row = center.items("/subscriptions")[0]
    center.transit(row, transitionType="transition_only")
    center.served.world.advance("1h")
    assert center.events(row)["LicenseReassignment"] == "Completed"
    assert center.served.held(0) == {E5: []}


def test_some_seats_become_a_new_subscription_and_no_user_moves(partner):
    center = partner()
    row = center.only()
    center.transit(row, quantity=2)
    center.served.world.advance("1h")
    old, new = center.items("/subscriptions")
    assert (old["quantity"], old["offerName"]) == (3, "Office 365 E3")
    assert (new["quantity"], new["offerName"]) == (2, "Office 365 E5")
    assert new["commitmentEndDate"] == old["commitmentEndDate"]
    assert center.events(row) == {"Conversion": "Completed"}
    assert center.served.held(0) == {E3: [SWAY]}


def test_seats_go_into_a_subscription_that_fits(partner):
    existing = {"sku": E5, "seats": 2, "channel": "csp"}
    center = partner(existing)
    row, target = center.items("/subscriptions")
    shown = eligible(center, row)["Office 365 E5"]
    (found,) = shown["subscriptionEligibilities"]
    assert (found["subscriptionId"], found["isEligible"]) == (target["id"], True)
    kind = "transition_only"
    center.transit(row, quantity=2, transitionType=kind, toSubscriptionId=target["id"])
    center.served.world.advance("1h")
    assert [one["quantity"] for one in center.items("/subscriptions")] == [3, 4]


def test_seats_do_not_go_into_a_subscription_that_is_too_short(partner):
    monthly = {"sku": E5, "seats": 2, "channel": "csp", "term": "P1M", "created": NEW}
    center = partner(monthly)
    row, target = center.items("/subscriptions")
    (found,) = eligible(center, row)["Office 365 E5"]["subscriptionEligibilities"]
    assert [error["code"] for error in found["errors"]] == [2, 3, 4]
    kind = "transition_only"
    refused = center.transit(row, transitionType=kind, toSubscriptionId=target["id"])
    assert code(refused) == (400, "900259")


def test_services_from_elsewhere_rule_out_the_transfer_of_licenses(partner):
    center = partner({"sku": E1, "seats": 2})
    row = center.only()
    kinds = eligible(center, row)["Office 365 E5"]["eligibilities"]
    assert [(one["transitionType"], one["isEligible"]) for one in kinds] == [
        ("transition_only", True),
        (WITH_USERS, False),
    ]
    assert code(center.transit(row)) == (400, "900261")
    assert center.transit(row, transitionType="transition_only").status_code == 200


def test_a_target_from_another_channel_leaves_the_users_where_they_are(partner):
    center = partner({"sku": E5, "seats": 2})
    row = center.only()
    center.transit(row, transitionType="transition_only")
    center.served.world.advance("1h")
    assert center.events(row)["LicenseReassignment"] == "Failed"
    assert center.served.held(0) == {E3: [SWAY]}
    assert center.patch(center.only(), quantity=6).status_code == 200


def test_a_failed_reassignment_says_why(partner):
    center = partner(partner={"reassigns": False})
    row = center.only()
    center.transit(row)
    center.served.world.advance("1h")
    (one,) = center.items(f"/subscriptions/{row['id']}/transitions")
    assert one["events"][1]["errors"][0]["code"] == "60000"
    assert center.served.held(0) == {E3: [SWAY]}


def test_a_transition_drops_what_was_planned_for_the_renewal(partner):
    center = partner()
    row = center.only()
    cancel = [{"scheduleType": "TermEnd", "actionType": "Cancel"}]
    center.patch(row, autoRenewEnabled=False, scheduledActions=cancel)
    center.transit(row)
    assert center.only()["scheduledActions"] == []


def test_a_transition_is_found_by_its_operation(partner):
    center = partner()
    row = center.only()
    key = center.transit(row).json()["operationId"]
    path = f"/subscriptions/{row['id']}/transitions"
    assert len(center.items(path, params={"operation-id": key})) == 1
    assert center.items(path, params={"operation-id": "another"}) == []


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"quantity": 6}, (400, "900260")),
        ({"quantity": None}, (400, "800002")),
        ({"transitionType": "all"}, (400, "900261")),
        ({"termDuration": "P1M"}, (400, "900270")),
        ({"toSubscriptionId": "nobody"}, (404, "1000")),
    ],
)
def test_a_transition_that_cannot_be_is_refused(partner, change, refusal):
    center = partner()
    assert code(center.transit(center.only(), **change)) == refusal


def test_there_is_no_way_down(partner):
    center = partner()
    row = center.only()
    assert code(center.transit(row, toCatalogItemId=center.item_id(E3))) == (400, "900258")


def test_the_scenario_may_add_ways(partner):
    center = partner(partner={"upgrades": {"ENTERPRISEPACK": ["VISIOCLIENT"]}})
    row = center.only()
    assert "Visio Plan 2" in eligible(center, row)
    assert eligible(center, row, eligibilityType="scheduled")["Office 365 E5"]["quantity"] == 5


def test_e4_has_no_way_up(partner):
    center = partner(subscriptions=[{"sku": E4, "seats": 5, "channel": "csp_legacy"}])
    row = center.only()
    assert eligible(center, row) == {}
    assert center.items(f"/subscriptions/{row['id']}/upgrades") == []


def test_a_legacy_subscription_is_upgraded_with_its_users(partner):
    bought = {"sku": "O365_BUSINESS_PREMIUM", "seats": 5, "channel": "csp_legacy"}
    users = [{"count": 1, "licenses": ["O365_BUSINESS_PREMIUM"], "usage_location": "IT"}]
    center = partner(subscriptions=[bought], users=users)
    path = f"/subscriptions/{center.only()['id']}/upgrades"
    (offer,) = center.items(path)
    assert offer["upgradeType"] == "upgrade_with_license_transfer"
    body = {"targetOffer": offer["targetOffer"], "upgradeType": offer["upgradeType"]}
    done = center.own("POST", path, json=body).json()
    assert done["upgradeErrors"] == []
    names = {one["id"]: one["status"] for one in center.items("/subscriptions")}
    assert names[done["sourceSubscriptionId"]] == "suspended"
    assert names[done["targetSubscriptionId"]] == "active"
    assert list(center.served.held(0)) == ["cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"]


def test_a_legacy_subscription_with_add_ons_is_not_upgraded(partner):
    key = "11111111-2222-4333-8444-555555555555"
    base = {"sku": "O365_BUSINESS_PREMIUM", "seats": 5, "channel": "csp_legacy", "id": key}
    addon = {"sku": "MCOMEETADV", "seats": 5, "channel": "csp_legacy", "parent": key}
    center = partner(subscriptions=[base, addon], users=[])
    path = f"/subscriptions/{center.items('/subscriptions')[0]['id']}/upgrades"
    (offer,) = center.items(path)
    body = {"targetOffer": offer["targetOffer"], "upgradeType": "upgrade_only"}
    done = center.own("POST", path, json=body).json()
    assert [error["code"] for error in done["upgradeErrors"]] == ["subscription_add_ons_present"]
    assert done["targetSubscriptionId"] is None
