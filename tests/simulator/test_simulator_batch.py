"""Check that batches are answered as Graph answers them."""

from __future__ import annotations

from tests.simulator.served import E4, E5, license_body

JSON = {"Content-Type": "application/json"}
SWAP = license_body(add=[E5], remove=[E4])


def swap(graph, index, **more):
    """Return the batch item that moves a user from E4 to E5."""
    url = f"/users/{graph.user_id(index)}/assignLicense"
    return {"id": str(index), "method": "POST", "url": url, "headers": JSON, "body": SWAP} | more


def statuses(response):
    """Return the inner statuses by id."""
    assert response.status_code == 200
    return {item["id"]: item["status"] for item in response.json()["responses"]}


def test_every_inner_call_has_its_own_status_and_the_batch_is_200(serve):
    graph = serve()
    response = graph.batch([swap(graph, index) for index in range(3)])
    assert statuses(response) == {"0": 200, "1": 200, "2": 400}


def test_answers_come_in_any_order(serve):
    graph = serve()
    calls = [{"id": str(number), "method": "GET", "url": "/organization"} for number in range(20)]
    orders = {tuple(statuses(graph.batch(calls))) for _ in range(3)}
    assert len(orders) == 3


def test_more_than_twenty_calls_are_refused(serve):
    graph = serve()
    calls = [{"id": str(number), "method": "GET", "url": "/organization"} for number in range(21)]
    assert graph.batch(calls).status_code == 400
    assert graph.batch([]).status_code == 400


def test_ids_that_differ_only_in_case_are_refused(serve):
    graph = serve()
    calls = [{"id": name, "method": "GET", "url": "/organization"} for name in ("a", "A")]
    assert graph.batch(calls).status_code == 400


def test_a_body_without_content_type_is_refused(serve):
    graph = serve()
    assert graph.batch([swap(graph, 0, headers={})]).status_code == 400
    assert graph.tenant.consumed(E5) == 0


def test_what_is_no_batch_is_refused(serve):
    graph = serve()
    assert graph.post("/$batch", {"calls": []}).status_code == 400
    assert graph.http.post("/contoso/v1.0/$batch", content=b"{").status_code == 400


def test_absolute_and_versioned_addresses_are_no_resources(serve):
    graph = serve()
    calls = [
        {"id": "1", "method": "GET", "url": f"{graph.url}/v1.0/users"},
        {"id": "2", "method": "GET", "url": "/v1.0/users"},
        {"id": "3", "method": "GET", "url": "users?$top=1"},
        {"id": "4", "method": "POST", "url": "/$batch", "headers": JSON, "body": {}},
    ]
    assert statuses(graph.batch(calls)) == {"1": 400, "2": 400, "3": 200, "4": 400}


def test_a_failed_prerequisite_fails_its_dependents(serve):
    graph = serve()
    calls = [
        swap(graph, 0, url="/users/nobody/assignLicense"),
        swap(graph, 1, dependsOn=["0"]),
        swap(graph, 2, dependsOn=["1"]),
    ]
    assert statuses(graph.batch(calls)) == {"0": 404, "1": 424, "2": 424}
    assert graph.tenant.consumed(E5) == 0


def test_a_prerequisite_must_come_earlier(serve):
    graph = serve()
    response = graph.batch([swap(graph, 0, dependsOn=["1"]), swap(graph, 1)])
    assert response.json()["error"]["message"] == "Invalid dependency for request Id : 0."


def test_the_sdks_misspelt_dependency_is_silently_ignored(serve):
    graph = serve()
    calls = [swap(graph, 0, url="/users/nobody/assignLicense"), swap(graph, 1, depends_on=["0"])]
    assert statuses(graph.batch(calls)) == {"0": 404, "1": 200}


def test_throttled_inner_calls_say_when_to_come_back_each_for_itself(serve):
    graph = serve(faults=[{"kind": 429, "on": "inner", "every": 2, "retry_after": 7}])
    response = graph.batch([swap(graph, 0), swap(graph, 1)])
    items = {item["status"]: item for item in response.json()["responses"]}
    assert set(items) == {200, 429}
    assert items[429]["headers"]["Retry-After"] == "7"
    assert "Retry-After" not in response.headers


def test_the_eventual_header_goes_inside(serve):
    graph = serve()
    url = "/users?$filter=assignedLicenses/$count eq 0&$count=true&$select=id"
    calls = [
        {"id": "1", "method": "GET", "url": url},
        {"id": "2", "method": "GET", "url": url, "headers": {"ConsistencyLevel": "eventual"}},
    ]
    response = graph.batch(calls)
    assert statuses(response) == {"1": 400, "2": 200}
    body = next(item["body"] for item in response.json()["responses"] if item["id"] == "2")
    assert body["@odata.count"] == 2


def test_an_empty_answer_has_no_body(serve):
    graph = serve()
    body = {"usageLocation": "IT"}
    url = f"/users/{graph.user_id(4)}"
    call = {"id": "1", "method": "PATCH", "url": url, "headers": JSON, "body": body}
    assert graph.batch([call]).json()["responses"][0] == {"id": "1", "status": 204, "headers": {}}


def test_the_log_holds_every_inner_body_as_it_came(serve):
    graph = serve()
    graph.batch([swap(graph, 0), swap(graph, 1)])
    calls = graph.world.log.writes(tenant="contoso")
    assert [call.path for call in calls] == [
        f"/users/{graph.user_id(index)}/assignLicense" for index in (0, 1)
    ]
    assert {call.batch for call in calls} == {1}
    assert b'"removeLicenses"' in calls[0].body
