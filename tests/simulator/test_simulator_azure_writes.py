"""Check that Azure billing buys once per alias, and changes only what and when it may."""

from __future__ import annotations

import httpx
import pytest

from tests.simulator.billing import ALIAS, E3_ON_MCA, E5_ORDER, Billing, code
from tests.simulator.served import E3, E4, E5, contoso

NEW = {"created": "2026-11-18T09:00:00Z"}
OLD_USERS = [{"count": 3, "licenses": ["ENTERPRISEPACK"], "usage_location": "IT"}]


@pytest.fixture
def mca(serve):
    """Return a function that serves a tenant with E3 on a customer agreement."""

    def start(*, bought=(), **changes):
        subscription = E3_ON_MCA | dict(bought)
        settings = {"subscriptions": [subscription], "users": []} | changes
        return Billing(serve(**settings))

    return start


def seats(billing, sku=E5):
    """Return the purchases of a product the tenant has, as their seats."""
    return [item.seats for item in billing.served.tenant.subscriptions if item.sku_id == sku]


def test_a_purchase_is_accepted_and_answers_what_was_bought(mca):
    billing = mca()
    done = billing.follow(billing.buy())
    assert done.status_code == 200
    bought = done.json()["properties"]
    assert (bought["quantity"], bought["provisioningState"]) == (120, "Succeeded")
    assert (bought["displayName"], bought["status"]) == ("Office 365 E5", "Active")
    assert bought["systemOverrides"] == {
        "cancellation": "Allowed",
        "cancellationAllowedEndDate": "2026-11-27T09:00:00.0000000Z",
    }
    assert billing.served.sku(E5)["prepaidUnits"]["enabled"] == 120
    assert billing.subscription(bought["billingSubscriptionId"])["quantity"] == 120


def test_the_same_purchase_again_buys_nothing(mca):
    billing = mca(azure={"operation": "30 s"})
    first = billing.buy()
    again = billing.buy()
    assert again.headers["Location"] == first.headers["Location"]
    assert code(billing.buy(quantity=130)) == (409, "AliasInUse")
    billing.served.world.advance("30 s")
    third = billing.buy()
    assert third.status_code == 200
    assert third.json() == billing.follow(first).json()
    assert seats(billing) == [120]


def test_a_purchase_under_another_alias_is_another_purchase(mca):
    billing = mca()
    billing.buy()
    billing.buy(alias="another")
    assert seats(billing) == [120, 120]


def test_an_operation_takes_its_time_and_its_subject_is_locked(mca):
    billing = mca(bought=NEW, azure={"operation": "30 s", "retry_after": 3})
    name = billing.only()
    accepted = billing.patch(name, quantity=50)
    assert (accepted.status_code, accepted.headers["Retry-After"]) == (202, "3")
    assert billing.subscription(name)["operationStatus"] == "LockedForUpdate"
    assert code(billing.patch(name, autoRenew="Off")) == (409, "SubscriptionLockedForUpdate")
    assert code(billing.delete(name)) == (409, "SubscriptionLockedForUpdate")
    assert billing.follow(accepted).status_code == 202
    assert seats(billing, E3) == [5]
    billing.served.world.advance("30 s")
    assert billing.follow(accepted).json()["properties"]["quantity"] == 50
    assert billing.subscription(name)["operationStatus"] == "None"
    assert billing.served.sku(E3)["prepaidUnits"]["enabled"] == 50


def test_writes_can_be_answered_at_once(mca):
    billing = mca(bought=NEW, azure={"answers": "at_once"})
    assert billing.buy().status_code == 201
    assert billing.buy().status_code == 200
    name = billing.subscriptions()[0]["name"]
    assert billing.patch(name, quantity=6).json()["properties"]["quantity"] == 6
    assert billing.delete(name).status_code == 204


def test_another_body_under_an_alias_changes_the_purchase(mca):
    billing = mca()
    billing.buy()
    assert billing.follow(billing.buy(quantity=130)).json()["properties"]["quantity"] == 130
    assert seats(billing) == [130]
    assert code(billing.buy(quantity=130, termDuration="P1M"))[0] == 400


def test_another_body_under_an_alias_is_refused_by_scenario(mca):
    billing = mca(azure={"alias_change": "refuse"})
    billing.buy()
    assert code(billing.buy(quantity=130)) == (409, "AliasInUse")
    assert seats(billing) == [120]


def test_an_alias_shows_how_far_its_purchase_is(mca):
    billing = mca(azure={"operation": "30 s"})
    path = f"/billingSubscriptionAliases/{ALIAS}"
    assert code(billing.get(path)) == (404, "ResourceNotFound")
    billing.buy()
    assert billing.get(path).json()["properties"] == {"provisioningState": "Provisioning"}
    billing.served.world.advance("30 s")
    row = billing.get(path).json()
    assert row["name"] == ALIAS
    assert row["properties"]["billingSubscriptionId"] in {
        r["name"] for r in billing.subscriptions()
    }
    (listed,) = billing.get("/billingSubscriptionAliases").json()["value"]
    assert listed == row


@pytest.mark.parametrize("is_visible", [True, False])
def test_a_purchase_is_locked_while_its_credit_is_checked(mca, is_visible):
    billing = mca(purchase={"credit_check": "2 business days", "visible": is_visible})
    bought = billing.follow(billing.buy()).json()["properties"]
    assert bought["provisioningState"] == "Pending"
    assert ("billingSubscriptionId" in bought) is is_visible
    assert len(billing.subscriptions()) == 1 + is_visible
    assert code(billing.buy(alias="another")) == (409, "PurchaseInProgress")
    if is_visible:
        name = bought["billingSubscriptionId"]
        assert code(billing.patch(name, quantity=130)) == (409, "SubscriptionLockedForUpdate")
    billing.served.world.advance("2 business days")
    shown = billing.get(f"/billingSubscriptionAliases/{ALIAS}").json()["properties"]
    assert (shown["provisioningState"], shown["operationStatus"]) == ("Succeeded", "None")
    assert billing.served.sku(E5)["prepaidUnits"]["enabled"] == 120


@pytest.mark.parametrize(
    "change",
    [
        {"productTypeId": None},
        {"productTypeId": "CFQ7TTC00000"},
        {"skuId": "9999"},
        {"quantity": 0},
        {"quantity": "120"},
        {"termDuration": "P2Y"},
        {"billingFrequency": None},
        {"billingProfileId": "/providers/Microsoft.Billing/billingAccounts/x/billingProfiles/y"},
        {"beneficiaryTenantId": "00000000-0000-0000-0000-000000000001"},
    ],
)
def test_what_cannot_be_bought_is_refused_and_the_alias_stays_free(mca, change):
    billing = mca()
    assert billing.buy(**change).status_code == 400
    assert seats(billing) == []
    assert billing.get(f"/billingSubscriptionAliases/{ALIAS}").status_code == 404


def test_a_purchase_can_name_the_profile_and_section_of_the_account(mca):
    billing = mca()
    shown = billing.subscription(billing.only())
    places = {key: shown[key] for key in ("billingProfileId", "invoiceSectionId")}
    assert billing.buy(**places).status_code == 202


def test_other_agreements_can_be_read_and_not_written(serve):
    rows = [{"sku": E4, "seats": 7, "channel": "volume"}, {"sku": E3, "seats": 7}]
    for agreement in ("EnterpriseAgreement", "MicrosoftOnlineServicesProgram"):
        billing = Billing(serve(subscriptions=rows, users=[]), agreement=agreement)
        (row,) = billing.subscriptions(includeTenantSubscriptions="true")
        for answer in (billing.buy(), billing.patch(row["name"]), billing.delete(row["name"])):
            assert code(answer) == (400, "OperationNotSupported")


def test_seats_are_added_at_any_time_and_what_was_added_can_go_for_seven_days(mca):
    billing = mca()
    name = billing.only()
    assert billing.follow(billing.patch(name, quantity=50)).status_code == 200
    billing.served.world.advance("6 days")
    assert billing.follow(billing.patch(name, quantity=20)).status_code == 200
    assert code(billing.patch(name, quantity=4)) == (400, "QuantityReductionNotAllowed")
    billing.served.world.advance("2 days")
    assert code(billing.patch(name, quantity=5)) == (400, "QuantityReductionNotAllowed")
    assert seats(billing, E3) == [20]


def test_seats_are_reduced_within_seven_days_of_the_start(mca):
    billing = mca(bought=NEW, users=OLD_USERS)
    name = billing.only()
    assert code(billing.patch(name, quantity=2)) == (400, "QuantityBelowAssigned")
    assert billing.follow(billing.patch(name, quantity=4)).status_code == 200
    billing.served.world.advance("5 days")
    assert code(billing.patch(name, quantity=3)) == (400, "QuantityReductionNotAllowed")
    assert seats(billing, E3) == [4]


def test_the_window_opens_again_with_each_renewal(mca):
    billing = mca(bought={"created": "2026-10-15T09:00:00Z", "term": "P1M"})
    shown = billing.subscription(billing.only())
    assert shown["termStartDate"] == "2026-11-14T09:00:00.0000000Z"
    assert shown["systemOverrides"]["cancellation"] == "Allowed"
    billing.served.world.advance("2 days")
    shown = billing.subscription(billing.only())
    assert shown["systemOverrides"]["cancellation"] == "NotAllowed"


def test_recurring_billing_is_switched_off_and_then_seats_only_grow(mca):
    billing = mca(bought=NEW)
    name = billing.only()
    shown = billing.follow(billing.patch(name, autoRenew="Off")).json()["properties"]
    assert (shown["autoRenew"], shown["status"]) == ("Off", "Expiring")
    assert code(billing.patch(name, quantity=4)) == (400, "QuantityReductionNotAllowed")
    assert billing.follow(billing.patch(name, quantity=6)).status_code == 200
    assert code(billing.patch(name, autoRenew="Never"))[0] == 400


@pytest.mark.parametrize(
    ("after_term", "status"), [("ends", "Disabled"), ("grace", "Expired"), ("extended", "Expiring")]
)
def test_a_term_that_nobody_renews_ends_as_the_scenario_says(mca, after_term, status):
    billing = mca(bought=NEW | {"renews": False}, azure={"after_term": after_term})
    name = billing.only()
    billing.served.world.set_clock("2027-11-18T08:59:59Z")
    assert billing.subscription(name)["status"] == "Expiring"
    billing.served.world.set_clock("2027-12-01T09:00:00Z")
    assert billing.subscription(name)["status"] == status


def test_in_the_extended_term_seats_stay_and_a_cancellation_is_always_allowed(mca):
    billing = mca(bought=NEW | {"renews": False}, azure={"after_term": "extended"})
    name = billing.only()
    billing.served.world.set_clock("2027-12-10T09:00:00Z")
    assert billing.subscription(name)["systemOverrides"]["cancellation"] == "Allowed"
    assert code(billing.patch(name, quantity=9)) == (400, "ExtendedTerm")
    assert billing.follow(billing.delete(name)).status_code == 204
    assert billing.subscription(name)["status"] == "Disabled"


def test_what_was_bought_before_february_2026_still_has_its_grace(mca):
    old = {"created": "2025-12-01T00:00:00Z", "renews": False}
    billing = mca(bought=old)
    billing.served.world.set_clock("2026-12-10T00:00:00Z")
    assert billing.subscription(billing.only())["status"] == "Expired"


def test_the_order_book_tells_what_was_bought_and_under_which_alias(mca):
    billing = mca()
    billing.buy()
    billing.buy()
    billing.patch(billing.only_of("Office 365 E3"), quantity=8)
    state = billing.served.http.get("/_control/state").json()["tenants"]["contoso"]
    book = [(row["by"], row["key"], row["sku"], row["seats"]) for row in state["purchases"]]
    assert book == [
        ("azure", ALIAS, "ENTERPRISEPREMIUM", 120),
        ("azure", "", "ENTERPRISEPACK", 3),
    ]
    assert state["seats_bought"] == 123


def test_where_only_the_cost_center_can_change_the_rest_is_ignored_in_silence(mca):
    billing = mca(azure={"patch": "cost_center"})
    name = billing.only()
    answer = billing.patch(name, quantity=50, autoRenew="Off", consumptionCostCenter="1010")
    assert answer.status_code == 200
    shown = answer.json()["properties"]
    assert (shown["quantity"], shown["autoRenew"]) == (5, "On")
    assert shown["consumptionCostCenter"] == "1010"


def test_fields_that_are_read_only_cannot_be_updated(mca):
    billing = mca()
    assert code(billing.patch(billing.only(), termDuration="P3Y"))[0] == 400


@pytest.mark.parametrize(
    ("cancelled_as", "status"), [("Suspended", "Disabled"), ("LockedOut", "Cancelled")]
)
def test_a_subscription_is_cancelled_within_seven_days(mca, cancelled_as, status):
    billing = mca(bought=NEW, purchase={"cancelled_as": cancelled_as})
    name = billing.only()
    assert billing.follow(billing.delete(name)).status_code == 204
    assert billing.subscription(name)["status"] == status
    (row,) = billing.served.get("/directory/subscriptions").json()["value"]
    assert row["status"] == cancelled_as
    assert billing.delete(name).status_code == 204
    assert code(billing.patch(name, quantity=9)) == (400, "SubscriptionNotActive")


def test_the_seats_of_a_trial_cannot_be_changed(mca):
    billing = mca(bought={"trial": True})
    assert code(billing.patch(billing.only(), quantity=6)) == (400, "TrialNotAllowed")
    assert seats(billing, E3) == [5]


def test_what_was_allowed_at_first_is_asked_again_in_the_end(mca):
    billing = mca(bought=NEW, azure={"operation": "30 s"})
    accepted = billing.patch(billing.only(), quantity=50)
    billing.served.world.admin().cancel(E3)
    billing.served.world.advance("30 s")
    assert code(billing.follow(accepted)) == (400, "SubscriptionNotActive")
    assert seats(billing, E3) == [5]


def test_after_seven_days_a_cancellation_is_refused(mca):
    billing = mca()
    assert code(billing.delete(billing.only())) == (400, "CancellationNotAllowed")
    assert billing.subscription(billing.only())["status"] == "Active"
    assert code(billing.delete("unknown")) == (404, "ResourceNotFound")


def test_a_cancellation_accepted_in_time_can_still_come_too_late(mca):
    billing = mca(bought={"created": "2026-11-13T09:00:10Z"}, azure={"operation": "30 s"})
    accepted = billing.delete(billing.only())
    billing.served.world.advance("30 s")
    assert code(billing.follow(accepted)) == (400, "CancellationNotAllowed")
    assert billing.subscription(billing.only())["status"] == "Active"


def test_the_cancel_call_is_for_partners_usage_and_never_for_seats(mca):
    billing = mca(bought=NEW)
    answer = billing.post(f"/billingSubscriptions/{billing.only()}/cancel", {})
    assert code(answer) == (400, "OperationNotSupported")
    assert billing.subscription(billing.only())["status"] == "Active"


def test_a_reader_sees_and_changes_nothing(mca):
    billing = mca(bought=NEW, azure={"role": "reader"})
    name = billing.only()
    for answer in (billing.buy(), billing.patch(name, quantity=9), billing.delete(name)):
        assert code(answer) == (403, "AuthorizationFailed")
    assert (seats(billing), seats(billing, E3)) == ([], [5])


def split(billing, name, **changes):
    """Ask for some seats as E5."""
    body = {key: E5_ORDER[key] for key in ("termDuration", "billingFrequency")}
    body |= {"targetProductTypeId": "CFQ7TTC0LF8S", "targetSkuId": "0002", "quantity": 2}
    return billing.post(f"/billingSubscriptions/{name}/split", body | changes)


def test_a_split_turns_some_seats_into_another_product(mca):
    billing = mca(users=OLD_USERS)
    made = billing.follow(split(billing, billing.only())).json()
    assert made["properties"]["quantity"] == 2
    assert (seats(billing, E3), seats(billing)) == ([3], [2])
    assert billing.served.held(0) == {E3: []}


def test_a_split_is_never_of_all_seats(mca):
    billing = mca()
    for quantity in (5, 6, 0):
        assert code(split(billing, billing.only(), quantity=quantity)) == (400, "InvalidQuantity")
    assert seats(billing, E3) == [5]


def test_a_merge_puts_seats_into_another_subscription(mca):
    e5 = E3_ON_MCA | {"sku": E5}
    billing = mca(subscriptions=[E3_ON_MCA, E3_ON_MCA | {"seats": 7}, e5])
    source, target, other = (row["name"] for row in billing.subscriptions())
    path = f"/billingSubscriptions/{source}/merge"
    body = {"targetBillingSubscriptionName": target, "quantity": 2}
    assert billing.follow(billing.post(path, body)).json()["name"] == target
    assert seats(billing, E3) == [3, 9]
    for change in (
        {"quantity": 4},
        *({"targetBillingSubscriptionName": x} for x in (source, other)),
    ):
        assert code(billing.post(path, body | change)) == (400, "InvalidMerge")
    billing.follow(billing.post(path, {"targetBillingSubscriptionName": target}))
    assert [row["properties"]["quantity"] for row in billing.subscriptions()] == [12, 5]


@pytest.mark.parametrize("answer", ["504", "drop"])
def test_a_lost_answer_was_a_purchase_and_the_alias_finds_it(mca, answer):
    fault = {"kind": "applied_unanswered", "on": "/azure", "count": 1, "answer": answer}
    billing = mca(faults=[fault])
    if answer == "504":
        lost = billing.buy()
        assert code(lost) == (504, "GatewayTimeout")
        assert "Location" not in lost.headers
    else:
        with pytest.raises(httpx.RemoteProtocolError):
            billing.buy()
    found = billing.get(f"/billingSubscriptionAliases/{ALIAS}").json()["properties"]
    assert found["quantity"] == 120
    assert billing.buy().status_code == 200
    assert seats(billing) == [120]
    assert [call.applied for call in billing.served.world.log.writes()] == [True, True]


def test_a_purchase_that_was_accepted_can_fail_and_be_made_again(mca):
    fault = {"kind": "operation_failed", "code": "PaymentDeclined", "count": 1}
    billing = mca(faults=[fault], azure={"operation": "30 s"})
    accepted = billing.buy()
    assert billing.buy().headers["Location"] == accepted.headers["Location"]
    billing.served.world.advance("30 s")
    assert code(billing.follow(accepted)) == (409, "PaymentDeclined")
    shown = billing.get(f"/billingSubscriptionAliases/{ALIAS}").json()["properties"]
    assert shown == {"provisioningState": "Failed"}
    assert seats(billing) == []
    again = billing.buy()
    billing.served.world.advance("30 s")
    assert billing.follow(again).status_code == 200
    assert seats(billing) == [120]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_gets_lost_an_alias_buys_once(serve, seed):
    faults = [
        {"kind": kind, "rate": 0.25, "on": "write", "answer": "drop"}
        for kind in ("drop", "applied_unanswered", 503, 429, "operation_failed")
    ]
    world = contoso(subscriptions=[E3_ON_MCA], users=[], faults=faults)
    billing = Billing(serve(world | {"seed": seed}))
    statuses = []
    while statuses[-1:] != [200]:
        try:
            statuses.append(billing.buy().status_code)
        except httpx.RemoteProtocolError:
            statuses.append(0)
    assert seats(billing) == [120]
    assert len(statuses) > 1
