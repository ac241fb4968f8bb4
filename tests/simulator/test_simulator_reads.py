"""Check what the simulator shows of a tenant, and how it pages and filters."""

from __future__ import annotations

import pytest

from tests.simulator.served import E4, E5, SWAY, contoso

EVENTUAL = {"ConsistencyLevel": "eventual"}
HOLDS_E4 = f"assignedLicenses/any(a:a/skuId eq {E4})"


def ids_of(graph, path, **options):
    """Return the ids of all users on all pages of a list."""
    found, link = [], path
    while link:
        answer = graph.http.get(link, **options).json()
        found += [user["id"] for user in answer["value"]]
        link = answer.get("@odata.nextLink")
    return found


def test_a_sku_has_a_composite_id_and_all_its_plans(serve):
    graph = serve()
    sku = graph.sku(E5)
    assert sku["id"] == f"{graph.tenant.id}_{E5}"
    assert sku["prepaidUnits"] == {"enabled": 2, "suspended": 0, "warning": 0, "lockedOut": 0}
    assert len(sku["servicePlans"]) == 56
    assert graph.get(f"/subscribedSkus/{sku['id']}").json()["skuPartNumber"] == "ENTERPRISEPREMIUM"


def test_skus_cannot_be_filtered_nor_written(serve):
    graph = serve()
    assert graph.get("/subscribedSkus?$filter=skuPartNumber eq 'X'").status_code == 400
    assert graph.post("/subscribedSkus", {}).status_code == 405


def test_a_subscription_is_found_by_its_id_and_by_its_commerce_id(serve):
    graph = serve()
    first = graph.get("/directory/subscriptions").json()["value"][0]
    assert first["skuId"] == E4
    assert graph.get(f"/directory/subscriptions/{first['id']}").json()["id"] == first["id"]
    key = f"(commerceSubscriptionId='{first['commerceSubscriptionId']}')"
    assert graph.get(f"/directory/subscriptions{key}").json()["id"] == first["id"]


def test_an_unrenewed_subscription_goes_from_enabled_to_gone(serve):
    graph = serve(
        subscriptions=[
            {"sku": E4, "seats": 5, "renews": False, "next_lifecycle": "2026-11-21T00:00:00Z"}
        ]
    )
    seen = []
    for span in ("0s", "2 days", "30 days", "90 days"):
        graph.world.advance(span)
        rows = graph.get("/directory/subscriptions").json()["value"]
        seen.append(rows[0]["status"] if rows else "gone")
    assert seen == ["Enabled", "Warning", "Suspended", "gone"]
    assert graph.get("/subscribedSkus").json()["value"] == []


def test_a_renewing_subscription_shows_its_next_renewal(serve):
    graph = serve(subscriptions=[{"sku": E4, "seats": 5, "next_lifecycle": "2026-11-21T00:00:00Z"}])
    graph.world.advance("2 days")
    row = graph.get("/directory/subscriptions").json()["value"][0]
    assert (row["status"], row["nextLifecycleDateTime"]) == ("Enabled", "2027-11-21T00:00:00Z")


def test_the_organization_says_name_and_country(serve):
    row = serve().get("/organization").json()["value"][0]
    assert (row["displayName"], row["countryLetterCode"]) == ("Contoso S.p.A.", "IT")
    assert row["verifiedDomains"][0]["name"] == "contoso.onmicrosoft.com"


def test_a_page_holds_a_hundred_users_and_at_most_999(serve):
    graph = serve(users=[{"count": 1100}])
    first = graph.get("/users").json()
    assert len(first["value"]) == 100
    assert len(graph.get("/users?$top=999").json()["value"]) == 999
    assert graph.get("/users?$top=1000").status_code == 400
    found = ids_of(graph, "/contoso/v1.0/users?$select=id&$top=500")
    assert (len(found), len(set(found))) == (1100, 1100)


def test_the_next_link_repeats_the_host_the_prefix_and_the_query(serve):
    graph = serve(users=[{"count": 3}])
    link = graph.get("/users?$top=2&$select=id", headers={"Host": "graph.example:99"}).json()
    assert link["@odata.nextLink"].startswith(
        "http://graph.example:99/contoso/v1.0/users?$top=2&$select=id&$skiptoken="
    )


def test_a_spoiled_skip_token_is_refused(serve):
    graph = serve()
    for token in ("nonsense", "YWJjLjEwMC4w"):
        response = graph.get(f"/users?$filter={HOLDS_E4}&$skiptoken={token}")
        assert response.json()["error"]["code"] == "Directory_ExpiredPageToken"


def test_the_same_next_link_can_be_followed_twice(serve):
    graph = serve()
    link = graph.get(f"/users?$filter={HOLDS_E4}&$top=2&$select=id").json()["@odata.nextLink"]
    assert graph.http.get(link).json()["value"] == graph.http.get(link).json()["value"]


def test_only_what_is_selected_is_shown_and_licenses_are_not_by_default(serve):
    graph = serve()
    assert "assignedLicenses" not in graph.get("/users").json()["value"][0]
    chosen = graph.get("/users?$select=id,usageLocation").json()["value"][0]
    assert set(chosen) == {"id", "usageLocation"}
    assert graph.get("/users?$select=shoeSize").status_code == 400
    assert graph.get("/users?$select=id,skills").status_code == 501


def test_holders_of_a_sku_are_found_in_default_mode(serve):
    graph = serve()
    path = f"/contoso/v1.0/users?$filter={HOLDS_E4}&$top=2&$select=id"
    assert ids_of(graph, path) == [graph.user_id(0), graph.user_id(1), graph.user_id(2)]


def test_a_quoted_guid_is_no_guid(serve):
    response = serve().get(f"/users?$filter=assignedLicenses/any(a:a/skuId eq '{E4}')")
    assert "incompatible types" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"not({HOLDS_E4})", [3, 4]),
        ("assignedLicenses/$count eq 0", [3, 4]),
        ("assignedLicenses/$count ne 0", [0, 1, 2]),
        ("usageLocation eq null", [4]),
        ("assignedPlans/any(p:p/servicePlanId eq a23b959c-7ce8-4e57-9140-b90eb88a9e97)", [0, 1, 2]),
    ],
)
def test_some_filters_need_the_eventual_index(serve, text, expected):
    graph = serve()
    path = f"/contoso/v1.0/users?$select=id&$filter={text}"
    assert graph.http.get(path).status_code == 400
    found = ids_of(graph, f"{path}&$count=true", headers=EVENTUAL)
    assert found == [graph.user_id(index) for index in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accountEnabled eq true and usageLocation eq 'IT'", [0, 1, 2, 3]),
        ("startsWith(usageLocation,'I')", [0, 1, 2, 3]),
        (f"{HOLDS_E4} and userPrincipalName eq 'user000002@contoso.onmicrosoft.com'", [1]),
        ("displayName eq 'User 1' or displayName eq 'User 5'", [0, 4]),
        ("userPrincipalName in ('user000001@contoso.onmicrosoft.com')", [0]),
    ],
)
def test_plain_filters_work_in_default_mode(serve, text, expected):
    graph = serve()
    found = ids_of(graph, f"/contoso/v1.0/users?$select=id&$filter={text}")
    assert found == [graph.user_id(index) for index in expected]


@pytest.mark.parametrize(
    "text",
    [
        "licenseAssignmentStates/any(s:s/state eq 'Active')",
        "assignedLicenses/$count eq 1",
        "displayName gt 'A'",
        "displayName eq",
        "(displayName eq 'A'",
        "displayName eq 'A' displayName",
        "assignedLicenses/any(a:b/skuId eq null)",
    ],
)
def test_a_filter_graph_does_not_serve_is_refused(serve, text):
    response = serve().get(f"/users?$count=true&$filter={text}", headers=EVENTUAL)
    assert response.status_code == 400


def test_the_count_is_on_the_first_page_only_and_without_the_header_nowhere(serve):
    graph = serve()
    assert "@odata.count" not in graph.get("/users?$count=true").json()
    first = graph.get("/users?$count=true&$top=2", headers=EVENTUAL).json()
    assert first["@odata.count"] == 5
    assert "@odata.count" not in graph.http.get(first["@odata.nextLink"], headers=EVENTUAL).json()
    assert graph.get("/users/$count", headers=EVENTUAL).text == "5"
    assert graph.get("/users/$count").json()["error"]["message"] == (
        "$count is not currently supported."
    )


def test_queries_that_lists_do_not_serve_are_refused(serve):
    graph = serve()
    for query in ("$skip=1", "$orderby=displayName", '$search="x"', "$expand=manager", "$top=x"):
        assert graph.get(f"/users?{query}").status_code == 400


def test_an_empty_page_may_carry_a_next_link(serve):
    graph = serve(faults=[{"kind": "empty_page", "count": 2, "on": "/users"}])
    first = graph.get("/users").json()
    assert first["value"] == []
    assert "@odata.nextLink" in first
    assert len(ids_of(graph, "/contoso/v1.0/users?$top=2")) == 5


def test_readers_learn_of_a_write_only_after_the_lag(serve):
    graph = serve(lag={"primary": "5s", "usage_location": 0})
    assert graph.assign(0, add=[E5], remove=[E4]).status_code == 200
    assert graph.held(0) == {E4: []}
    assert graph.sku(E5)["consumedUnits"] == 0
    late = ids_of(graph, f"/contoso/v1.0/users?$filter={HOLDS_E4}&$select=id")
    assert graph.user_id(0) in late
    graph.world.advance("6s")
    assert graph.held(0) == {E5: []}
    assert graph.sku(E5)["consumedUnits"] == 1


def test_the_eventual_index_lags_by_itself(serve):
    graph = serve(lag={"advanced": "60s", "usage_location": 0})
    graph.assign(0, add=[E5], remove=[E4])
    path = f"/contoso/v1.0/users?$filter={HOLDS_E4}&$select=id&$count=true"
    assert len(ids_of(graph, path)) == 2
    assert len(ids_of(graph, path, headers=EVENTUAL)) == 3


def test_one_of_several_replicas_may_be_late(serve):
    graph = serve(lag={"primary": "5s", "share": 0.5, "usage_location": 0})
    graph.assign(0, add=[E5], remove=[E4])
    seen = {tuple(graph.held(0)) for _ in range(40)}
    assert seen == {(E4,), (E5,)}


def test_seats_in_use_may_lag_by_themselves(serve):
    graph = serve(lag={"consumed": "30s", "usage_location": 0})
    graph.assign(0, add=[E5], remove=[E4])
    assert graph.held(0) == {E5: []}
    assert graph.sku(E5)["consumedUnits"] == 0
    graph.world.advance("31s")
    assert graph.sku(E5)["consumedUnits"] == 1


def test_license_details_show_what_is_switched_off(serve):
    graph = serve(users=[{"licenses": [{"sku": E4, "disabled": ["SWAY"]}]}])
    row = graph.get(f"/users/{graph.user_id(0)}/licenseDetails").json()["value"][0]
    statuses = {plan["servicePlanId"]: plan["provisioningStatus"] for plan in row["servicePlans"]}
    assert (row["skuId"], statuses[SWAY]) == (E4, "Disabled")


def test_groups_show_their_licenses_and_members_when_asked(serve):
    graph = serve(
        groups=[{"name": "Sales", "licenses": [E4]}, {"name": "Plain"}],
        users=[{"count": 3, "groups": ["Sales"]}],
    )
    path = "/groups?$select=id,displayName,assignedLicenses&$count=true"
    found = graph.get(f"{path}&$filter=assignedLicenses/$count ne 0", headers=EVENTUAL).json()
    assert [group["displayName"] for group in found["value"]] == ["Sales"]
    assert found["value"][0]["assignedLicenses"] == [{"disabledPlans": [], "skuId": E4}]
    group_id = found["value"][0]["id"]
    assert "assignedLicenses" not in graph.get(f"/groups/{group_id}").json()
    members = ids_of(graph, f"/contoso/v1.0/groups/{group_id}/members?$top=2")
    assert len(members) == 3


def test_a_shared_mailbox_is_told_by_its_purpose_and_cannot_sign_in(serve):
    graph = serve(users=[{"shared_mailbox": True, "licenses": [E4]}, {"count": 1}])
    path = f"/users/{graph.user_id(0)}"
    assert graph.get(f"{path}/mailboxSettings").json()["userPurpose"] == "shared"
    chosen = graph.get(f"{path}?$select=mailboxSettings,accountEnabled").json()
    assert (chosen["mailboxSettings"]["userPurpose"], chosen["accountEnabled"]) == ("shared", False)
    person = graph.get(f"/users/{graph.user_id(1)}/mailboxSettings").json()
    assert person["userPurpose"] == "user"
    assert graph.get("/users?$select=mailboxSettings").status_code == 501


def test_a_soft_deleted_user_shows_only_among_the_deleted_and_holds_no_seat(serve):
    graph = serve(
        users=[{"count": 2, "licenses": [E4]}, {"count": 3, "licenses": [E4], "deleted": True}],
    )
    path = "/contoso/v1.0/directory/deletedItems/microsoft.graph.user?$top=2"
    assert ids_of(graph, path) == [graph.user_id(index) for index in (2, 3, 4)]
    first = graph.get("/directory/deletedItems/microsoft.graph.user?$select=deletedDateTime")
    assert first.json()["value"][0] == {"deletedDateTime": "2026-11-19T09:00:00Z"}
    assert len(graph.get("/users").json()["value"]) == 2
    assert graph.get(f"/users/{graph.user_id(2)}").status_code == 404
    assert graph.sku(E4)["consumedUnits"] == 2


def test_synchronized_users_can_be_given_licenses(serve):
    graph = serve(users=[{"on_premises": True, "usage_location": "IT"}])
    assert graph.assign(0, add=[E4]).status_code == 200
    path = f"/users/{graph.user_id(0)}?$select=onPremisesSyncEnabled"
    assert graph.get(path).json()["onPremisesSyncEnabled"] is True


def test_a_user_is_found_by_its_principal_name(serve):
    graph = serve()
    answer = graph.get("/users/USER000001@contoso.onmicrosoft.com?$select=id").json()
    assert answer["id"] == graph.user_id(0)


def test_an_unknown_address_is_no_resource(serve):
    graph = serve()
    assert graph.get("/nothing").json()["error"]["message"] == (
        "Resource not found for the segment 'nothing'."
    )
    assert graph.http.get("/contoso/beta/users").status_code == 404


def test_a_hundred_thousand_users_are_made_from_a_few_lines(serve):
    graph = serve(contoso(users=[{"count": 100_000, "licenses": [E4]}]))
    assert graph.sku(E4)["consumedUnits"] == 100_000
    answer = graph.get(f"/users?$filter={HOLDS_E4}&$top=999&$select=id").json()
    assert len(answer["value"]) == 999
