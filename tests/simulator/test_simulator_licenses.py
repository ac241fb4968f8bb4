"""Check how users get and lose licenses."""

from __future__ import annotations

import threading

from tests.simulator.served import E1, E3, E4, E5, SWAY, YAMMER, license_body


def error(response):
    """Return status, code and message of a refusal."""
    body = response.json()["error"]
    return response.status_code, body["code"], body["message"]


def test_a_swap_gives_the_new_license_and_takes_the_old_in_one_call(serve):
    graph = serve()
    response = graph.assign(0, add=[E5], remove=[E4])
    assert response.status_code == 200
    assert response.json()["userPrincipalName"] == "user000001@contoso.onmicrosoft.com"
    assert graph.held(0) == {E5: []}
    assert graph.tenant.ever_unlicensed([graph.user_id(0)], among=[E4, E5]) == []


def test_a_missing_key_is_named_in_graphs_words(serve):
    graph = serve()
    path = f"/users/{graph.user_id(0)}/assignLicense"
    response = graph.post(path, {"addLicenses": []})
    assert error(response) == (
        400,
        "Request_BadRequest",
        "One or more parameters of the operation 'assignLicense' are missing from the request "
        "payload. The missing parameters are: removeLicenses.",
    )


def test_any_violation_leaves_the_user_as_before(serve):
    graph = serve()
    bad_plan = "00000000-0000-0000-0000-000000000001"
    response = graph.assign(0, add=[E5], remove=[E4], disabled=[bad_plan])
    assert error(response)[:2] == (400, "Request_BadRequest")
    assert graph.held(0) == {E4: []}
    assert graph.tenant.consumed(E5) == 0


def test_adding_a_held_license_again_replaces_its_disabled_plans_and_takes_no_seat(serve):
    graph = serve()
    graph.assign(0, add=[E4], disabled=[SWAY])
    assert graph.held(0) == {E4: [SWAY]}
    graph.assign(0, add=[E4], disabled=[YAMMER])
    assert graph.held(0) == {E4: [YAMMER]}
    graph.assign(0, add=[E4])
    assert graph.held(0) == {E4: []}
    assert graph.sku(E4)["consumedUnits"] == 3


def test_removing_a_license_nobody_gave_is_not_the_same_as_an_inherited_one(serve):
    graph = serve(
        groups=[{"name": "Sales", "licenses": ["ENTERPRISEWITHSCAL"]}],
        users=[{"groups": ["Sales"], "usage_location": "IT"}, {"usage_location": "IT"}],
    )
    assert error(graph.assign(1, remove=[E4]))[2] == "User does not have a corresponding license."
    assert error(graph.assign(0, remove=[E4]))[2] == (
        "User license is inherited from a group membership and it cannot be removed directly "
        "from the user."
    )


def test_the_seat_after_the_last_is_refused(serve):
    graph = serve()
    assert graph.assign(0, add=[E5], remove=[E4]).status_code == 200
    assert graph.assign(1, add=[E5], remove=[E4]).status_code == 200
    assert error(graph.assign(2, add=[E5], remove=[E4])) == (
        400,
        "Request_BadRequest",
        f"Subscription with SKU {E5} does not have any available licenses.",
    )
    assert graph.held(2) == {E4: []}
    assert graph.tenant.most_over_assigned[E5] == 0


def test_of_two_callers_for_the_last_seat_one_gets_it(serve):
    graph = serve(
        subscriptions=[{"sku": E4, "seats": 3}, {"sku": E5, "seats": 1}],
    )
    found = []
    threads = [
        threading.Thread(target=lambda i=i: found.append(graph.assign(i, add=[E5]).status_code))
        for i in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200, 400]


def test_direct_and_inherited_license_of_one_sku_take_one_seat_and_show_two_rows(serve):
    graph = serve(
        groups=[{"name": "Sales", "licenses": [{"sku": E4, "disabled": ["SWAY"]}]}],
        users=[
            {
                "groups": ["Sales"],
                "licenses": [{"sku": E4, "disabled": ["SWAY", "YAMMER_ENTERPRISE"]}],
            }
        ],
    )
    assert graph.sku(E4)["consumedUnits"] == 1
    assert graph.held(0) == {E4: [SWAY]}
    answer = graph.get(f"/users/{graph.user_id(0)}?$select=licenseAssignmentStates").json()
    rows = answer["licenseAssignmentStates"]
    group_id = next(iter(graph.tenant.groups))
    assert [row["assignedByGroup"] for row in rows] == [None, group_id]
    assert {row["state"] for row in rows} == {"Active"}
    assert {row["error"] for row in rows} == {"None"}


def test_no_error_can_be_shown_as_null(serve):
    graph = serve(answers={"no_error": "null"})
    answer = graph.get(f"/users/{graph.user_id(0)}?$select=licenseAssignmentStates").json()
    assert answer["licenseAssignmentStates"][0]["error"] is None


def test_seats_in_use_may_exceed_the_seats_after_a_cut(serve):
    graph = serve()
    graph.world.admin().cut(E4, seats=1)
    sku = graph.sku(E4)
    assert (sku["consumedUnits"], sku["prepaidUnits"]["enabled"]) == (3, 1)
    assert graph.held(2) == {E4: []}


def test_a_user_without_usage_location_gets_no_license(serve):
    graph = serve()
    assert error(graph.assign(4, add=[E4]))[2] == (
        "License assignment cannot be done for user with invalid usage location."
    )


def test_a_new_usage_location_counts_only_after_a_while(serve):
    graph = serve(lag={"usage_location": "30s"})
    path = f"/contoso/v1.0/users/{graph.user_id(4)}"
    assert graph.http.patch(path, json={"usageLocation": "IT"}).status_code == 204
    assert graph.assign(4, add=[E4]).status_code == 400
    graph.world.advance("31s")
    assert graph.assign(4, add=[E4]).status_code == 200


def test_a_wrong_country_is_no_usage_location(serve):
    graph = serve()
    path = f"/contoso/v1.0/users/{graph.user_id(4)}"
    response = graph.http.patch(path, json={"usageLocation": "UK"})
    assert error(response)[2] == "Property usageLocation is invalid."


def test_plans_that_exclude_each_other_are_refused_unless_swapped_in_one_call(serve):
    graph = serve(
        subscriptions=[{"sku": E1, "seats": 5}, {"sku": E5, "seats": 5}],
        users=[{"licenses": [E1], "usage_location": "IT"}],
    )
    message = error(graph.assign(0, add=[E5]))[2]
    assert message.startswith("License assignment failed because service plans ")
    assert message.endswith(" are mutually exclusive.")
    assert graph.assign(0, add=[E5], remove=[E1]).status_code == 200


def test_the_relaxed_rules_let_sharepoint_plans_stack(serve):
    graph = serve(
        subscriptions=[{"sku": E1, "seats": 5}, {"sku": E5, "seats": 5}],
        users=[{"licenses": [E1], "usage_location": "IT"}],
        rules={"profile": "relaxed"},
    )
    assert graph.assign(0, add=[E5]).status_code == 200


def test_a_plan_that_another_needs_cannot_be_taken_first(serve):
    project = "PROJECTPROFESSIONAL"
    needy = {"sku": project, "disabled": ["SHAREPOINTENTERPRISE"]}
    graph = serve(
        subscriptions=[
            {"sku": E4, "seats": 5},
            {"sku": E5, "seats": 5},
            {"sku": project, "seats": 5},
        ],
        users=[{"licenses": [E4, needy], "usage_location": "IT"}],
        rules={"profile": "off", "dependencies": {"SHAREPOINT_PROJECT": ["SHAREPOINTENTERPRISE"]}},
    )
    assert error(graph.assign(0, remove=[E4]))[2] == (
        "License assignment failed because service plan fe71d6c3-a2ea-4499-9778-da042bf08063 "
        "depends on the service plan(s) 5dbe027f-2339-4123-9542-606e4d348a72"
    )
    assert graph.assign(0, add=[E5], remove=[E4]).status_code == 200


def test_graph_may_switch_off_more_than_it_was_asked_to(serve):
    graph = serve(
        rules={"dependents": "switch_off", "dependencies": {"SWAY": ["YAMMER_ENTERPRISE"]}},
    )
    graph.assign(0, add=[E4], disabled=[YAMMER])
    assert graph.held(0) == {E4: sorted([SWAY, YAMMER])}


def test_a_sku_the_tenant_does_not_have_is_refused(serve):
    graph = serve()
    assert error(graph.assign(0, add=[E3]))[2] == (
        f"License {E3} does not correspond to a valid company License."
    )


def test_a_company_sku_cannot_be_assigned(serve):
    graph = serve(company_skus=["ENTERPRISEPREMIUM"])
    assert graph.sku(E5)["appliesTo"] == "Company"
    assert error(graph.assign(0, add=[E5]))[2] == f"License {E5} cannot be assigned to a user."


def test_the_same_sku_twice_in_one_call_is_refused(serve):
    graph = serve()
    assert graph.assign(0, add=[E4], remove=[E4]).status_code == 400
    assert graph.assign(0, add=[E5, E5]).status_code == 400


def test_what_is_no_guid_is_refused(serve):
    graph = serve()
    assert error(graph.assign(0, add=["ENTERPRISEPREMIUM"]))[2] == (
        "Cannot convert the literal 'ENTERPRISEPREMIUM' to the expected type 'Edm.Guid'."
    )


def test_every_refusal_carries_ids_and_a_date(serve):
    graph = serve()
    path = f"/users/{graph.user_id(0)}/assignLicense"
    mine = "11111111-2222-4333-8444-555555555555"
    response = graph.post(path, {}, headers={"client-request-id": mine})
    inner = response.json()["error"]["innerError"]
    assert inner["client-request-id"] == mine
    assert inner["date"] == "2026-11-20T09:00:00"
    assert len(inner["request-id"]) == 36
    assert response.headers["client-request-id"] == mine


def test_an_unknown_user_is_not_found(serve):
    graph = serve()
    response = graph.post("/users/nobody@contoso.example/assignLicense", license_body(add=[E4]))
    assert error(response) == (
        404,
        "Request_ResourceNotFound",
        "Resource 'nobody@contoso.example' does not exist or one of its queried "
        "reference-property objects are not present.",
    )


def test_a_deleted_user_frees_the_seat_and_is_gone(serve):
    graph = serve()
    user_id = graph.user_id(0)
    assert graph.http.delete(f"/contoso/v1.0/users/{user_id}").status_code == 204
    assert graph.sku(E4)["consumedUnits"] == 2
    assert graph.get(f"/users/{user_id}").status_code == 404
    assert len(graph.get("/users").json()["value"]) == 4


def test_a_suspended_subscription_gives_no_license(serve):
    graph = serve(
        subscriptions=[
            {"sku": E4, "seats": 5},
            {"sku": E5, "seats": 5, "status": "Suspended"},
        ]
    )
    sku = graph.sku(E5)
    assert (sku["capabilityStatus"], sku["prepaidUnits"]["suspended"]) == ("Suspended", 5)
    assert graph.assign(0, add=[E5]).status_code == 400


def test_seats_in_grace_can_still_be_given(serve):
    graph = serve(subscriptions=[{"sku": E4, "seats": 5, "status": "Warning"}])
    assert graph.sku(E4)["prepaidUnits"]["warning"] == 5
    assert graph.assign(3, add=[E4]).status_code == 200
