"""Check what Azure billing shows, to whom, and how it refuses."""

from __future__ import annotations

import pytest

from tests.simulator.billing import E3_ON_MCA, ROOT, VERSION, Billing, code
from tests.simulator.served import E1, E4, E5, contoso

ALL_CHANNELS = [
    E3_ON_MCA,
    {"sku": E4, "seats": 7, "channel": "direct_legacy"},
    {"sku": E5, "seats": 9, "channel": "volume"},
    {"sku": E1, "seats": 3, "channel": "csp"},
]


def test_every_channel_but_a_partners_has_its_own_billing_account(serve):
    rows = Billing(serve(subscriptions=ALL_CHANNELS, users=[])).call("GET", "").json()["value"]
    assert [row["properties"]["agreementType"] for row in rows] == [
        "MicrosoftCustomerAgreement",
        "MicrosoftOnlineServicesProgram",
        "EnterpriseAgreement",
    ]
    assert rows[0]["name"].endswith("_2019-05-31")
    assert rows[0]["id"] == f"/providers/Microsoft.Billing/billingAccounts/{rows[0]['name']}"
    assert rows[0]["type"] == "Microsoft.Billing/billingAccounts"


def test_an_account_lists_the_subscriptions_of_its_agreement(serve):
    billing = Billing(serve(subscriptions=ALL_CHANNELS, users=[]))
    (row,) = billing.subscriptions()
    assert (row["properties"]["quantity"], row["properties"]["productCategory"]) == (5, "SeatBased")


def test_a_partners_account_is_there_by_scenario_and_lists_the_partners_subscriptions(serve):
    served = serve(
        subscriptions=ALL_CHANNELS, users=[], azure={"agreements": ["MicrosoftPartnerAgreement"]}
    )
    billing = Billing(served, agreement="MicrosoftPartnerAgreement")
    assert [row["properties"]["quantity"] for row in billing.subscriptions()] == [3]


def test_the_online_services_program_lists_what_the_tenant_owns_only_when_asked(serve):
    served = serve(subscriptions=ALL_CHANNELS, users=[])
    billing = Billing(served, agreement="MicrosoftOnlineServicesProgram")
    assert billing.subscriptions() == []
    (row,) = billing.subscriptions(includeTenantSubscriptions="true")
    assert row["properties"]["quantity"] == 7
    assert code(billing.get(f"/billingSubscriptions/{row['name']}")) == (
        400,
        "OperationNotSupported",
    )


def test_a_subscription_shows_all_that_is_read_before_a_write(serve):
    billing = Billing(serve(subscriptions=[E3_ON_MCA], users=[]))
    row = billing.get(f"/billingSubscriptions/{billing.only()}").json()
    assert row["type"] == "Microsoft.Billing/billingAccounts/billingSubscriptions"
    shown = row["properties"]
    expected = {
        "autoRenew": "On",
        "billingFrequency": "P1M",
        "displayName": "Office 365 E3",
        "operationStatus": "None",
        "productCategory": "SeatBased",
        "provisioningState": "Succeeded",
        "quantity": 5,
        "status": "Active",
        "suspensionReasonDetails": [],
        "termDuration": "P1Y",
        "termStartDate": "2026-08-12T09:00:00.0000000Z",
        "termEndDate": "2027-08-12T09:00:00.0000000Z",
        "systemOverrides": {
            "cancellation": "NotAllowed",
            "cancellationAllowedEndDate": "2026-08-19T09:00:00.0000000Z",
        },
    }
    assert {name: shown[name] for name in expected} == expected
    tenant = billing.served.tenant
    assert shown["provisioningTenantId"] == shown["beneficiaryTenantId"] == tenant.id
    assert shown["billingProfileId"].startswith("/providers/Microsoft.Billing/billingAccounts/")


def test_the_words_of_a_path_are_written_in_any_case(serve):
    billing = Billing(serve(subscriptions=[E3_ON_MCA], users=[]))
    path = f"/azure/PROVIDERS/microsoft.billing/BillingAccounts/{billing.account.upper()}"
    answer = billing.served.http.get(f"{path}/BILLINGsubscriptions", params=VERSION)
    assert len(answer.json()["value"]) == 1


def test_a_late_replica_does_not_know_a_purchase_but_its_operation_does(serve):
    served = serve(subscriptions=[E3_ON_MCA], users=[], lag={"primary": "1 min"})
    billing = Billing(served)
    done = billing.follow(billing.buy())
    assert done.json()["properties"]["quantity"] == 120
    assert len(billing.subscriptions()) == 1
    served.world.advance("1 min")
    assert len(billing.subscriptions()) == 2


def test_the_name_of_a_subscription_is_graphs_commerce_id_or_another(serve):
    for ids, is_same in (("commerce", True), ("own", False)):
        served = serve(subscriptions=[E3_ON_MCA], users=[], azure={"ids": ids})
        (row,) = served.get("/directory/subscriptions").json()["value"]
        assert (Billing(served).only() == row["commerceSubscriptionId"]) is is_same


def test_the_product_ids_shown_are_those_of_the_catalog_only_by_scenario(serve):
    for product_ids, is_same in (("own", False), ("catalog", True)):
        billing = Billing(
            serve(subscriptions=[E3_ON_MCA], users=[], azure={"product_ids": product_ids})
        )
        shown = billing.subscription(billing.only())
        assert ((shown["productTypeId"], shown["skuId"]) == ("CFQ7TTC0LF8R", "0001")) is is_same


@pytest.mark.parametrize(
    ("graph", "azure", "reason"),
    [
        ("Enabled", "Active", []),
        ("Warning", "Expired", ["Expired"]),
        ("Suspended", "Disabled", ["Cancelled"]),
        ("LockedOut", "Cancelled", ["Cancelled"]),
    ],
)
def test_the_status_follows_the_life_of_the_subscription(serve, graph, azure, reason):
    billing = Billing(serve(subscriptions=[E3_ON_MCA | {"status": graph}], users=[]))
    shown = billing.subscription(billing.only())
    assert shown["status"] == azure
    assert [row["reason"] for row in shown["suspensionReasonDetails"]] == reason


def test_without_renewal_the_status_is_expiring_and_with_it_what_the_scenario_says(serve):
    served = serve(
        subscriptions=[E3_ON_MCA, E3_ON_MCA | {"renews": False}],
        users=[],
        azure={"active_as": "AutoRenew"},
    )
    rows = Billing(served).subscriptions()
    assert [row["properties"]["status"] for row in rows] == ["AutoRenew", "Expiring"]


def test_deleted_subscriptions_are_listed_when_asked_for(serve):
    billing = Billing(serve(subscriptions=[E3_ON_MCA | {"renews": False}], users=[]))
    billing.served.world.set_clock("2029-01-01T00:00:00Z")
    assert billing.subscriptions() == []
    (row,) = billing.subscriptions(includeDeleted="true")
    assert row["properties"]["status"] == "Deleted"


def test_lists_come_in_pages_with_a_link_to_the_next(serve):
    served = serve(subscriptions=[E3_ON_MCA] * 5, users=[], azure={"page": 2, "usage_based": 1})
    billing = Billing(served)
    page = billing.get("/billingSubscriptions", params={"count": "true"}).json()
    rows = page["value"]
    assert (len(rows), page["totalCount"]) == (2, 6)
    assert rows[0]["properties"]["productCategory"] == "UsageBased"
    while "nextLink" in page:
        page = served.http.get(page["nextLink"]).json()
        rows += page["value"]
    assert len({row["name"] for row in rows}) == 6


def test_an_empty_page_can_have_a_next_link(serve):
    served = serve(
        subscriptions=[E3_ON_MCA],
        users=[],
        faults=[{"kind": "empty_page", "on": "/azure", "after": 1, "count": 1}],
    )
    page = Billing(served).get("/billingSubscriptions").json()
    assert page["value"] == []
    assert len(served.http.get(page["nextLink"]).json()["value"]) == 1


def test_profiles_and_sections_are_those_that_subscriptions_name(serve):
    billing = Billing(serve(subscriptions=[E3_ON_MCA], users=[]))
    (profile,) = billing.get("/billingProfiles").json()["value"]
    path = f"/billingProfiles/{profile['name']}"
    (section,) = billing.get(f"{path}/invoiceSections").json()["value"]
    (row,) = billing.get(f"{path}/billingSubscriptions").json()["value"]
    assert row["properties"]["billingProfileId"] == profile["id"]
    assert row["properties"]["invoiceSectionId"] == section["id"]
    assert code(billing.get("/billingProfiles/AAAA/invoiceSections"))[0] == 404


def test_calls_that_do_not_fit_are_refused_in_azures_words(serve):
    billing = Billing(serve(subscriptions=[E3_ON_MCA], users=[]))
    http = billing.served.http
    account = f"{ROOT}/{billing.account}"
    assert code(http.get(ROOT)) == (400, "MissingApiVersionParameter")
    assert code(http.get(ROOT, params={"api-version": "2020-05-01"})) == (
        400,
        "InvalidResourceType",
    )
    for path in (f"{ROOT}/unknown", f"{account}/billingSubscriptions/unknown", f"{account}/other"):
        assert code(http.get(path, params=VERSION)) == (404, "ResourceNotFound")
    assert code(http.put(account, params=VERSION)) == (405, "UnsupportedHttpVerb")
    assert code(billing.get("/billingSubscriptions", params={"filter": "x"})) == (400, "BadRequest")


def test_a_call_without_token_or_with_graphs_is_refused(serve):
    served = serve(subscriptions=[E3_ON_MCA], users=[])
    for token, expected in (
        ("", (401, "AuthenticationFailed")),
        ("Bearer " + _token(served), (401, "InvalidAuthenticationTokenAudience")),
    ):
        answer = served.http.get(ROOT, params=VERSION, headers={"Authorization": token})
        assert code(answer) == expected
    bearer = "Bearer " + _token(served, scope="https://management.azure.com/.default")
    headers = {"Authorization": bearer}
    assert served.http.get(ROOT, params=VERSION, headers=headers).status_code == 200


def _token(served, **form):
    form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"} | form
    return served.http.post("/contoso/oauth2/v2.0/token", data=form).json()["access_token"]


def test_the_token_or_the_account_says_which_tenant_is_meant(serve):
    world = contoso(subscriptions=[E3_ON_MCA], users=[])
    world["tenants"]["fabrikam"] = {"subscriptions": [E3_ON_MCA | {"seats": 8}]}
    served = serve(world)
    ours = Billing(served)
    path = f"/{ours.account}/billingSubscriptions"

    def ask(path, token):
        return ours.call("GET", path, headers={"Authorization": f"Bearer {token}"})

    assert code(ask("", "anyone")) == (401, "InvalidAuthenticationToken")
    assert ask(path, "anyone").json()["value"][0]["properties"]["quantity"] == 5
    assert code(ask(path, "fabrikam")) == (403, "AuthorizationFailed")
    assert ask("", "fabrikam").json()["value"][0]["name"] != ours.account


def test_without_a_billing_role_there_is_nothing_to_see(serve):
    served = serve(subscriptions=[E3_ON_MCA], users=[], azure={"role": "none"})
    assert Billing(served).call("GET", "").json()["value"] == []
    (account,) = Billing(serve(subscriptions=[E3_ON_MCA], users=[])).call("GET", "").json()["value"]
    answer = Billing(served).call("GET", f"/{account['name']}")
    assert code(answer) == (403, "AuthorizationFailed")


def test_faults_strike_with_azures_words_and_are_logged(serve):
    faults = [
        {"kind": 429, "on": "/azure", "after": 1, "count": 1, "retry_after": 7},
        {"kind": 503, "on": "/azure", "after": 2, "count": 1},
    ]
    billing = Billing(serve(subscriptions=[E3_ON_MCA], users=[], faults=faults))
    answer = billing.get("/billingSubscriptions")
    assert code(answer) == (429, "TooManyRequests")
    assert answer.headers["Retry-After"] == "7"
    assert billing.get("/billingSubscriptions").status_code == 503
    assert billing.get("/billingSubscriptions").status_code == 200
    calls = [(call.status, call.fault) for call in billing.served.world.log][1:]
    assert calls == [(429, "429"), (503, "503"), (200, None)]
    assert list(billing.served.world.log)[-1].path.startswith("/azure/providers/")
