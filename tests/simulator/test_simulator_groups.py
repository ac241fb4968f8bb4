"""Check how groups give and take licenses in the background, member by member."""

from __future__ import annotations

import pytest

from tests.simulator.served import E3, E4, E5, SWAY, license_body
from tests.simulator.test_simulator_licenses import error

SLOW = {"delay": "60s", "rate": 1}
VISIO = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
SEATS = [{"sku": E4, "seats": 20}, {"sku": E5, "seats": 20}, {"sku": VISIO, "seats": 2}]


def sales(serve, *, count=3, **changes):
    """Serve a tenant whose group Sales gives E4 to its members."""
    given = {
        "subscriptions": SEATS,
        "groups": [{"name": "Sales", "licenses": ["ENTERPRISEWITHSCAL"]}],
        "users": [{"count": count, "usage_location": "IT", "groups": ["Sales"]}],
        "group_licensing": {"rate": "instant"},
    }
    return serve(**(given | changes))


def group_id(graph, name="Sales"):
    """Return the id of a group."""
    return graph.tenant.group_called(name).id


def give(graph, *, name="Sales", **body):
    """Change the licenses of a group."""
    return graph.post(f"/groups/{group_id(graph, name)}/assignLicense", license_body(**body))


def rows(graph, index):
    """Return the license rows of a user as SKU, group, state and error."""
    path = f"/users/{graph.user_id(index)}?$select=licenseAssignmentStates"
    found = graph.get(path).json()["licenseAssignmentStates"]
    names = {group.id: group.name for group in graph.tenant.groups.values()} | {None: None}
    return sorted(
        (row["skuId"], names[row["assignedByGroup"]], row["state"], row["error"]) for row in found
    )


def processing(graph, name="Sales"):
    """Return how far a group's licenses have reached its members."""
    path = f"/groups/{group_id(graph, name)}?$select=licenseProcessingState"
    return graph.get(path).json()["licenseProcessingState"]["state"]


def in_error(graph, name="Sales"):
    """Return the ids of a group's members in error."""
    answer = graph.get(f"/groups/{group_id(graph, name)}/membersWithLicenseErrors?$select=id")
    return [user["id"] for user in answer.json()["value"]]


def reprocess(graph, index):
    """Ask to process a user's inherited licenses again."""
    return graph.http.post(f"/contoso/v1.0/users/{graph.user_id(index)}/reprocessLicenseAssignment")


def test_a_group_call_is_accepted_with_its_location_and_shows_no_licenses(serve):
    graph = sales(serve)
    response = give(graph, add=[E5], remove=[E4])
    assert response.status_code == 202
    assert response.headers["location"].endswith(
        f"/directoryObjects/{group_id(graph)}/Microsoft.DirectoryServices.Group"
    )
    assert response.json()["displayName"] == "Sales"
    assert "assignedLicenses" not in response.json()


def test_a_group_call_needs_both_keys(serve):
    graph = sales(serve)
    response = graph.post(f"/groups/{group_id(graph)}/assignLicense", {"addLicenses": []})
    assert error(response)[2].endswith("The missing parameters are: removeLicenses.")


def test_a_swap_reaches_members_one_by_one_and_leaves_nobody_without(serve):
    graph = sales(serve, group_licensing=SLOW)
    give(graph, add=[E5], remove=[E4])
    assert processing(graph) == "QueuedForProcessing"
    assert [list(graph.held(index)) for index in range(3)] == [[E4], [E4], [E4]]
    graph.world.advance("62s")
    assert processing(graph) == "ProcessingInProgress"
    assert [list(graph.held(index)) for index in range(3)] == [[E5], [E5], [E4]]
    graph.world.advance("1s")
    assert processing(graph) == "ProcessingComplete"
    assert list(graph.held(2)) == [E5]
    ids = [graph.user_id(index) for index in range(3)]
    assert graph.tenant.ever_unlicensed(ids, among=[E4, E5]) == []


def test_each_member_changes_at_its_own_moment(serve):
    graph = sales(serve, group_licensing=SLOW)
    give(graph, add=[E5], remove=[E4])
    graph.world.advance("1h")
    path = f"/users/{graph.user_id(1)}?$select=licenseAssignmentStates"
    row = graph.get(path).json()["licenseAssignmentStates"][0]
    assert row["lastUpdatedDateTime"] == "2026-11-20T09:01:02Z"


def test_calls_on_one_group_are_done_in_turn_and_members_follow_what_it_gives_by_then(serve):
    graph = sales(serve, group_licensing={"rate": 1})
    give(graph, add=[E5])
    graph.world.advance("2s")
    give(graph, remove=[E4])
    graph.world.advance("1s")
    both = sorted([E4, E5])
    assert [sorted(graph.held(index)) for index in range(3)] == [both, both, [E5]]
    assert processing(graph) == "ProcessingInProgress"
    graph.world.advance("3s")
    assert processing(graph) == "ProcessingComplete"
    assert [list(graph.held(index)) for index in range(3)] == [[E5], [E5], [E5]]


def test_the_groups_own_licenses_show_at_once_and_to_late_readers_later(serve):
    graph = sales(serve, group_licensing=SLOW, lag={"primary": "5s"})
    give(graph, add=[E5], remove=[E4])
    path = f"/groups/{group_id(graph)}?$select=assignedLicenses,licenseProcessingState"
    assert graph.get(path).json()["assignedLicenses"] == [{"disabledPlans": [], "skuId": E4}]
    graph.world.advance("6s")
    answer = graph.get(path).json()
    assert answer["assignedLicenses"] == [{"disabledPlans": [], "skuId": E5}]
    assert answer["licenseProcessingState"] == {"state": "QueuedForProcessing"}


def test_a_member_without_a_seat_is_in_error_and_the_others_are_not(serve):
    graph = sales(serve)
    assert give(graph, add=[VISIO]).status_code == 202
    assert [len(graph.held(index)) for index in range(3)] == [2, 2, 1]
    assert processing(graph) == "ProcessingComplete"
    assert in_error(graph) == [graph.user_id(2)]
    assert rows(graph, 2) == [
        (E4, "Sales", "ActiveWithError", "Other"),
        (VISIO, "Sales", "Error", "CountViolation"),
    ]
    assert graph.tenant.most_over_assigned[VISIO] == 0


def test_a_refused_swap_leaves_the_member_what_it_had(serve):
    graph = sales(serve, subscriptions=[{"sku": E4, "seats": 9}, {"sku": E5, "seats": 2}])
    give(graph, add=[E5], remove=[E4])
    assert rows(graph, 2) == [
        (E4, "Sales", "ActiveWithError", "Other"),
        (E5, "Sales", "Error", "CountViolation"),
    ]
    assert list(graph.held(2)) == [E4]
    graph.world.admin().resize(E5, seats=3)
    assert reprocess(graph, 2).status_code == 200
    assert rows(graph, 2) == [(E5, "Sales", "Active", "None")]


def test_of_a_groups_licenses_a_new_member_gets_all_or_none(serve):
    graph = sales(serve, users=[{"count": 1, "usage_location": "IT"}])
    graph.world.admin().cut(VISIO, seats=0)
    give(graph, add=[VISIO])
    graph.world.admin().join(graph.user_id(0), group="Sales")
    assert rows(graph, 0) == [
        (E4, "Sales", "Error", "Other"),
        (VISIO, "Sales", "Error", "CountViolation"),
    ]
    assert graph.held(0) == {}
    assert graph.tenant.consumed(E4) == 0


def test_late_readers_do_not_see_new_errors_yet(serve):
    graph = sales(serve, lag={"primary": "5s"})
    give(graph, add=[VISIO])
    assert in_error(graph) == []
    graph.world.advance("6s")
    assert in_error(graph) == [graph.user_id(2)]


def test_errors_of_groups_can_be_filtered_in_default_mode_only(serve):
    graph = sales(
        serve,
        groups=[{"name": "Sales", "licenses": [E4]}, {"name": "Fine", "licenses": [E4]}],
    )
    give(graph, add=[VISIO])
    path = "/groups?$select=displayName&$filter=hasMembersWithLicenseErrors eq true"
    found = graph.get(path).json()["value"]
    assert found == [{"displayName": "Sales"}]
    eventual = {"ConsistencyLevel": "eventual"}
    assert error(graph.get(f"{path}&$count=true", headers=eventual))[1] == (
        "Request_UnsupportedQuery"
    )
    assert graph.get("/groups?$select=hasMembersWithLicenseErrors").status_code == 400


def test_reprocessing_gives_what_a_group_could_not_give_before(serve):
    graph = sales(serve)
    give(graph, add=[VISIO])
    assert error(reprocess(graph, 2)) == (
        400,
        "Request_BadRequest",
        f"Subscription with SKU {VISIO} does not have any available licenses.",
    )
    graph.world.admin().buy(VISIO, seats=1)
    assert in_error(graph) == [graph.user_id(2)]
    response = reprocess(graph, 2)
    assert (response.status_code, response.json()["id"]) == (200, graph.user_id(2))
    assert in_error(graph) == []
    assert sorted(graph.held(2)) == sorted([E4, VISIO])


def test_reprocessing_is_not_allowed_by_the_license_permission_alone(serve):
    graph = sales(serve, granted=["LicenseAssignment.ReadWrite.All"])
    assert reprocess(graph, 0).status_code == 403
    assert give(graph, add=[E5]).status_code == 202


def test_a_member_without_usage_location_takes_the_tenants_country(serve):
    graph = sales(
        serve,
        users=[{"groups": ["Sales"]}, {"groups": ["Sales"], "usage_location": "FR"}],
        locations={"forbidden": {"IT": ["SWAY"]}},
        country="IT",
    )
    give(graph, add=[E5])
    assert (E5, "Sales", "Error", "ProhibitedInUsageLocationViolation") in rows(graph, 0)
    assert (E5, "Sales", "Active", "None") in rows(graph, 1)
    user = graph.get(f"/users/{graph.user_id(0)}?$select=usageLocation").json()
    assert user["usageLocation"] is None


def test_plans_that_exclude_each_other_put_the_member_in_error(serve):
    graph = sales(
        serve,
        subscriptions=[{"sku": "STANDARDPACK", "seats": 9}, *SEATS],
        users=[{"groups": ["Sales"], "licenses": ["STANDARDPACK"], "usage_location": "IT"}],
        groups=[{"name": "Sales"}],
    )
    give(graph, add=[E5])
    assert (E5, "Sales", "Error", "MutuallyExclusiveViolation") in rows(graph, 0)
    assert error(reprocess(graph, 0))[2].endswith(" are mutually exclusive.")


def test_a_removal_that_an_add_on_forbids_leaves_the_license_active_with_an_error(serve):
    graph = sales(
        serve,
        subscriptions=[{"sku": "MCOMEETADV", "seats": 9}, *SEATS],
        users=[{"groups": ["Sales"], "licenses": ["MCOMEETADV"], "usage_location": "IT"}],
    )
    give(graph, remove=[E4])
    assert (E4, "Sales", "ActiveWithError", "DependencyViolation") in rows(graph, 0)
    assert E4 in graph.held(0)
    give(graph, add=[E5])
    assert (E5, "Sales", "Active", "None") in rows(graph, 0)
    assert E4 not in graph.held(0)


def test_a_proxy_address_in_use_is_a_uniqueness_violation(serve):
    graph = sales(
        serve,
        users=[{"groups": ["Sales"], "usage_location": "IT", "proxy_conflict": True}],
    )
    give(graph, add=[E5])
    assert (E5, "Sales", "Error", "UniquenessViolation") in rows(graph, 0)
    assert "proxyAddresses already exists" in error(graph.assign(0, add=[VISIO]))[2]


def test_a_group_must_itself_hold_what_its_add_ons_need(serve):
    graph = sales(serve, subscriptions=[{"sku": "MCOMEETADV", "seats": 9}, *SEATS])
    add_on = graph.tenant.visible_skus(graph.world.clock.now())[0].sku_id
    assert "depends on the service plan(s)" in error(give(graph, add=[add_on], remove=[E4]))[2]
    assert give(graph, add=[add_on]).status_code == 202


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"add": [E3]}, f"License {E3} does not correspond to a valid company License."),
        ({"remove": [E5]}, "Group does not have a corresponding license."),
        ({"add": [VISIO]}, f"License {VISIO} cannot be assigned to a user."),
        ({"add": [E5], "disabled": [VISIO]}, "does not belong to the subscription"),
    ],
)
def test_what_is_wrong_with_the_group_itself_is_said_at_once(serve, body, message):
    graph = sales(serve, company_skus=["VISIOCLIENT"])
    assert message in error(give(graph, **body))[2]


def test_changed_plans_of_a_group_replace_the_old_ones(serve):
    graph = sales(serve)
    give(graph, add=[E4], disabled=[SWAY])
    assert graph.held(0) == {E4: [SWAY]}
    give(graph, add=[E4])
    assert graph.held(0) == {E4: []}
    assert graph.sku(E4)["consumedUnits"] == 3


def test_what_one_of_two_groups_leaves_on_is_on_and_takes_one_seat(serve):
    graph = sales(
        serve,
        groups=[
            {"name": "Sales", "licenses": [{"sku": E4, "disabled": ["SWAY"]}]},
            {"name": "Rome", "licenses": [E4]},
        ],
        users=[{"groups": ["Sales", "Rome"], "usage_location": "IT"}],
    )
    assert graph.held(0) == {E4: []}
    assert graph.sku(E4)["consumedUnits"] == 1
    give(graph, name="Rome", remove=[E4])
    assert graph.held(0) == {E4: [SWAY]}


def test_a_direct_license_stays_when_the_group_swaps(serve):
    graph = sales(serve, users=[{"groups": ["Sales"], "licenses": [E4], "usage_location": "IT"}])
    give(graph, add=[E5], remove=[E4])
    assert rows(graph, 0) == [(E4, None, "Active", "None"), (E5, "Sales", "Active", "None")]


def test_only_first_level_members_inherit(serve):
    graph = sales(
        serve,
        groups=[
            {"name": "Sales", "licenses": [E4], "nested": ["Rome"]},
            {"name": "Rome"},
        ],
        users=[
            {"groups": ["Sales"], "usage_location": "IT"},
            {"groups": ["Rome"], "usage_location": "IT"},
        ],
    )
    give(graph, add=[E5])
    assert graph.held(1) == {}
    path = f"/groups/{group_id(graph)}"
    kinds = [row["@odata.type"] for row in graph.get(f"{path}/members").json()["value"]]
    assert kinds == ["#microsoft.graph.user", "#microsoft.graph.group"]
    cast = "microsoft.graph.user?$select=id"
    assert len(graph.get(f"{path}/members/{cast}").json()["value"]) == 1
    assert len(graph.get(f"{path}/transitiveMembers/{cast}").json()["value"]) == 2


def test_a_group_that_is_not_security_enabled_gives_nothing(serve):
    graph = sales(
        serve,
        groups=[
            {"name": "Sales", "kind": "m365", "security_enabled": False},
            {"name": "Rome", "kind": "m365"},
        ],
    )
    assert "not security-enabled" in error(give(graph, add=[E5]))[2]
    assert give(graph, name="Rome", add=[E5]).status_code == 202
    shown = graph.get(f"/groups/{group_id(graph)}").json()
    assert (shown["groupTypes"], shown["mailEnabled"]) == (["Unified"], True)


def test_who_joins_gets_the_licenses_and_who_leaves_loses_them_later(serve):
    graph = sales(serve, users=[{"usage_location": "IT"}], group_licensing=SLOW)
    members = f"/groups/{group_id(graph)}/members"
    reference = {"@odata.id": f"{graph.url}/v1.0/directoryObjects/{graph.user_id(0)}"}
    assert graph.post(f"{members}/$ref", reference).status_code == 204
    assert "already exist" in error(graph.post(f"{members}/$ref", reference))[2]
    assert graph.held(0) == {}
    graph.world.advance("61s")
    assert list(graph.held(0)) == [E4]
    address = f"/contoso/v1.0{members}/{graph.user_id(0)}/$ref"
    assert graph.http.delete(address).status_code == 204
    assert graph.http.delete(address).status_code == 404
    assert graph.get(members).json()["value"] == []
    graph.world.advance("61s")
    assert graph.held(0) == {}
    assert graph.tenant.ever_unlicensed([graph.user_id(0)], among=[E4]) == [graph.user_id(0)]


@pytest.mark.parametrize(
    ("group", "status"),
    [({"kind": "dynamic"}, 403), ({"synced": True}, 400)],
)
def test_membership_kept_elsewhere_cannot_be_edited_but_licenses_can(serve, group, status):
    graph = sales(serve, groups=[{"name": "Sales", "licenses": [E4], **group}])
    members = f"/groups/{group_id(graph)}/members"
    reference = {"@odata.id": f"/users/{graph.user_id(0)}"}
    assert graph.post(f"{members}/$ref", reference).status_code == status
    address = f"/contoso/v1.0{members}/{graph.user_id(0)}/$ref"
    assert graph.http.delete(address).status_code == status
    assert give(graph, add=[E5], remove=[E4]).status_code == 202
    assert list(graph.held(0)) == [E5]
    graph.world.admin().leave(graph.user_id(0), group="Sales")
    assert graph.held(0) == {}


def test_a_group_with_licenses_cannot_be_deleted(serve):
    graph = sales(serve)
    address = f"/contoso/v1.0/groups/{group_id(graph)}"
    assert "Unable to delete the group" in error(graph.http.delete(address))[2]
    give(graph, remove=[E4])
    assert graph.http.delete(address).status_code == 204
    assert graph.http.get(address).status_code == 404
    assert graph.held(0) == {}


def test_a_group_deleted_before_its_work_is_done_still_takes_its_licenses(serve):
    graph = sales(serve, group_licensing=SLOW)
    give(graph, remove=[E4])
    graph.http.delete(f"/contoso/v1.0/groups/{group_id(graph)}")
    graph.world.advance("1h")
    assert graph.tenant.consumed(E4) == 0


def test_a_deleted_member_is_left_out_of_the_work(serve):
    graph = sales(serve, group_licensing=SLOW)
    give(graph, add=[E5], remove=[E4])
    graph.world.admin().delete_user(graph.user_id(1))
    graph.world.advance("1h")
    assert (graph.tenant.consumed(E4), graph.tenant.consumed(E5)) == (0, 2)


def test_a_group_goes_by_its_id_alone_and_is_found_by_its_name(serve):
    graph = sales(serve)
    assert graph.get("/groups/Sales").status_code == 404
    found = graph.get("/groups?$select=id&$filter=displayName eq 'Sales'").json()["value"]
    assert found == [{"id": group_id(graph)}]


def test_group_calls_are_writes_in_the_log(serve):
    graph = sales(serve)
    give(graph, add=[E5])
    reprocess(graph, 0)
    graph.get("/groups")
    calls = graph.world.log.writes(tenant="contoso")
    assert [call.path.rpartition("/")[2] for call in calls] == [
        "assignLicense",
        "reprocessLicenseAssignment",
    ]
    assert E5.encode() in calls[0].body


def test_a_thousand_members_a_second_is_the_usual_pace(serve):
    seats = [{"sku": E4, "seats": 3000}, {"sku": E5, "seats": 3000}]
    graph = sales(serve, count=2000, subscriptions=seats, group_licensing={})
    give(graph, add=[E5], remove=[E4])
    graph.world.advance("1s")
    assert graph.tenant.consumed(E5) == 1000
    graph.world.advance("1s")
    assert graph.tenant.consumed(E5) == 2000


def test_the_state_tells_about_groups_that_give_licenses(serve):
    graph = sales(serve)
    give(graph, add=[VISIO])
    assert graph.http.get("/_control/state").json()["tenants"]["contoso"]["licensed_groups"] == [
        {
            "id": group_id(graph),
            "name": "Sales",
            "skus": ["ENTERPRISEWITHSCAL", "VISIOCLIENT"],
            "members": 3,
            "in_error": 1,
            "state": "ProcessingComplete",
        }
    ]


def test_joining_and_leaving_work_as_acts_over_http(serve):
    graph = sales(serve)
    body = {"user": graph.user_id(0), "group": "Sales"}
    answers = [graph.http.post(f"/_control/{act}", json=body) for act in ("join", "leave", "join")]
    assert [answer.status_code for answer in answers] == [409, 200, 200]
