"""Tokens go to Microsoft's hosts of the tenant's cloud or to this machine, and are never shown."""

import base64
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.identity import CredentialUnavailableError

from runner.model.findings import NotAllowed, RunnerError, Unreachable, WrongTenant
from runner.model.spec import Auth, SecretRef
from runner.providers.graph import job_token
from runner.providers.graph.clouds import CLOUDS, endpoint_of
from runner.providers.graph.consented import Consented
from runner.providers.graph.refusing import signing_in
from runner.providers.graph.signin import credential, read_secret
from runner.simulator import World, running
from tests.providers.scripted import TENANT_ID, Answer, refusal, scripted
from tests.providers.served import E4, opened, scene, swap, tenant, world_at

SECRET = "hush-hush-5f1e"
LOOPBACK = "http://127.0.0.1:9/v1.0"


@pytest.mark.parametrize(
    ("cloud", "graph", "authority"),
    [
        ("global", "https://graph.microsoft.com", "login.microsoftonline.com"),
        ("us_gov_high", "https://graph.microsoft.us", "login.microsoftonline.us"),
        ("us_gov_dod", "https://dod-graph.microsoft.us", "login.microsoftonline.us"),
        ("china", "https://microsoftgraph.chinacloudapi.cn", "login.chinacloudapi.cn"),
    ],
)
def test_each_cloud_has_its_own_hosts(cloud: str, graph: str, authority: str) -> None:
    endpoint = endpoint_of(tenant(None, cloud=cloud))
    assert endpoint.root == f"{graph}/v1.0"
    assert endpoint.scope == f"{graph}/.default"
    assert endpoint.authority == authority


def test_the_table_of_clouds_is_the_languages() -> None:
    assert set(CLOUDS) == {"global", "us_gov_high", "us_gov_dod", "china"}


@pytest.mark.parametrize(
    "graph_endpoint",
    [
        "https://graph.microsoft.us/v1.0",
        "http://graph.microsoft.com/v1.0",
        "https://graph.microsoft.com.evil.example/v1.0",
        "https://graph.microsoft.com@evil.example/v1.0",
        "https://evil.example/v1.0",
        "http://10.0.0.1/v1.0",
        "http://127.0.0.1.evil.example/v1.0",
        "http://localhost.evil.example/v1.0",
        "ftp://graph.microsoft.com/v1.0",
        "graph.microsoft.com/v1.0",
        "",
        "https:///v1.0",
    ],
)
def test_no_token_is_sent_to_any_other_host(graph_endpoint: str) -> None:
    if not graph_endpoint:
        assert endpoint_of(tenant(graph_endpoint)).host == "graph.microsoft.com"
        return
    with pytest.raises(NotAllowed) as caught:
        endpoint_of(tenant(graph_endpoint))
    assert "inventory.yaml:3" in caught.value.where
    assert caught.value.hint


@pytest.mark.parametrize(
    "graph_endpoint",
    ["http://127.0.0.1:8365/v1.0", "http://localhost:8365/v1.0/", "http://[::1]:8365/v1.0"],
)
def test_loopback_may_be_plain_and_gets_a_token_of_its_own(graph_endpoint: str) -> None:
    endpoint = endpoint_of(tenant(graph_endpoint))
    assert endpoint.root == graph_endpoint.rstrip("/")
    assert "microsoft" not in endpoint.scope


async def test_a_ready_token_comes_from_the_environment(token: str) -> None:
    ready = credential(tenant(LOOPBACK), endpoint_of(tenant(LOOPBACK)))
    assert (await ready.get_token("any")).token == token


async def test_a_ready_token_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n", encoding="utf-8")
    auth = Auth(method="token", token=SecretRef(file=str(tmp_path / "token")))
    ready = credential(tenant(LOOPBACK, auth=auth), endpoint_of(tenant(LOOPBACK)))
    assert (await ready.get_token("any")).token == SECRET


@pytest.mark.parametrize(
    ("reference", "summary"),
    [
        (SecretRef(env="NOBODY_SET_THIS"), "NOBODY_SET_THIS is not set"),
        (SecretRef(file="there/is/none"), "there/is/none cannot be read"),
        (None, "names no secret"),
    ],
)
def test_a_secret_that_is_not_there_is_said(reference: SecretRef | None, summary: str) -> None:
    with pytest.raises(NotAllowed, match=summary):
        read_secret(reference, Auth(method="token"))


def _pem(tmp_path: Path) -> Path:
    path = tmp_path / "app.pem"
    issued = trustme.CA().issue_cert("app.example", key_type=trustme.KeyType.RSA)
    issued.private_key_and_cert_chain_pem.write_to_path(path)
    return path


@pytest.mark.parametrize(
    ("auth", "kind"),
    [
        (Auth(method="managed_identity"), "ManagedIdentityCredential"),
        (Auth(method="managed_identity", client_id="45c48cce"), "ManagedIdentityCredential"),
        (
            Auth(method="workload_identity", client_id="45c48cce", token_file="token"),
            "WorkloadIdentityCredential",
        ),
        (Auth(method="azure_cli"), "AzureCliCredential"),
        (Auth(method="device_code", client_id="45c48cce"), "_DeviceCode"),
        (Auth(method="default"), "DefaultAzureCredential"),
        (
            Auth(method="client_secret", client_id="a", client_secret=SecretRef(env="APP_SECRET")),
            "ClientSecretCredential",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value.method,
)
async def test_every_way_to_sign_in_is_azure_identitys(
    monkeypatch: pytest.MonkeyPatch, auth: Auth, kind: str
) -> None:
    monkeypatch.setenv("APP_SECRET", SECRET)
    there = tenant(LOOPBACK, auth=auth, tenant_id=TENANT_ID)
    made = credential(there, endpoint_of(there))
    assert type(made).__name__ == kind
    assert SECRET not in f"{made!r}{made}"
    await made.close()


def test_a_thousand_sign_ins_leave_no_thousand_handlers_behind(token: str) -> None:
    who = tenant(LOOPBACK)
    credential(who, endpoint_of(who))
    before = len(logging.getLogger("azure").handlers)
    for _ in range(3):
        credential(who, endpoint_of(who))
    assert len(logging.getLogger("azure").handlers) == before


async def test_a_certificate_signs_in_too(tmp_path: Path) -> None:
    auth = Auth(
        method="certificate", client_id="a", certificate=SecretRef(file=str(_pem(tmp_path)))
    )
    there = tenant(LOOPBACK, auth=auth, tenant_id=TENANT_ID)
    made = credential(there, endpoint_of(there))
    assert type(made).__name__ == "CertificateCredential"
    await made.close()


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\xff\x00\x01"])
def test_a_file_that_is_no_certificate_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "app.pem").write_bytes(content)
    auth = Auth(
        method="certificate", client_id="a", certificate=SecretRef(file=str(tmp_path / "app.pem"))
    )
    there = tenant(LOOPBACK, auth=auth, tenant_id=TENANT_ID)
    with pytest.raises(RunnerError):
        credential(there, endpoint_of(there))


_SIGN_IN = """
import asyncio, os, sys
from runner.model.spec import Auth, SecretRef
from runner.providers.graph.clouds import Endpoint
from runner.providers.graph.consented import Consented
from runner.providers.graph.refusing import signing_in
from runner.providers.graph.signin import credential
from tests.providers.served import tenant

host, tenant_id, method, pem = sys.argv[1:]
origin = f"https://{host}"
endpoint = Endpoint(
    root=f"{origin}/v1.0", origin=origin, host=host, scope=f"{origin}/.default", authority=host
)
kept = SecretRef(env="APP_REFRESH_TOKEN") if "APP_REFRESH_TOKEN" in os.environ else None
auth = Auth(
    method=method,
    refresh_token=kept,
    client_id="app",
    client_secret=SecretRef(env="APP_SECRET"),
    certificate=SecretRef(file=pem),
)

async def main():
    async with credential(tenant(None, auth=auth, tenant_id=tenant_id), endpoint) as made:
        print((await made.get_token(endpoint.scope)).token)

asyncio.run(main())
"""
"""A process of its own: aiohttp takes the trusted authorities when it is imported."""


def _signed_in(
    folder: Path, method: str, *, tenant_id: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Sign in by an authority of our own, and return what came of it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    served = authority.issue_cert("127.0.0.1")
    served.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    served.private_key_pem.write_to_path(folder / "key.pem")
    kept = {"SSL_CERT_FILE": str(folder / "ca.pem"), "APP_SECRET": SECRET, **environment}
    world = World.from_mapping(scene())
    with running(world, tls=(str(folder / "cert.pem"), str(folder / "key.pem"))) as url:
        host = url.removeprefix("https://")
        asked = [host, tenant_id or world.tenant().id, method, str(_pem(folder))]
        return subprocess.run(
            [sys.executable, "-c", _SIGN_IN, *asked],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **kept},
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )


@pytest.mark.parametrize(
    ("method", "more", "who"),
    [
        ("client_secret", {}, "app"),
        ("certificate", {}, "app"),
        ("client_secret", {"APP_REFRESH_TOKEN": "kept in a vault"}, "user"),
    ],
)
def test_a_token_comes_from_the_authority(
    tmp_path: Path, method: str, more: dict[str, str], who: str
) -> None:
    done = _signed_in(tmp_path, method, tenant_id="", **more)
    assert done.returncode == 0, done.stderr
    claims = done.stdout.split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert said["tid"] == World.from_mapping(scene()).tenant().id
    assert said["aud"].startswith("https://127.0.0.1:")
    assert said["idtyp"] == who


@pytest.mark.parametrize(
    ("refresh_token", "tenant_id", "said"),
    [("expired", "", "AADSTS700082"), ("kept", TENANT_ID, "ClientAuthenticationError")],
    ids=["an old refresh token", "a tenant that is not there"],
)
def test_a_refresh_token_that_is_refused_is_said(
    tmp_path: Path, refresh_token: str, tenant_id: str, said: str
) -> None:
    more = {"APP_REFRESH_TOKEN": refresh_token}
    done = _signed_in(tmp_path, "client_secret", tenant_id=tenant_id, **more)
    last = done.stderr.strip().splitlines()[-1]
    assert "ClientAuthenticationError" in last
    assert said in last
    assert SECRET not in done.stderr


_CHAIN = """DefaultAzureCredential failed to retrieve a token from the included credentials.
Attempted credentials:
\tEnvironmentCredential: EnvironmentCredential authentication unavailable.
\tAzureCliCredential: Azure CLI not found on path
To mitigate this issue, see the troubleshooting guidelines here: https://aka.ms/x"""


@pytest.mark.parametrize(
    ("method", "raised", "kind", "said", "hint"),
    [
        (
            "default",
            ClientAuthenticationError(_CHAIN),
            NotAllowed,
            "the sign-in has nothing to sign in with: none of Environment, AzureCli has anything",
            "`az login`",
        ),
        (
            "azure_cli",
            CredentialUnavailableError("Please run 'az login' to set up an account"),
            NotAllowed,
            "the sign-in has nothing to sign in with: Please run 'az login' to set up an account",
            "run `az login`",
        ),
        (
            "client_secret",
            ClientAuthenticationError(
                "Authentication failed: AADSTS7000215: Invalid client secret. Trace ID: 1 Time: 2"
            ),
            NotAllowed,
            "the sign-in was refused: Authentication failed: AADSTS7000215: Invalid client secret",
            "the value of the secret",
        ),
        (
            "client_secret",
            ServiceRequestError("Cannot connect to host"),
            Unreachable,
            "the sign-in had no answer: Cannot connect to host",
            "check the network",
        ),
    ],
    ids=["nothing set up", "no az login", "wrong secret", "no network"],
)
def test_a_sign_in_that_comes_to_nothing_says_why_and_what_to_do(
    method: str, raised: Exception, kind: type[RunnerError], said: str, hint: str
) -> None:
    with pytest.raises(kind) as caught, signing_in(Auth(method=method), where="inventory.yaml:3"):
        raise raised
    assert caught.value.summary == said
    assert hint in caught.value.hint
    assert caught.value.where == "inventory.yaml:3"


def test_a_workload_without_its_variables_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    there = tenant(LOOPBACK, auth=Auth(method="workload_identity"), tenant_id=TENANT_ID)
    with pytest.raises(NotAllowed, match="needs client_id and token_file_path") as caught:
        credential(there, endpoint_of(there))
    assert "AZURE_FEDERATED_TOKEN_FILE" in caught.value.hint


def test_a_job_of_github_signs_in_with_its_own_token(tmp_path: Path) -> None:
    with scripted(lambda _: Answer(body={"value": "a.b.c"})) as server:
        url = f"{server.url}/token?job=7"
        done = _signed_in(
            tmp_path, "workload_identity", tenant_id="", **{job_token.URL: url, job_token.KEY: "k"}
        )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split(".")) == 3
    (asked,) = server.asked
    assert asked.path == "/token?job=7&audience=api%3A%2F%2FAzureADTokenExchange"
    assert asked.headers["authorization"] == "Bearer k"


def test_the_token_of_a_job_is_asked_for_again_before_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens = iter(("first", "second"))
    with scripted(lambda _: Answer(body={"value": next(tokens)})) as server:
        ask = job_token.JobToken(f"{server.url}/token?a=b", "key")
        assert [ask(), ask()] == ["first", "first"]
        monkeypatch.setattr(job_token, "FRESH_S", 0.0)
        assert ask() == "second"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(403, code="No", message="no"), ClientAuthenticationError),
        (Answer(body=["no"]), ClientAuthenticationError),
        (None, ServiceRequestError),
    ],
    ids=["refused", "something else", "no answer"],
)
def test_a_job_without_a_token_says_so(answer: Answer | None, kind: type[Exception]) -> None:
    with scripted(lambda _: answer) as server, pytest.raises(kind, match=r"this job"):
        job_token.JobToken(f"{server.url}/token?a=b", "key")()


async def test_an_authority_that_is_not_there_is_no_refusal() -> None:
    made = Consented("https://127.0.0.1:9/t", client_id="a", secret="s", refresh_token="r")
    with pytest.raises(ServiceRequestError):
        await made.get_token("x/.default")


@pytest.mark.parametrize("status", [401, 403])
async def test_an_error_never_shows_the_token(token: str, status: int) -> None:
    with scripted(lambda _: refusal(status, code="No", message="no")) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            with pytest.raises(NotAllowed) as caught:
                await directory.read([E4])
        assert any(token in each.headers["authorization"] for each in server.asked)
    said = f"{caught.value!r}{caught.value}{caught.value.hint}{caught.value.where}"
    assert token not in said


async def test_an_answer_to_a_change_never_shows_the_token(token: str) -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{"kind": 403, "on": ["inner", "write"]}])
        async with opened(endpoint) as directory:
            found = [a async for a in directory.change_users([swap(world.tenant().users[0].id)])]
    assert token not in repr(found)


async def test_a_redirect_takes_the_token_nowhere(token: str) -> None:
    with scripted(lambda _: refusal(200)) as other:

        def script(_: Any) -> Any:
            return refusal(302, Location=f"{other.url}/v1.0/organization")

        with scripted(script) as server:
            async with opened(f"{server.url}/v1.0") as directory:
                with pytest.raises(RunnerError):
                    await directory.read([E4])
        assert other.asked == []


async def test_a_sign_in_that_leads_elsewhere_is_refused_before_anything_else() -> None:
    with world_at() as (world, endpoint):
        async with opened(endpoint, tenant_id=TENANT_ID) as directory:
            with pytest.raises(WrongTenant):
                await directory.read([E4])
        assert {call.path for call in world.log} == {"/organization"}
