"""Check that Partner Center changes a subscription only as, and when, it may be changed."""

from __future__ import annotations

import pytest

from tests.simulator.partnering import E3_ON_CSP, NEW, Partnering, code
from tests.simulator.served import E3, E4, E5, contoso

FRESH = E3_ON_CSP | {"created": NEW}
LEGACY = {"sku": E4, "seats": 5, "channel": "csp_legacy"}
ENDING = E3_ON_CSP | {"created": "2025-11-21T09:00:00Z"}
CANCEL = [{"scheduleType": "TermEnd", "actionType": "Cancel"}]


@pytest.fixture
def partner(serve):
    """Return a function that serves a tenant with one subscription from a partner."""

    def start(bought=E3_ON_CSP, **changes):
        settings = {"subscriptions": [bought], "users": []} | changes
        return Partnering(serve(**settings))

    return start


def next_term(center, *, sku=E5, seats=5):
    """Return the instructions to become another product at the renewal."""
    product, number, availability = center.item_id(sku).split(":")
    return {
        "product": {
            "productId": product,
            "skuId": number,
            "availabilityId": availability,
            "billingCycle": "annual",
            "termDuration": "P1Y",
        },
        "quantity": seats,
    }


def test_seats_are_added_at_any_time(partner):
    center = partner()
    row = center.only()
    assert row["refundableQuantity"]["totalQuantity"] == 0
    done = center.patch(row, quantity=8)
    assert (done.status_code, done.json()["quantity"]) == (200, 8)
    assert center.served.sku(E3)["prepaidUnits"]["enabled"] == 8
    assert done.json()["refundableQuantity"]["details"] == [
        {"quantity": 3, "allowedUntilDateTime": "2026-11-27T09:00:00Z"}
    ]


def test_only_what_was_added_lately_is_given_up(partner):
    center = partner()
    center.patch(center.only(), quantity=8)
    assert code(center.patch(center.only(), quantity=4)) == (400, "900257")
    assert center.patch(center.only(), quantity=6).status_code == 200
    assert center.only()["refundableQuantity"]["totalQuantity"] == 1
    center.served.world.advance("7 days")
    assert code(center.patch(center.only(), quantity=5)) == (400, "800090")
    assert center.only()["quantity"] == 6


def test_seats_that_are_given_up_are_the_newest(partner):
    center = partner()
    center.patch(center.only(), quantity=8)
    center.served.world.advance("1 day")
    center.patch(center.only(), quantity=10)
    center.patch(center.only(), quantity=6)
    assert center.only()["refundableQuantity"]["details"] == [
        {"quantity": 1, "allowedUntilDateTime": "2026-11-27T09:00:00Z"}
    ]


def test_seats_are_given_up_within_the_window_even_those_in_use(partner):
    users = [{"count": 3, "licenses": ["ENTERPRISEPACK"], "usage_location": "IT"}]
    center = partner(FRESH, users=users)
    assert center.only()["refundableQuantity"]["totalQuantity"] == 5
    assert center.patch(center.only(), quantity=2).status_code == 200
    assert center.served.sku(E3)["consumedUnits"] == 3


def test_a_legacy_subscription_changes_its_seats_at_any_time_but_buys_no_retired_product(partner):
    center = partner(LEGACY)
    row = center.only()
    assert "productType" not in row
    assert center.patch(row, quantity=2).status_code == 200
    assert code(center.patch(center.only(), quantity=3)) == (403, "800020")


def test_a_stale_tag_is_refused(partner):
    center = partner()
    row = center.only()
    tag = {"If-Match": row["attributes"]["etag"]}
    assert center.patch(row, headers=tag, quantity=8).status_code == 200
    assert code(center.patch(row, headers=tag, quantity=9)) == (400, "2055")
    center.served.world.admin().resize(E3, seats=20)
    tag = {"If-Match": center.only()["attributes"]["etag"]}
    center.served.world.admin().resize(E3, seats=8)
    assert code(center.patch(row, headers=tag, quantity=9)) == (400, "2055")


def test_a_minimal_body_switches_the_renewal_and_its_instructions_off(partner):
    center = partner()
    row = center.only()
    planned = center.patch(row, scheduledNextTermInstructions=next_term(center)).json()
    assert planned["scheduledNextTermInstructions"]["quantity"] == 5
    path = f"/subscriptions/{row['id']}"
    done = center.own("PATCH", path, json={"friendlyName": "ours"}).json()
    assert done["autoRenewEnabled"] is False
    assert done["scheduledNextTermInstructions"] is None


def test_a_change_may_take_its_time_and_forbids_others(partner):
    center = partner(partner={"answers": "accepted"})
    row = center.only()
    accepted = center.patch(row, quantity=8)
    assert accepted.status_code == 202
    assert center.only()["quantity"] == 5
    assert code(center.patch(row, quantity=9)) == (409, "900278")
    center.served.world.advance("2 min")
    where = accepted.headers["Location"]
    assert center.served.http.get(where, headers=center.headers).json()["quantity"] == 8


def test_a_subscription_is_deleted_within_its_window(partner):
    center = partner(FRESH)
    row = center.only()
    assert row["cancellationAllowedUntilDate"] == "2026-11-25T09:00:00Z"
    assert center.patch(row, status="deleted").json()["status"] == "deleted"
    assert center.only()["status"] == "deleted"
    assert center.served.get("/subscribedSkus").json()["value"] == []
    assert code(center.patch(row, quantity=9)) == (400, "2011")


def test_a_subscription_is_not_deleted_after_its_window(partner):
    center = partner(FRESH)
    row = center.only()
    center.served.world.advance("5 days")
    assert code(center.patch(row, status="deleted")) == (400, "900117")
    assert center.only()["status"] == "active"


def test_a_suspended_subscription_can_be_active_again_before_its_term_ends(partner):
    center = partner()
    row = center.only()
    assert center.patch(row, status="suspended").json()["autoRenewEnabled"] is False
    assert center.served.sku(E3)["prepaidUnits"]["suspended"] == 5
    suspended = center.only()
    assert code(center.patch(suspended, quantity=9)) == (400, "2001")
    assert center.patch(suspended, status="active").json()["status"] == "active"


@pytest.mark.parametrize(("bought", "status"), [(ENDING, "deleted"), (E3_ON_CSP, "suspended")])
def test_a_suspended_subscription_is_gone_when_its_term_ends(partner, bought, status):
    center = partner(bought)
    center.patch(center.only(), status="suspended")
    center.served.world.advance("100 days" if bought is E3_ON_CSP else "2 days")
    assert center.only()["status"] == status


def test_a_legacy_subscription_is_suspended_with_its_add_ons_for_90_days(partner):
    base = LEGACY | {"id": "11111111-2222-4333-8444-555555555555"}
    addon = {"sku": "MCOMEETADV", "seats": 5, "channel": "csp_legacy", "parent": base["id"]}
    center = partner(subscriptions=[base, addon])
    row = center.items("/subscriptions")[0]
    (child,) = center.items(f"/subscriptions/{row['id']}/addons")
    assert child["offerName"] == center.items("/subscriptions")[1]["offerName"]
    assert code(center.patch(row, status="deleted")) == (400, "800002")
    assert center.patch(row, status="suspended").status_code == 200
    assert [one["status"] for one in center.items("/subscriptions")] == ["suspended"] * 2
    center.served.world.advance("89 days")
    assert center.items("/subscriptions")[0]["status"] == "suspended"
    center.served.world.advance("1 day")
    assert center.items("/subscriptions")[0]["status"] == "deleted"


def test_without_a_cancellation_a_term_that_is_not_renewed_runs_on(partner):
    center = partner(ENDING)
    assert center.patch(center.only(), autoRenewEnabled=False).status_code == 200
    center.served.world.advance("40 days")
    row = center.only()
    assert (row["status"], row["commitmentEndDate"]) == ("active", "2027-01-20T09:00:00Z")
    assert code(center.patch(row, quantity=6)) == (400, "900280")
    assert center.patch(row, status="deleted").json()["status"] == "deleted"


@pytest.mark.parametrize(
    ("start", "bought"),
    [
        ("2026-04-01T09:00:00Z", {"created": "2025-04-10T09:00:00Z"}),
        ("2026-11-20T09:00:00Z", {"created": "2023-11-25T09:00:00Z", "term": "P3Y"}),
    ],
)
def test_an_older_term_that_is_not_renewed_expires(serve, start, bought):
    world = contoso(subscriptions=[E3_ON_CSP | bought | {"renews": False}], users=[])
    center = Partnering(serve(world | {"clock": {"start": start, "rate": 0}}))
    assert center.only()["status"] == "active"
    center.served.world.advance("15 days")
    assert center.only()["status"] == "expired"


def test_a_cancellation_ends_the_term(partner):
    center = partner(ENDING)
    row = center.only()
    assert code(center.patch(row, scheduledActions=CANCEL)) == (400, "800002")
    done = center.patch(row, autoRenewEnabled=False, scheduledActions=CANCEL).json()
    assert done["scheduledActions"] == CANCEL
    center.served.world.advance("2 days")
    assert center.only()["status"] == "disabled"
    assert center.served.sku(E3)["prepaidUnits"]["suspended"] == 5


def test_a_renewal_changes_the_product_and_moves_the_users(partner):
    users = [{"count": 3, "licenses": ["ENTERPRISEPACK"], "usage_location": "IT"}]
    center = partner(ENDING, users=users)
    row = center.only()
    center.patch(row, scheduledNextTermInstructions=next_term(center))
    center.served.world.advance("2 days")
    renewed = center.only()
    assert (renewed["id"], renewed["offerName"]) == (row["id"], "Office 365 E5")
    assert renewed["billingCycle"] == "annual"
    assert renewed["cancellationAllowedUntilDate"] == "2026-11-28T09:00:00Z"
    assert center.served.held(0) == {E5: []}


def test_a_renewal_with_other_seats_moves_nobody(partner):
    users = [{"count": 3, "licenses": ["ENTERPRISEPACK"], "usage_location": "IT"}]
    center = partner(ENDING, users=users)
    center.patch(center.only(), scheduledNextTermInstructions=next_term(center, seats=9))
    center.served.world.advance("2 days")
    assert center.only()["quantity"] == 9
    assert center.served.held(0) == {E3: []}


@pytest.mark.parametrize("change", [{"quantity": 8}, {"autoRenewEnabled": False}])
def test_a_change_in_mid_term_drops_the_instructions(partner, change):
    center = partner(ENDING)
    center.patch(center.only(), scheduledNextTermInstructions=next_term(center))
    row = center.only()
    assert center.patch(row, **change).json()["scheduledNextTermInstructions"] is None
    center.served.world.advance("2 days")
    assert center.only()["offerName"] == "Office 365 E3"


def test_instructions_need_a_renewal(partner):
    center = partner(ENDING)
    change = {"autoRenewEnabled": False, "scheduledNextTermInstructions": next_term(center)}
    assert code(center.patch(center.only(), **change)) == (400, "900279")
    assert center.only()["autoRenewEnabled"]


def test_instructions_are_refused_while_a_renewal_is_under_way(partner):
    center = partner(ENDING, partner={"renewal": "24h"})
    center.served.world.advance("25h")
    change = {"scheduledNextTermInstructions": next_term(center, sku=E3, seats=3)}
    assert code(center.patch(center.only(), **change)) == (409, "800064")
    assert center.only()["scheduledNextTermInstructions"] is None


def test_instructions_survive_what_changes_nothing_of_the_term(partner):
    center = partner(ENDING)
    wanted = next_term(center, sku=E3, seats=3)
    center.patch(center.only(), scheduledNextTermInstructions=wanted)
    shown = center.patch(center.only(), friendlyName="Another").json()
    assert shown["scheduledNextTermInstructions"] == wanted
    center.served.world.advance("2 days")
    renewed = center.only()
    assert (renewed["quantity"], renewed["scheduledNextTermInstructions"]) == (3, None)
    assert renewed["autoRenewEnabled"]
    assert center.served.sku(E3)["prepaidUnits"]["enabled"] == 3


def test_a_renewal_under_way_forbids_changes(partner):
    center = partner(ENDING, partner={"renewal": "24h"})
    center.served.world.advance("25h")
    assert code(center.patch(center.only(), autoRenewEnabled=False)) == (409, "800064")
    center.served.world.advance("24h")
    assert center.patch(center.only(), autoRenewEnabled=False).status_code == 200


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"quantity": "many"}, (400, "800002")),
        ({"id": "another"}, (400, "3000")),
        ({"status": "expired"}, (400, "800002")),
        ({"termDuration": "P5Y"}, (400, "900267")),
        ({"scheduledActions": [{"scheduleType": "TermEnd"}]}, (400, "3000")),
        ({"scheduledNextTermInstructions": {"quantity": 3}}, (400, "3000")),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(partner, change, refusal):
    center = partner()
    row = center.only()
    path = f"/subscriptions/{row['id']}"
    assert code(center.own("PATCH", path, json=row | change)) == refusal
    assert center.only() == row
