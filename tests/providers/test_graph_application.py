"""One token for each sign-in of a command, however often a tenant is opened."""

import time
from dataclasses import replace
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from runner.model.ids import tenant_id
from runner.providers.graph import application as module
from runner.providers.graph.application import Application
from runner.providers.graph.clouds import endpoint_of
from tests.providers.served import tenant

SCOPE = "https://graph.microsoft.com/.default"
ENDPOINT = "http://127.0.0.1:1/v1.0"


class Authority:
    """Issues tokens and counts them."""

    def __init__(self, patch: pytest.MonkeyPatch, *, life_s: float = 3600.0) -> None:
        self.issued = 0
        self.closed = 0
        self.life_s = life_s
        patch.setattr(module, "credential", lambda *_: self)

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        """Issue one more."""
        self.issued += 1
        return AccessToken(f"token-{self.issued}", int(time.time() + self.life_s))

    async def close(self) -> None:
        """Count it."""
        self.closed += 1


async def _token(application: Application, *, of: str = "a", **options: Any) -> str:
    who = replace(tenant(ENDPOINT), tenant_id=tenant_id(of))
    credential = application.credential(who, endpoint_of(who))
    token = (await credential.get_token(SCOPE, **options)).token
    await credential.close()
    return str(token)


async def test_a_tenant_signs_in_once_however_often_it_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority, application = Authority(monkeypatch), Application()
    assert {await _token(application) for _ in range(3)} == {"token-1"}
    assert authority.closed == 3
    assert await _token(Application()) == "token-2"


async def test_tenants_never_share_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    Authority(monkeypatch)
    application = Application()
    assert await _token(application, of="a") != await _token(application, of="b")


async def test_a_token_near_its_end_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    Authority(monkeypatch, life_s=200.0)
    application = Application()
    assert await _token(application) != await _token(application)


async def test_a_challenge_is_answered_with_a_new_token(monkeypatch: pytest.MonkeyPatch) -> None:
    Authority(monkeypatch)
    application = Application()
    assert await _token(application) == "token-1"
    assert await _token(application, claims="{}") == "token-2"
    assert await _token(application) == "token-2"
