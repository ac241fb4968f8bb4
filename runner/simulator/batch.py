"""Take a batch apart, answer its calls and put the answers together in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from runner.simulator.errors import GraphError
from runner.simulator.graph import error_answer, fault_answer, remember, respond, spoil, strike
from runner.simulator.messages import Answer, Request
from runner.simulator.tenant import Tenant

REQUESTS_MAX = 20


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    method: str
    url: str
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b"")
    dependsOn: list[str] = []


class _Batch(msgspec.Struct, frozen=True, kw_only=True):
    requests: list[_Item]


def respond_batch(tenant: Tenant, request: Request) -> Answer:
    """Answer a whole batch.

    Source: Microsoft Graph, "Combine multiple HTTP requests using JSON batching", read
    2026-11-22.
    """
    faults = strike(tenant, request)
    error = next((fault for fault in faults if fault.status), None)
    if any(fault.kind == "drop" for fault in faults):
        answer = Answer(status=0, is_dropped=True)
    elif error is not None:
        answer = fault_answer(request, error)
    else:
        try:
            answer = _answer_items(tenant, request, items=_read(request.content))
        except GraphError as refusal:
            answer = error_answer(request, refusal)
    spoil(request, answer, faults=faults)
    remember(tenant, request, answer=answer, faults=faults, applied=error is None)
    return answer


def _read(content: bytes) -> Sequence[_Item]:
    try:
        items = msgspec.json.decode(content, type=_Batch).requests
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise _refused(f"Invalid batch payload format: {error}.") from None
    if not 1 <= len(items) <= REQUESTS_MAX:
        raise _refused(
            f"Number of batch request steps exceeds the maximum value of {REQUESTS_MAX}."
        )
    earlier: set[str] = set()
    for item in items:
        key = item.id.lower()
        if not item.id or key in earlier:
            raise _refused("Request Id is missing or is not unique within the batch payload.")
        if any(needed.lower() not in earlier for needed in item.dependsOn):
            raise _refused(f"Invalid dependency for request Id : {item.id}.")
        if item.body and not _has_content_type(item):
            raise _refused(
                f"Write request id : {item.id} does not contain Content-Type header or body."
            )
        earlier.add(key)
    return items


def _refused(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message=message)


def _has_content_type(item: _Item) -> bool:
    return any(name.lower() == "content-type" for name in item.headers)


def _answer_items(tenant: Tenant, outer: Request, *, items: Sequence[_Item]) -> Answer:
    number = outer.world.next_batch()
    failed: set[str] = set()
    answers: list[tuple[_Item, Answer]] = []
    for item in items:
        request = _inner(outer, item, number=number)
        if any(needed.lower() in failed for needed in item.dependsOn):
            text = "Failed to execute the request because a request it depends on failed."
            refusal = GraphError(424, "FailedDependency", message=text)
            answer = error_answer(request, refusal)
        else:
            answer = _respond_inner(tenant, request)
        if answer.status >= 400:
            failed.add(item.id.lower())
        answers.append((item, answer))
    if tenant.entry.answers.shuffle_batch:
        outer.world.random.shuffle(answers)
    shown = [_show(item, answer) for item, answer in answers if not answer.is_missing]
    delay_s = max(answer.delay_s for _, answer in answers)
    return Answer(body={"responses": shown}, delay_s=delay_s)


def _respond_inner(tenant: Tenant, request: Request) -> Answer:
    if request.path != "/$batch":
        return respond(tenant, request)
    return error_answer(request, _refused("A batch inside a batch is not supported."))


def _inner(outer: Request, item: _Item, *, number: int) -> Request:
    path, _, query = item.url.partition("?")
    path = "/" + path.lstrip("/") if "://" not in path else path
    segments = path.split("/") if "://" in path else path[1:].split("/")
    headers = {name.lower(): value for name, value in item.headers.items()}
    if "client-request-id" in outer.headers:
        headers.setdefault("client-request-id", outer.headers["client-request-id"])
    return Request(
        world=outer.world,
        method=item.method.upper(),
        path=path,
        segments=tuple(unquote(segment) for segment in segments if segment),
        query=dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        headers=headers,
        content=bytes(item.body),
        root=outer.root,
        app=outer.app,
        batch=number,
    )


def _show(item: _Item, answer: Answer) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": item.id, "status": answer.status, "headers": answer.headers}
    if answer.text is not None:
        shown["body"] = answer.text
        answer.headers["Content-Type"] = "text/plain"
    elif answer.body is not None:
        shown["body"] = answer.body
        answer.headers["Content-Type"] = "application/json"
    return shown
