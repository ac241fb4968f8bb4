"""Every call of a batch gets its own answer, or nobody knows what became of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from runner.providers.graph.batch import Call, decode, encode
from runner.providers.graph.reasons import Reason, reason_of
from runner.providers.graph.reply import Reply, retry_after_s

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _outer(responses: Any, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps({"responses": responses}).encode())


def test_calls_are_numbered_and_say_what_their_body_is() -> None:
    body = json.loads(
        encode(
            [Call(method="GET", path="/users/a"), Call(method="POST", path="/x", body={"k": []})]
        )
    )
    assert body == {
        "requests": [
            {"id": "1", "method": "GET", "url": "/users/a"},
            {
                "id": "2",
                "method": "POST",
                "url": "/x",
                "headers": {"Content-Type": "application/json"},
                "body": {"k": []},
            },
        ]
    }


def test_shuffled_answers_find_their_calls() -> None:
    replies = decode(
        _outer(
            [{"id": "3", "status": 201}, {"id": "1", "status": 200}, {"id": "2", "status": 204}]
        ),
        3,
        now=NOW,
    )
    assert [reply.status for reply in replies] == [200, 204, 201]


def test_a_missing_answer_is_an_unknown_outcome() -> None:
    replies = decode(_outer([{"id": "2", "status": 200}]), 3, now=NOW)
    assert [reply.status for reply in replies] == [0, 200, 0]
    assert replies[0].is_passing


def test_an_answer_to_a_call_nobody_made_is_passed_over() -> None:
    replies = decode(_outer([{"id": "9", "status": 200}, {"id": "1", "status": 200}]), 1, now=NOW)
    assert [reply.status for reply in replies] == [200]


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"<html>", b"{}", b'{"responses": [{"id": 1}]}', b"\xff\xfe"]
)
def test_garbage_is_an_unknown_outcome_for_every_call(body: bytes) -> None:
    replies = decode(Reply(status=200, body=body), 2, now=NOW)
    assert [reply.status for reply in replies] == [0, 0]


def test_a_refused_batch_is_every_calls_answer() -> None:
    outer = Reply(status=503, retry_after_s=4.0)
    assert decode(outer, 3, now=NOW) == [replace(outer, is_of_batch=True)] * 3


@pytest.mark.parametrize("body", [None, "text", [], {"error": None}, {"error": {"code": None}}])
def test_an_inner_error_without_words_is_still_an_error(body: Any) -> None:
    (reply,) = decode(_outer([{"id": "1", "status": 400, "body": body}]), 1, now=NOW)
    assert (reply.status, reply.code, reply.message) == (400, "", "")


def test_an_inner_error_keeps_code_message_and_request_id() -> None:
    error = {"code": "Request_BadRequest", "message": "No.", "innerError": {"request-id": "r-1"}}
    (reply,) = decode(_outer([{"id": "1", "status": 400, "body": {"error": error}}]), 1, now=NOW)
    assert str(reply) == "400 Request_BadRequest: No. (request-id r-1)"


def test_inner_throttling_has_its_own_pause() -> None:
    rows = [
        {"id": "1", "status": 429, "headers": {"Retry-After": "11"}, "body": None},
        {"id": "2", "status": 429, "headers": {"retry-after": 3}},
        {"id": "3", "status": 429, "headers": None},
    ]
    replies = decode(_outer(rows), 3, now=NOW)
    assert [reply.retry_after_s for reply in replies] == [11.0, 3.0, None]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("10", 10.0),
        ("2.128", 2.128),
        ("0", 0.0),
        ("-5", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        ("soon", None),
        ("nan", 0.0),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(said: str | None, seconds: float | None) -> None:
    assert retry_after_s(said, now=NOW) == seconds


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Subscription with SKU x does not have any available licenses.", Reason.NO_SEATS),
        (
            "License assignment cannot be done for user with invalid usage location.",
            Reason.USAGE_LOCATION,
        ),
        ("User does not have a corresponding license.", Reason.NOT_HELD),
        (
            "User license is inherited from a group membership and it cannot be removed directly "
            "from the user.",
            Reason.INHERITED,
        ),
        (
            "License assignment failed because service plan a depends on the service plan(s) b",
            Reason.DEPENDENCY,
        ),
        (
            "License assignment failed because service plans a, b are mutually exclusive.",
            Reason.CONFLICT,
        ),
        ("License x does not correspond to a valid company License.", Reason.NOT_IN_TENANT),
        ("License x cannot be assigned to a user.", Reason.NOT_ASSIGNABLE),
        (
            "Another object with the same value for property proxyAddresses already exists.",
            Reason.ADDRESS,
        ),
        ("Something that was never seen before.", Reason.UNKNOWN),
        ("", Reason.UNKNOWN),
    ],
)
def test_graphs_words_tell_the_reason(message: str, reason: Reason) -> None:
    assert reason_of(Reply(status=400, code="Request_BadRequest", message=message)) is reason


@pytest.mark.parametrize(
    ("status", "reason"), [(401, Reason.SIGN_IN), (403, Reason.NOT_ALLOWED), (404, Reason.GONE)]
)
def test_some_statuses_tell_the_reason_without_words(status: int, reason: Reason) -> None:
    assert reason_of(Reply(status=status)) is reason
