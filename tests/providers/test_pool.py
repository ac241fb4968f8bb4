"""Tenants share connections, and nothing but connections."""

import asyncio
import threading

import pytest

from runner.model.spec import Auth, SecretRef
from runner.providers import pool
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.graph.pace import Cost
from runner.providers.graph.transport import Transport
from tests.providers.scripted import Answer, scripted
from tests.providers.served import tenant


def _transport(url: str, application: Application, *, token: str) -> Transport:
    who = tenant(f"{url}/v1.0", auth=Auth(method="token", token=SecretRef(env=token)))
    return Transport(
        who, clock=TenantClock(), application=application, tell=lambda pause_s, refusals: None
    )


async def _ask(transport: Transport) -> None:
    assert (await transport.send("GET", "organization", cost=Cost(units=1))).is_ok


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(pool, "getproxies", dict)
    names = [f"TOKEN_{number}" for number in range(10)]
    for name in names:
        monkeypatch.setenv(name, f"secret-of-{name}")
    return names


async def test_the_next_tenant_goes_by_the_connection_of_the_last(tokens: list[str]) -> None:
    application = Application()
    with scripted(lambda _: Answer(body={})) as server:
        first = _transport(server.url, application, token=tokens[0])
        await _ask(first)
        for token in tokens[1:]:
            other = _transport(server.url, application, token=token)
            await _ask(other)
            await other.close()
        await _ask(first)
        await first.close()
    assert len({asked.peer for asked in server.asked}) == 1
    sent = [asked.headers["authorization"].removeprefix("Bearer ") for asked in server.asked]
    assert sent == [f"secret-of-{token}" for token in (*tokens, tokens[0])]


async def test_connections_end_with_the_last_tenant_and_begin_anew(tokens: list[str]) -> None:
    application = Application()
    with scripted(lambda _: Answer(body={})) as server:
        for token in tokens[:2]:
            alone = _transport(server.url, application, token=token)
            await _ask(alone)
            await alone.close()
            await alone.close()
    assert len({asked.peer for asked in server.asked}) == 2


async def test_one_tenant_asks_so_many_things_at_once_and_no_more(tokens: list[str]) -> None:
    under_way, most = 0, 0

    def script(_: object) -> Answer:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        busy.wait(0.05)
        under_way -= 1
        return Answer(body={})

    busy = threading.Event()
    with scripted(script) as server:
        eager = _transport(server.url, Application(), token=tokens[0])
        await asyncio.gather(*(_ask(eager) for _ in range(24)))
        await eager.close()
    assert 1 < most <= 8


async def test_behind_a_proxy_every_tenant_finds_its_own_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "getproxies", lambda: {"https": "http://127.0.0.1:9"})
    assert Application().lend(at_most=1) is None
