"""Check that things go wrong exactly as asked."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx
import pytest

from runner.simulator import ScenarioError, World
from tests.simulator.served import E4, E5, contoso, license_body

JSON = {"Content-Type": "application/json"}


def swap(graph, index):
    """Return the batch item that moves a user from E4 to E5."""
    url = f"/users/{graph.user_id(index)}/assignLicense"
    body = license_body(add=[E5], remove=[E4])
    return {"id": str(index), "method": "POST", "url": url, "headers": JSON, "body": body}


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 502, 503, 504])
def test_any_status_can_be_answered_instead(serve, status):
    graph = serve(faults=[{"kind": status, "count": 1}])
    assert graph.get("/organization").status_code == status
    assert graph.get("/organization").status_code == 200


def test_a_fault_strikes_every_so_many_calls(serve):
    graph = serve(faults=[{"kind": 503, "every": 3}])
    found = [graph.get("/organization").status_code for _ in range(6)]
    assert found == [200, 200, 503, 200, 200, 503]


def test_a_fault_can_begin_late_and_end(serve):
    graph = serve(faults=[{"kind": 503, "after": 2, "count": 1}])
    found = [graph.get("/organization").status_code for _ in range(5)]
    assert found == [200, 200, 503, 200, 200]


def test_a_rate_is_kept_and_the_same_seed_repeats(serve):
    runs = []
    for _ in range(2):
        graph = serve(contoso(faults=[{"kind": 500, "rate": 0.2}]) | {"seed": 3})
        runs.append([graph.get("/organization").status_code for _ in range(200)])
    assert runs[0] == runs[1]
    assert 20 <= runs[0].count(500) <= 60


def test_a_fault_can_be_meant_for_some_users_only(serve):
    graph = serve(faults=[{"kind": 403, "users": ["user000002@contoso.onmicrosoft.com"]}])
    found = [graph.assign(index, add=[E4]).status_code for index in range(3)]
    assert found == [200, 403, 200]


def test_a_fault_can_be_meant_for_a_path_and_for_writes(serve):
    graph = serve(faults=[{"kind": 500, "on": ["/users", "write"]}])
    assert graph.get("/users").status_code == 200
    assert graph.assign(0, add=[E4]).status_code == 500


def test_the_whole_batch_can_be_throttled(serve):
    graph = serve(faults=[{"kind": 429, "on": "batch", "retry_after": 3}])
    response = graph.batch([swap(graph, 0)])
    assert (response.status_code, response.headers["Retry-After"]) == (429, "3")
    assert graph.tenant.consumed(E5) == 0


def test_retry_after_can_be_a_date_on_the_servers_clock_or_absent(serve):
    graph = serve(faults=[{"kind": 429, "retry_after": 30, "retry_after_form": "date"}])
    response = graph.get("/organization")
    wait = parsedate_to_datetime(response.headers["Retry-After"]) - parsedate_to_datetime(
        response.headers["Date"]
    )
    assert wait.total_seconds() == 30
    graph.world.set_faults([{"kind": 429, "retry_after_form": "none"}])
    assert "Retry-After" not in graph.get("/organization").headers


def test_a_write_can_be_applied_and_answered_504(serve):
    graph = serve(faults=[{"kind": "applied_unanswered", "count": 1}])
    assert graph.assign(0, add=[E5], remove=[E4]).status_code == 504
    assert graph.held(0) == {E5: []}
    again = graph.assign(0, add=[E5], remove=[E4])
    assert again.json()["error"]["message"] == "User does not have a corresponding license."


def test_a_write_inside_a_batch_can_be_applied_and_answered_504(serve):
    graph = serve(faults=[{"kind": "applied_unanswered", "on": "inner"}])
    response = graph.batch([swap(graph, 0)])
    assert response.json()["responses"][0]["status"] == 504
    assert graph.held(0) == {E5: []}


def test_a_whole_batch_can_be_applied_and_the_connection_dropped(serve):
    graph = serve(faults=[{"kind": "applied_unanswered", "on": "batch", "answer": "drop"}])
    with pytest.raises(httpx.TransportError):
        graph.batch([swap(graph, 0)])
    assert graph.tenant.consumed(E5) == 1


def test_a_connection_can_be_dropped_before_anything_is_done(serve):
    graph = serve(faults=[{"kind": "drop", "count": 1}])
    with pytest.raises(httpx.TransportError):
        graph.assign(0, add=[E5], remove=[E4])
    assert graph.held(0) == {E4: []}


def test_an_answer_can_be_missing_from_a_batch_applied_or_not(serve):
    graph = serve(faults=[{"kind": "missing_answer", "count": 1}])
    assert len(graph.batch([swap(graph, 0), swap(graph, 1)]).json()["responses"]) == 1
    assert graph.tenant.consumed(E5) == 2
    graph.world.set_faults([{"kind": "missing_answer", "applied": False}])
    assert graph.batch([swap(graph, 2)]).json()["responses"] == []
    assert graph.held(2) == {E4: []}


def test_a_read_can_be_stale_once(serve):
    graph = serve()
    graph.assign(0, add=[E5], remove=[E4])
    graph.world.set_faults([{"kind": "stale_read", "count": 1, "seconds": 60}])
    assert graph.held(0) == {E4: []}
    assert graph.held(0) == {E5: []}


def test_an_answer_can_be_slow(serve):
    graph = serve(faults=[{"kind": "slow", "seconds": 0.05}])
    start = time.monotonic()
    assert graph.get("/organization").status_code == 200
    assert time.monotonic() - start >= 0.05


def test_a_refusal_can_have_its_own_words(serve):
    text = "Another object with the same value for property proxyAddresses already exists."
    graph = serve(faults=[{"kind": 400, "on": "write", "message": text}])
    assert graph.assign(0, add=[E4]).json()["error"]["message"] == text


def test_faults_can_be_switched_while_it_runs(serve):
    graph = serve()
    body = {"faults": [{"kind": 500}]}
    shown = graph.http.post("/_control/faults", json=body).json()
    assert shown == {"contoso": [{"kind": "500", "met": 0, "struck": 0}]}
    assert graph.get("/organization").status_code == 500
    assert graph.http.get("/_control/faults").json()["contoso"][0]["struck"] == 1
    graph.http.post("/_control/faults", json={"faults": []})
    assert graph.get("/organization").status_code == 200


def test_the_log_says_what_was_applied_and_what_went_wrong(serve):
    graph = serve(faults=[{"kind": "applied_unanswered", "count": 1}])
    graph.assign(0, add=[E4])
    call = graph.world.log.writes()[0]
    assert (call.status, call.fault, call.applied) == (504, "applied_unanswered", True)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"kind": "explode"}, "'explode' is no kind of fault"),
        ({"kind": 299}, "'299' is no kind of fault"),
        ({"kind": 500, "on": "sundays"}, "'sundays' is no place"),
        ({"kind": 500, "rat": 1}, "unknown field `rat`"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(fault, text):
    with pytest.raises(ScenarioError, match=text):
        World.from_mapping(contoso(faults=[fault]))
