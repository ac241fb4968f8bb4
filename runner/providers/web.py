"""Speak JSON with one signed-in service under one root: reads are tried again, writes are not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from runner.model.findings import NotAllowed, ProviderError, ReadIncomplete, Throttled, Unreachable
from runner.model.spec import Tenant
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.graph.clouds import CLOUDS, LOOPBACK, Endpoint
from runner.providers.graph.reading import backoff_s
from runner.providers.graph.refusing import said_by
from runner.providers.graph.reply import retry_after_s
from runner.providers.tls import trusted

if TYPE_CHECKING:
    import httpx

READ_ATTEMPTS = 6
CONNECTIONS = 8
ANSWER_TIMEOUT_S = 100.0
CONNECT_TIMEOUT_S = 15.0
DEFAULT_PAUSE_S = 5.0
LONGEST_PAUSE_S = 300.0
"""A longer pause than this is not waited out inside a run; the run says when to come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer; `status` 0 means that none came and nobody knows what happened.

    `body` is the parsed JSON, None where there is none; `headers` go by lower-case names.
    `is_unsent` says that there was not even a connection.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    is_unsent: bool = False

    @property
    def is_ok(self) -> bool:
        """Return whether the service did what it was asked."""
        return 200 <= self.status < 300

    @property
    def is_passing(self) -> bool:
        """Return whether asking again later may help."""
        return self.status in (0, 408, 429) or self.status >= 500


class Web:
    """One service, signed in to as a tenant says; `what` names it in messages."""

    def __init__(
        self,
        root: str,
        *,
        what: str,
        tenant: Tenant,
        clock: TenantClock,
        application: Application,
    ) -> None:
        self.root = root.rstrip("/")
        self.what = what
        self.clock = clock
        there = endpoint_at(self.root, cloud=tenant.cloud)
        self._credential = application.credential(tenant, there, to=what)
        self._scope = scope_of(self.root)
        self._lend = application.lend
        self._client: httpx.AsyncClient | None = None

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answered:
        """Return the answer to a GET, asked again while the trouble may pass.

        Raises: Unreachable when no usable answer came, Throttled, NotAllowed for 401.
        """
        answer = Answered(status=0)
        for attempt in range(1, READ_ATTEMPTS + 1):
            answer = await self.send("GET", path, headers=headers)
            if not answer.is_passing:
                return answer
            await self.clock.sleep(backoff_s(attempt))
        raise Unreachable(
            f"reading {self.what}: {answer.said or answer.status} after {READ_ATTEMPTS} tries",
            hint=f"check that {self.root} answers",
        )

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Send one call once; only a refusal for being too many is waited out and sent again.

        A second refusal in a row waits longer than it says: tries count against the caller.
        Source: commerce.md 3.4 (limits; 429: sleep `Retry-After`, then backoff), read 2026-11-23.

        Raises: Throttled for a pause too long to wait, NotAllowed when signing in did not work or
        the token is refused (401).
        """
        for attempt in range(READ_ATTEMPTS):
            answer = await self._send_once(method, path, body=body, headers=headers)
            if answer.status == 401:
                raise NotAllowed(f"{self.what} refuses the sign-in: 401", hint="check its `auth`")
            if answer.status != 429:
                return answer
            pause_s = retry_after_s(answer.headers.get("retry-after"), now=self.clock.now())
            await self._pause(DEFAULT_PAUSE_S if pause_s is None else pause_s)
            if attempt:
                await self.clock.sleep(backoff_s(attempt))
        raise Throttled(
            f"{self.what} refuses calls for being too many",
            retry_after_s=LONGEST_PAUSE_S,
            hint="run it again later",
        )

    async def _pause(self, seconds: float) -> None:
        if seconds > LONGEST_PAUSE_S:
            raise Throttled(
                f"{self.what} asks for a pause of {seconds:.0f} s",
                retry_after_s=seconds,
                hint="run it again after that",
            )
        await self.clock.sleep(seconds)

    async def _send_once(
        self, method: str, path: str, *, body: Any, headers: Mapping[str, str] | None
    ) -> Answered:
        import httpx

        sent = {"Accept": "application/json", "Authorization": f"Bearer {await self._token()}"}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        try:
            response = await self._open().request(
                method, self._address(path), content=content, headers={**sent, **(headers or {})}
            )
        except httpx.ConnectError as error:
            return Answered(status=0, said=said_by(error), is_unsent=True)
        except httpx.HTTPError as error:
            return Answered(status=0, said=type(error).__name__)
        self.clock.learn(response.headers.get("Date", ""))
        return _answered(response)

    def _address(self, path: str) -> str:
        """Return the whole address; one that is whole already must be of this service.

        One from the host's root on, as an answer may name it, has the path of our root already.

        Raises: ReadIncomplete for another host, so that no token is sent there.
        """
        here = urlsplit(self.root)
        if "://" not in path:
            bare = path.lstrip("/").removeprefix(f"{here.path}/".lstrip("/"))
            return f"{self.root}/{bare}"
        there = urlsplit(path)
        is_local = there.hostname in LOOPBACK and here.hostname in LOOPBACK
        if (there.scheme, there.port) != (here.scheme, here.port) or not (
            there.hostname == here.hostname or is_local
        ):
            raise ReadIncomplete(f"{self.what} leads to another host, {there.hostname}")
        return path.replace(f"{there.scheme}://{there.netloc}", f"{here.scheme}://{here.netloc}", 1)

    async def _token(self) -> str:
        return str((await self._credential.get_token(self._scope)).token)

    def _open(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=trusted(),
                transport=self._lend(at_most=CONNECTIONS),
                timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
                follow_redirects=False,
                trust_env=urlsplit(self.root).hostname not in LOOPBACK,
            )
        return self._client

    async def close(self) -> None:
        """Close connections and the credential."""
        if self._client is not None:
            await self._client.aclose()
        await self._credential.close()


def root_of(endpoint: str | None, *, own: str, where: str) -> str:
    """Return the root of a service: its own, or another on loopback.

    Raises: NotAllowed for any other host, which a token is not sent to.
    """
    root = (endpoint or own).rstrip("/")
    parts = urlsplit(root)
    if parts.hostname not in LOOPBACK and root != own:
        raise NotAllowed(
            f"a token for {own} is not sent to {parts.scheme}://{parts.netloc}",
            hint=f"use {own} or a loopback address",
            where=where,
        )
    return root


def scope_of(root: str) -> str:
    """Return what to ask a token for: derived from the host, so it is good nowhere else."""
    parts = urlsplit(root)
    return f"{parts.scheme}://{parts.netloc}/.default"


def endpoint_at(root: str, *, cloud: str) -> Endpoint:
    """Return the service under a root as what to sign in to, in a cloud."""
    return Endpoint(
        root=root,
        origin=root,
        host=root.split("://", 1)[-1],
        scope=scope_of(root),
        authority=CLOUDS[cloud].authority,
    )


def refused(answer: Answered, doing: str, *, roles: str = "") -> ProviderError:
    """Return the error of an answer that a read cannot go on from; `roles` are those it needs."""
    said = f"{doing}: {answer.status} {answer.said}".strip()
    if answer.status == 403:
        return NotAllowed(said, hint=roles or "check the roles of the sign-in")
    return ProviderError(said)


def _answered(response: httpx.Response) -> Answered:
    try:
        body = response.json() if response.content else None
    except ValueError:
        body = None
        if response.is_success:
            return Answered(status=0, said="an answer that is no JSON")
    return Answered(
        status=response.status_code,
        body=body,
        headers={key.lower(): value for key, value in response.headers.items()},
        said=_said(body),
    )


def _said(body: Any) -> str:
    """Return code and message of an error, in either of the two envelopes.

    Source: commerce.md 3.4 (`code`, `description`) and 3.6 (`error.code`), read 2026-11-23.
    """
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    error = inner if isinstance(inner, dict) else body
    words = (error.get("code"), error.get("message") or error.get("description"))
    return ": ".join(str(word) for word in words if word)
