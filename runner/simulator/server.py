"""Serve a world on loopback, in the foreground or for the length of a test."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from runner.simulator.app import create_app
from runner.simulator.world import World

PORT = 8365
BACKLOG = 512
KEEP_ALIVE_S = 75
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 0.2
TICK_S = 0.01

if TYPE_CHECKING:
    _Protocol: Any = AutoHTTPProtocol
else:
    _Protocol = AutoHTTPProtocol


class _DroppableProtocol(_Protocol):  # type: ignore[misc]
    """Let the application reach the connection of a call, to drop it without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app_state = {"transport": transport}


class _QuickServer(uvicorn.Server):
    """Stop within milliseconds, where uvicorn waits for its ticks: tests start hundreds."""

    async def main_loop(self) -> None:
        while not self.should_exit:  # noqa: ASYNC110 - a signal only sets the flag
            await asyncio.sleep(TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while self.server_state.connections and time.monotonic() < deadline:
            for connection in list(self.server_state.connections):
                connection.shutdown()
            await asyncio.sleep(TICK_S / 5)


def _server(
    world: World, *, certfile: str | None = None, keyfile: str | None = None
) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(world),
        http=_DroppableProtocol,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
        ssl_certfile=certfile,
        ssl_keyfile=keyfile,
    )
    return _QuickServer(config)


def _listen(host: str, port: int) -> socket.socket:
    if not is_loopback(host):
        raise ValueError(f"{host} is not a loopback address, use 127.0.0.1")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off only where the protocol is named, 40 ms a call.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def is_loopback(host: str) -> bool:
    """Return whether an address is reachable from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    tls: tuple[str, str] | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a world until interrupted; `ready` is called with the address first.

    Raises: ValueError when the host is not a loopback address, OSError when the port is taken.
    """
    certfile, keyfile = tls or (None, None)
    listener = _listen(host, port)
    server = _server(world, certfile=certfile, keyfile=keyfile)
    if ready is not None:
        scheme = "https" if tls else "http"
        ready(f"{scheme}://{host}:{listener.getsockname()[1]}")
    server.run(sockets=[listener])


@contextmanager
def running(world: World, *, tls: tuple[str, str] | None = None) -> Iterator[str]:
    """Serve a world on a free loopback port in a thread and yield its address."""
    certfile, keyfile = tls or (None, None)
    listener = _listen("127.0.0.1", 0)
    server = _server(world, certfile=certfile, keyfile=keyfile)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.002)
    if not server.started:
        raise RuntimeError("the simulator did not start in time")
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
