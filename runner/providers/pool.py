"""Share connections over tenants: the next one finds the door open."""

import asyncio
from urllib.request import getproxies

import httpx

from runner.providers.tls import trusted

IDLE_AT_MOST = 64
"""Connections that are kept open for the next request; more are opened where they are needed."""


class Pool:
    """The connections of all clients of a process, while any of them is open.

    Only connections are shared: every tenant has a client of its own, with its token and cookies.
    """

    def __init__(self) -> None:
        self._shared: httpx.AsyncHTTPTransport | None = None
        self._clients = 0

    def lend(self, *, at_most: int) -> httpx.AsyncBaseTransport | None:
        """Return a way out for one client with so many requests at once.

        None where this machine's settings name a proxy: then a client finds its own way.
        """
        if getproxies():
            return None
        if self._shared is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=IDLE_AT_MOST)
            self._shared = httpx.AsyncHTTPTransport(verify=trusted(), limits=limits)
        self._clients += 1
        return _Lent(self._shared, self, at_most=at_most)

    async def give_back(self) -> None:
        """Count one client less, and close all connections after the last one."""
        self._clients -= 1
        if not self._clients and self._shared is not None:
            shared, self._shared = self._shared, None
            await shared.aclose()


class _Lent(httpx.AsyncBaseTransport):
    """The shared connections, for one client."""

    def __init__(self, shared: httpx.AsyncHTTPTransport, pool: Pool, *, at_most: int) -> None:
        self._shared = shared
        self._pool: Pool | None = pool
        self._room = asyncio.Semaphore(at_most)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request by the shared connections."""
        async with self._room:
            return await self._shared.handle_async_request(request)

    async def aclose(self) -> None:
        """Give the connections back, once."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.give_back()
