"""Find out how a sign-in fares at Graph: whose token it is, what it may do, what time it is."""

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import msgspec

from runner.model.findings import ProviderError
from runner.model.names import plain_text
from runner.model.spec import Tenant
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.graph.pace import Cost
from runner.providers.graph.reading import Forbidden, Reader
from runner.providers.graph.transport import Transport

_COST = Cost(units=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says of itself; one that says nothing has no permissions that are known.

    `permissions` are application roles or delegated scopes, None where the token tells none.
    """

    is_delegated: bool = False
    application: str = ""
    tenant_id: str = ""
    expires_at: datetime | None = None
    permissions: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found of one tenant's Graph.

    `organization` is the tenant's own name and `found_id` its id, as Graph tells them.
    `reads` maps each call that was tried to the refusal, None where it was answered. `ahead_s` is
    how far Graph's clock is ahead of this machine's, in seconds, None without any answer.
    """

    root: str
    claims: Claims
    organization: str
    found_id: str
    reads: Mapping[str, ProviderError | None]
    ahead_s: float | None


class _Organization(msgspec.Struct, rename="camel"):
    id: str
    display_name: str | None = None


class _Organizations(msgspec.Struct):
    value: list[_Organization]


async def examine(
    tenant: Tenant, *, calls: Collection[str], clock: TenantClock, application: Application
) -> Examined:
    """Sign in, read the organization, and try each of the reads; nothing is changed.

    Where Graph gives no usable answer, only that is told, of `organization`.
    Raises: NotAllowed, Unreachable where there is no token.
    """
    transport = Transport(
        tenant, clock=clock, application=application, tell=lambda _pause_s, _refusals: None
    )
    try:
        claims = claims_of(await transport.token())
        reader = Reader(transport, clock)
        parse = msgspec.json.Decoder(_Organizations).decode
        found = _Organization(id="")
        refusal: ProviderError | None = None
        try:
            answer = await reader.get("organization?$select=id,displayName", parse, cost=_COST)
            found = next(iter(answer.value), found)
        except ProviderError as error:
            refusal = error
        reads: dict[str, ProviderError | None] = {"organization": refusal}
        for call in calls if refusal is None or isinstance(refusal, Forbidden) else ():
            reads[call] = await _try(reader, call)
    finally:
        await transport.close()
    return Examined(
        root=transport.endpoint.root,
        claims=claims,
        organization=plain_text(found.display_name or ""),
        found_id=found.id,
        reads=MappingProxyType(reads),
        ahead_s=clock.ahead_s,
    )


async def _try(reader: Reader, call: str) -> ProviderError | None:
    try:
        await reader.get(call, msgspec.json.decode, cost=_COST)
    except ProviderError as error:
        return error
    return None


def claims_of(token: str) -> Claims:
    """Return what a JSON web token says of itself, unverified; an opaque one says nothing.

    The service judges tokens; this only tells a person what is in theirs.
    Source: Microsoft identity platform, "Access token claims reference" (`roles`, `scp`, `idtyp`,
    `appid`, `azp`, `tid`, `exp`), read 2026-11-23.
    """
    body = _body(token)
    if not body:
        return Claims()
    scopes, roles = body.get("scp"), body.get("roles")
    is_delegated = isinstance(scopes, str) and bool(scopes)
    named = scopes.split() if isinstance(scopes, str) and is_delegated else roles
    expires = body.get("exp")
    return Claims(
        is_delegated=is_delegated,
        application=str(body.get("appid") or body.get("azp") or ""),
        tenant_id=str(body.get("tid") or ""),
        expires_at=datetime.fromtimestamp(expires, UTC) if isinstance(expires, int) else None,
        permissions=frozenset(map(str, named)) if isinstance(named, list) else frozenset(),
    )


def _body(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        body = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return {}
    return body if isinstance(body, dict) else {}
