"""What one process shares over all tenants: the application's quotas, and tokens."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from runner.model.spec import Tenant
from runner.providers.graph.clouds import Endpoint
from runner.providers.graph.pace import ApplicationPace
from runner.providers.graph.refusing import signing_in
from runner.providers.graph.signin import credential

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

    from runner.providers.pool import Pool

RENEWED_BEFORE_S = 300.0
"""How long before its end a token is no longer handed out."""


class Application:
    """The quotas of each application over all its tenants, the tokens given, the connections.

    A tenant is opened more than once in a command, to plan and to apply: it signs in once. An
    application is told by its client id; those that name none count as one.
    """

    def __init__(self) -> None:
        self._paces: dict[tuple[str, str], ApplicationPace] = {}
        self._tokens = Tokens()
        self._pool: Pool | None = None

    def lend(self, *, at_most: int) -> Any:
        """Return the way out for one client with so many requests at once, None for its own."""
        from runner.providers.pool import Pool

        self._pool = self._pool or Pool()
        return self._pool.lend(at_most=at_most)

    def pace(self, tenant: Tenant, endpoint: Endpoint) -> ApplicationPace:
        """Return the pace of the application that a tenant is signed in to with."""
        who = (tenant.auth.client_id or "", endpoint.host)
        return self._paces.setdefault(who, ApplicationPace())

    def credential(self, tenant: Tenant, endpoint: Endpoint, *, to: str = "") -> Any:
        """Return the credential of a tenant, which asks for no token that is there already.

        `to` names the service where it is not Graph. To ask it for a token raises NotAllowed, and
        Unreachable without an answer.
        Raises: NotAllowed, SecretMissing.
        """
        return _Kept(tenant, endpoint, tokens=self._tokens, to=to)


class Tokens:
    """The tokens of one process, and who is asking for one: many tenants may share a sign-in."""

    def __init__(self) -> None:
        self.kept: dict[Any, AccessToken] = {}
        self._turns: dict[Any, asyncio.Lock] = {}

    @asynccontextmanager
    async def turn(self, key: object) -> AsyncIterator[None]:
        """Let one at a time ask for a token, so that the others find it."""
        turn = self._turns.setdefault(key, asyncio.Lock())
        try:
            async with turn:
                yield
        finally:
            self._turns.pop(key, None)


class _Kept:
    """A credential that remembers its tokens; one that must answer a challenge is asked anew."""

    def __init__(self, tenant: Tenant, endpoint: Endpoint, *, tokens: Tokens, to: str) -> None:
        self._asked = credential(tenant, endpoint)
        self._tokens = tokens
        self._tenant = tenant
        self._to = to
        self._who = (tenant.tenant_id, tenant.auth, endpoint.authority)

    async def get_token(
        self, *scopes: str, claims: str | None = None, **options: Any
    ) -> "AccessToken":
        """Return a token that is good for some minutes at least."""
        key = (self._who, scopes)
        async with self._tokens.turn(key):
            kept = self._tokens.kept.get(key)
            if kept is None or claims or kept.expires_on - time.time() < RENEWED_BEFORE_S:
                where = str(self._tenant.auth.where or self._tenant.where)
                with signing_in(self._tenant.auth, to=self._to, where=where):
                    kept = await self._asked.get_token(*scopes, claims=claims, **options)
                self._tokens.kept[key] = kept
            return kept

    async def close(self) -> None:
        """Close what the credential has open; the tokens stay."""
        await self._asked.close()

    async def __aenter__(self) -> "_Kept":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()
