"""Send single requests to one tenant's Graph over msgraph-sdk's adapter, paced, as bytes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runner.model.findings import Throttled
from runner.model.spec import Tenant
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.graph.batch import Call, decode, encode
from runner.providers.graph.clouds import Endpoint, endpoint_of
from runner.providers.graph.pace import Cost, Pace
from runner.providers.graph.refusing import said_by
from runner.providers.graph.reply import Reply, reply_of
from runner.providers.tls import trusted

if TYPE_CHECKING:
    import httpx

CONNECTIONS = 8
ANSWER_TIMEOUT_S = 100.0
CONNECT_TIMEOUT_S = 15.0
LONGEST_PAUSE_S = 900.0
"""A longer pause than this is not waited out inside a run; the run says when to come back."""

NAP_S = 1.0
"""How soon somebody who waits notices that there is nothing left to wait for."""

DEFAULT_PAUSE_S = 5.0
"""Paused for after a 429 that names no time."""

SHORTEST_PAUSE_S = 1.0
TOLD_PAUSE_S = 2.0
"""A pause longer than this, or longer by this than the one that was told, is told."""

PAUSED_IN_ALL_S = 900.0
"""How long a tenant may go on refusing everything before the run says when to come back."""


TellPause = Callable[[float, int], None]
"""Takes in the seconds of a pause, and how often in a row calls were refused."""


@dataclass(slots=True)
class _Refusals:
    """How often in a row calls were refused for being too many, and since when."""

    in_a_row: int = 0
    since_s: float = 0.0
    paused_at_s: float = 0.0


class Transport:
    """One tenant's connection: signs in, paces, sends, and never repeats anything by itself."""

    def __init__(
        self,
        tenant: Tenant,
        *,
        clock: TenantClock,
        application: Application,
        tell: TellPause,
    ) -> None:
        self.tenant = tenant
        self.endpoint: Endpoint = endpoint_of(tenant)
        self.pace = Pace(application.pace(tenant, self.endpoint))
        self._clock = clock
        self._tell = tell
        self._told_until_s = 0.0
        self._credential = application.credential(tenant, self.endpoint)
        self._refusals = {True: _Refusals(), False: _Refusals()}
        self._too_long_s = 0.0
        self._http = self._open(application)
        self._adapter = self._adapt()

    def _open(self, application: Application) -> httpx.AsyncClient:
        import httpx
        from kiota_http.middleware.options import RedirectHandlerOption, RetryHandlerOption
        from msgraph.graph_request_adapter import options
        from msgraph_core import GraphClientFactory

        async def learn(response: httpx.Response) -> None:
            self._clock.learn(response.headers.get("Date", ""))

        client = httpx.AsyncClient(
            verify=trusted(),
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            transport=application.lend(at_most=CONNECTIONS),
            event_hooks={"response": [learn]},
            trust_env=self.endpoint.host.endswith((".com", ".us", ".cn")),
        )
        made: httpx.AsyncClient = GraphClientFactory.create_with_default_middleware(
            client=client,
            options={
                **options,
                RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0, should_retry=False),
                RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
            },
        )
        return made

    def _adapt(self) -> Any:
        from kiota_authentication_azure.azure_identity_authentication_provider import (
            AzureIdentityAuthenticationProvider,
        )
        from msgraph.graph_request_adapter import GraphRequestAdapter

        host = self.endpoint.host
        provider = AzureIdentityAuthenticationProvider(
            self._credential,
            scopes=[self.endpoint.scope],
            allowed_hosts=[host, f"[{host}]"] if ":" in host else [host],
        )
        adapter = GraphRequestAdapter(provider, client=self._http)
        adapter.base_url = self.endpoint.root
        return adapter

    async def send(
        self,
        method: str,
        url: str,
        *,
        cost: Cost,
        body: bytes | None = None,
        is_advanced: bool = False,
    ) -> Reply:
        """Send one request once its cost fits the quotas, and return what came back.

        Raises: NotAllowed when signing in did not work, Throttled for a pause too long to wait.
        """
        await self._enter(cost)
        sent_at_s = self._clock.monotonic_s()
        try:
            reply = await self._send_now(method, url, body=body, is_advanced=is_advanced)
        finally:
            self.pace.settle(cost, now=self._clock.monotonic_s())
        refusals = self._refusals[cost.writes > 0]
        if reply.status == 429 or (reply.status == 503 and reply.retry_after_s):
            self._pause(reply.retry_after_s, refusals, sent_at_s=sent_at_s)
        elif reply.is_ok and not url.endswith("$batch"):
            refusals.in_a_row = 0
        return reply

    async def send_batch(self, calls: Sequence[Call], *, cost: Cost) -> list[Reply]:
        """Send up to twenty calls as one request and return each one's own answer.

        Raises: NotAllowed when signing in did not work; a pause too long to wait is raised by the
        next call, so that the answers of this one are not lost.
        """
        await self.until_free(cost)
        sent_at_s = self._clock.monotonic_s()
        outer = await self.send("POST", "$batch", cost=cost, body=encode(calls))
        replies = decode(outer, len(calls), now=self._clock.now())
        refusals = self._refusals[cost.writes > 0]
        if any(reply.is_ok for reply in replies):
            refusals.in_a_row = 0
        throttled = [reply for reply in replies if reply.status == 429]
        if outer.is_ok and throttled:
            asked = [r.retry_after_s for r in throttled if r.retry_after_s is not None]
            self._pause(max(asked, default=None), refusals, sent_at_s=sent_at_s)
        return replies

    def _pause(self, seconds: float | None, refusals: _Refusals, *, sent_at_s: float) -> None:
        """Hold every call to the tenant back, as the service asked, longer with every refusal.

        Calls that were under way together when the first of them was refused count as one.
        """
        now_s = self._clock.monotonic_s()
        if not refusals.in_a_row:
            refusals.since_s = now_s
        if not refusals.in_a_row or sent_at_s >= refusals.paused_at_s:
            refusals.in_a_row += 1
            refusals.paused_at_s = now_s
        asked_s = DEFAULT_PAUSE_S if seconds is None else seconds
        grown_s = SHORTEST_PAUSE_S * 2 ** min(refusals.in_a_row - 1, 5)
        wait_s = max(asked_s, min(grown_s, DEFAULT_PAUSE_S * 6))
        self.pace.pause(wait_s, now=now_s)
        if now_s + wait_s - max(self._told_until_s, now_s) > TOLD_PAUSE_S:
            self._told_until_s = now_s + wait_s
            self._tell(wait_s, refusals.in_a_row)
        if wait_s > LONGEST_PAUSE_S or now_s - refusals.since_s > PAUSED_IN_ALL_S:
            self._too_long_s = wait_s

    async def until_free(self, cost: Cost, *, may_begin: Callable[[], bool] | None = None) -> None:
        """Wait until a call of this cost could be sent at once; nothing is reserved.

        The wait ends early once `may_begin` says that the call may not begin any more.

        Raises: Throttled when the service asks for a pause too long to wait.
        """
        if self._too_long_s:
            raise Throttled(
                f"Graph refuses calls and asks for a pause of {self._too_long_s:.0f} s",
                retry_after_s=self._too_long_s,
                hint="run it again after that",
            )
        while (wait_s := self.pace.wait_s(cost, now=self._clock.monotonic_s())) > 0:
            if may_begin is not None and not may_begin():
                return
            await self._clock.sleep(wait_s if may_begin is None else min(wait_s, NAP_S))

    async def _enter(self, cost: Cost) -> None:
        await self.until_free(cost)
        self.pace.reserve(cost)

    async def _send_now(
        self, method: str, url: str, *, body: bytes | None, is_advanced: bool
    ) -> Reply:
        import httpx

        request = self._request(method, url, body=body, is_advanced=is_advanced)
        try:
            response = await self._adapter.send_primitive_async(request, "bytes", {})
        except httpx.ConnectError as error:
            return Reply(status=0, message=said_by(error), is_unsent=True)
        except httpx.HTTPError as error:
            return Reply(status=0, message=type(error).__name__)
        return reply_of(
            response.status_code,
            headers=response.headers,
            body=response.content,
            now=self._clock.now(),
        )

    def _request(self, method: str, url: str, *, body: bytes | None, is_advanced: bool) -> Any:
        from kiota_abstractions.method import Method
        from kiota_abstractions.native_response_handler import NativeResponseHandler
        from kiota_abstractions.request_information import RequestInformation
        from kiota_http.middleware.options import ResponseHandlerOption

        request = RequestInformation()
        request.http_method = Method(method)
        request.url = url if "://" in url else f"{self.endpoint.root}/{url}"
        request.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        request.headers.add("Accept", "application/json")
        request.headers.add("client-request-id", str(uuid.uuid4()))
        request.headers.add("x-ms-throttle-priority", "Low")
        if is_advanced:
            request.headers.add("ConsistencyLevel", "eventual")
        if body is not None:
            request.set_stream_content(body, "application/json")
        return request

    async def token(self) -> str:
        """Return the bearer token that calls are sent with.

        Raises: NotAllowed when signing in did not work, Unreachable without an answer.
        """
        return str((await self._credential.get_token(self.endpoint.scope)).token)

    async def close(self) -> None:
        """Close connections and the credential; the SDK's client leaves sockets open."""
        transport = self._http._transport
        inner = getattr(transport, "transport", None)
        await self._http.aclose()
        if inner is not None:
            await inner.aclose()
        await self._credential.close()
