"""Take calls over HTTP and hand them to the tenant they are for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from runner.simulator.azure import respond_billing
from runner.simulator.azure_context import PREFIX as AZURE
from runner.simulator.batch import respond_batch
from runner.simulator.clock import http_date
from runner.simulator.control import control
from runner.simulator.errors import GraphError
from runner.simulator.graph import error_answer, new_id, respond
from runner.simulator.messages import Answer, Request
from runner.simulator.partner import respond_partner
from runner.simulator.partner_context import PREFIX as PARTNER
from runner.simulator.tokens import identify, instance_discovery, issue, openid_configuration
from runner.simulator.world import World

VERSION = "v1.0"
METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]

Respond = Callable[[World, HttpRequest, bytes], Answer]
Endpoint = Callable[[HttpRequest], Awaitable[Response]]


def create_app(world: World) -> Starlette:
    """Return the application that serves a world."""

    async def steer(http: HttpRequest) -> Response:
        return await control(world, http)

    async def token(http: HttpRequest) -> Response:
        return await _token(world, http)

    async def discovery(http: HttpRequest) -> Response:
        name = http.path_params["tenant"]
        try:
            return _json(world, openid_configuration(world, name, root=_origin(http)))
        except LookupError as error:
            return _json(
                world, {"error": "invalid_tenant", "error_description": str(error)}, status=400
            )

    async def instance(http: HttpRequest) -> Response:
        return _json(world, instance_discovery(root=_origin(http)))

    return Starlette(
        routes=[
            Route("/_control/{act}", steer, methods=["GET", "POST"]),
            Route("/common/discovery/instance", instance),
            Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"]),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", discovery),
            Route(AZURE + "/{path:path}", _endpoint(world, _answer_billing), methods=METHODS),
            Route(PARTNER + "/{path:path}", _endpoint(world, _answer_partner), methods=METHODS),
            Route("/{path:path}", _endpoint(world, _answer), methods=METHODS),
        ]
    )


def _endpoint(world: World, respond: Respond) -> Endpoint:
    async def serve(http: HttpRequest) -> Response:
        return await _serve(world, http, respond=respond)

    return serve


async def _serve(world: World, http: HttpRequest, *, respond: Respond) -> Response:
    content = await http.body()
    with world.lock:
        answer = respond(world, http, content)
    if answer.delay_s:
        await asyncio.sleep(answer.delay_s)
    if answer.is_dropped:
        return await _drop(http)
    return _response(world, http, answer=answer)


def _answer(world: World, http: HttpRequest, content: bytes) -> Answer:
    segments = tuple(part for part in http.scope["path"].split("/") if part)
    prefix = None if segments[:1] == (VERSION,) else segments[0] if segments else None
    rest = segments[1:] if prefix is None else segments[2:]
    request = Request(
        world=world,
        method=http.method,
        path="/" + "/".join(rest),
        segments=rest,
        query=dict(http.query_params),
        headers=_headers(http),
        content=content,
        root=f"{_origin(http)}{'/' + prefix if prefix else ''}/{VERSION}",
    )
    try:
        if VERSION not in segments[:2]:
            raise GraphError(
                404, "ResourceNotFound", message="Invalid version, only v1.0 is served."
            )
        authorization = request.headers.get("authorization")
        tenant, request.app = identify(world, authorization, prefix=prefix)
    except LookupError as error:
        return error_answer(request, GraphError(404, "ResourceNotFound", message=str(error)))
    except GraphError as refusal:
        return error_answer(request, refusal)
    if rest == ("$batch",) and http.method == "POST":
        return respond_batch(tenant, request)
    return respond(tenant, request)


def _answer_billing(world: World, http: HttpRequest, content: bytes) -> Answer:
    return respond_billing(world, _commerce_request(world, http, content))


def _answer_partner(world: World, http: HttpRequest, content: bytes) -> Answer:
    return respond_partner(world, _commerce_request(world, http, content))


def _commerce_request(world: World, http: HttpRequest, content: bytes) -> Request:
    path = http.scope["path"]
    return Request(
        world=world,
        method=http.method,
        path=path,
        segments=tuple(part for part in path.split("/") if part),
        query=dict(http.query_params),
        headers=_headers(http),
        content=content,
        root=_origin(http),
    )


def _headers(http: HttpRequest) -> Mapping[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in http.headers.raw}


def _origin(http: HttpRequest) -> str:
    return f"{http.scope['scheme']}://{http.headers.get('host', 'localhost')}"


def _response(world: World, http: HttpRequest, *, answer: Answer) -> Response:
    request_id = new_id(world)
    headers = {
        "Date": http_date(world.clock.now()),
        "request-id": request_id,
        "client-request-id": http.headers.get("client-request-id", request_id),
        "OData-Version": "4.0",
        **answer.headers,
    }
    if answer.text is not None:
        return Response(answer.text, answer.status, headers, media_type="text/plain")
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    content = msgspec.json.encode(answer.body)
    return Response(content, answer.status, headers, media_type="application/json")


async def _drop(http: HttpRequest) -> Response:
    transport = http.scope.get("state", {}).get("transport")
    if transport is None:
        raise ConnectionAbortedError("this server cannot drop a connection")
    transport.abort()
    while (await http.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=500)


async def _token(world: World, http: HttpRequest) -> Response:
    form = await http.body()
    try:
        with world.lock:
            return _json(world, issue(world, http.path_params["tenant"], form=form))
    except GraphError as refusal:
        body = {"error": refusal.code, "error_description": refusal.message}
        return _json(world, body, status=refusal.status)


def _json(world: World, body: Mapping[str, Any], *, status: int = 200) -> Response:
    headers = {"Date": http_date(world.clock.now())}
    content = msgspec.json.encode(body)
    return Response(content, status, headers, media_type="application/json")
