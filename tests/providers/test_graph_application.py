"""One token for each sign-in of a command, however often a tenant is opened."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from runner.model.findings import NotAllowed
from runner.model.ids import tenant_id
from runner.model.spec import Auth
from runner.providers.graph import application as module
from runner.providers.graph.application import Application
from runner.providers.graph.clouds import endpoint_of
from runner.providers.graph.pace import ApplicationPace
from tests.providers.served import tenant

SCOPE = "https://graph.microsoft.com/.default"
ENDPOINT = "http://127.0.0.1:1/v1.0"


class Authority:
    """Issues tokens and counts them."""

    def __init__(self, patch: pytest.MonkeyPatch, *, life_s: float = 3600.0) -> None:
        self.issued = 0
        self.closed = 0
        self.life_s = life_s
        self.refused = 0
        patch.setattr(module, "credential", lambda *_: self)

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        """Issue one more, which takes a while; the first is refused where that is wanted."""
        self.issued += 1
        token = AccessToken(f"token-{self.issued}", int(time.time() + self.life_s))
        await asyncio.sleep(0)
        if self.issued <= self.refused:
            raise ClientAuthenticationError("refused")
        return token

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


def test_who_asks_at_once_signs_in_once_in_every_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    authority, application = Authority(monkeypatch), Application()

    async def many() -> list[str]:
        return await asyncio.gather(*(_token(application) for _ in range(16)))

    assert set(asyncio.run(many())) == {"token-1"}
    authority.life_s = 1.0
    application = Application()
    assert len(set(asyncio.run(many()))) == 16, "such a token is good for nobody else"
    assert len(set(asyncio.run(many()))) == 16


async def test_a_refused_sign_in_is_tried_again_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority, application = Authority(monkeypatch), Application()
    authority.refused = 1
    asked = (_token(application) for _ in range(3))
    first, *others = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, NotAllowed)
    assert others == ["token-2", "token-2"]


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


def test_each_application_has_quotas_of_its_own_over_all_its_tenants() -> None:
    application = Application()

    def pace(*, of: str, app: str | None) -> ApplicationPace:
        auth = Auth(method="client_secret", client_id=app)
        who = replace(tenant(ENDPOINT), tenant_id=tenant_id(of), auth=auth)
        return application.pace(who, endpoint_of(who))

    assert pace(of="a", app="one") is pace(of="b", app="one")
    assert pace(of="a", app="one") is not pace(of="b", app="two")
    assert pace(of="a", app=None) is pace(of="b", app=None)
