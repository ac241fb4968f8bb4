"""Check who is let in, as which tenant and with which permissions."""

from __future__ import annotations

import ssl

import httpx
import pytest
import trustme

from runner.simulator import World, running
from runner.simulator.tokens import make_token, read_claims
from tests.simulator.served import E4, contoso, license_body

FORM = {"grant_type": "client_credentials", "client_id": "app-1", "client_secret": "x"}
TWO = {
    "tenants": {
        "contoso": {"display_name": "Contoso", "tokens": ["first"]},
        "fabrikam": {"display_name": "Fabrikam", "tokens": ["second"]},
    }
}


def name_seen(graph, path, token):
    """Return the status and whose organization a token shows at a path."""
    response = graph.http.get(path, headers={"Authorization": f"Bearer {token}"})
    if response.status_code != 200:
        return response.status_code
    return response.json()["value"][0]["displayName"]


def test_without_a_token_nobody_is_let_in(serve):
    graph = serve()
    response = httpx.get(f"{graph.url}/contoso/v1.0/organization")
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "InvalidAuthenticationToken"


def test_the_address_or_else_the_token_says_which_tenant(serve):
    graph = serve(TWO)
    fabrikam = graph.world.tenant("fabrikam")
    assert name_seen(graph, "/v1.0/organization", "first") == "Contoso"
    assert name_seen(graph, "/v1.0/organization", "second") == "Fabrikam"
    assert name_seen(graph, "/v1.0/organization", "fabrikam") == "Fabrikam"
    assert name_seen(graph, "/v1.0/organization", make_token(fabrikam, "app")) == "Fabrikam"
    assert name_seen(graph, "/fabrikam/v1.0/organization", "anything") == "Fabrikam"
    assert name_seen(graph, f"/{fabrikam.id}/v1.0/organization", "anything") == "Fabrikam"
    assert name_seen(graph, "/v1.0/organization", "anything") == 401


def test_a_token_of_another_tenant_is_refused(serve):
    graph = serve(TWO)
    assert name_seen(graph, "/contoso/v1.0/organization", "second") == 403
    assert name_seen(graph, "/nobody/v1.0/organization", "second") == 404


def test_the_only_tenant_needs_no_name(serve):
    assert name_seen(serve(), "/v1.0/organization", "anything") == "Contoso S.p.A."


def test_a_missing_permission_is_403_per_call(serve):
    graph = serve(granted=["User.Read.All", "LicenseAssignment.Read.All"])
    assert graph.get("/users").status_code == 200
    assert graph.get("/subscribedSkus").status_code == 200
    refused = [
        graph.get("/organization"),
        graph.get("/directory/subscriptions"),
        graph.get("/groups"),
        graph.assign(0, add=[E4]),
        graph.http.patch(f"/contoso/v1.0/users/{graph.user_id(0)}", json={"usageLocation": "IT"}),
    ]
    assert {response.status_code for response in refused} == {403}
    assert refused[0].json()["error"]["code"] == "Authorization_RequestDenied"


def test_permission_to_write_licenses_is_none_to_read_skus(serve):
    graph = serve(granted=["LicenseAssignment.ReadWrite.All"])
    assert graph.assign(0, add=[E4]).status_code == 200
    assert graph.get("/subscribedSkus").status_code == 403


def test_client_credentials_get_a_token_that_opens_the_tenant(serve):
    graph = serve(granted=["Organization.Read.All"])
    tenant_id = graph.tenant.id
    answer = graph.http.post(f"/{tenant_id}/oauth2/v2.0/token", data=FORM).json()
    claims = read_claims(answer["access_token"])
    assert (claims["tid"], claims["appid"]) == (tenant_id, "app-1")
    assert claims["roles"] == ["Organization.Read.All"]
    assert name_seen(graph, "/v1.0/organization", answer["access_token"]) == "Contoso S.p.A."
    assert next(iter(graph.world.log)).app == "app-1"


@pytest.mark.parametrize(
    ("tenant", "form", "error"),
    [
        ("nobody", FORM, "invalid_request"),
        ("contoso", FORM | {"grant_type": "password"}, "unsupported_grant_type"),
        ("contoso", {"grant_type": "client_credentials"}, "invalid_client"),
    ],
)
def test_a_wrong_form_gets_no_token(serve, tenant, form, error):
    response = serve().http.post(f"/{tenant}/oauth2/v2.0/token", data=form)
    assert response.status_code in (400, 401)
    assert response.json()["error"] == error


def test_discovery_names_the_token_endpoint_on_the_callers_host(serve):
    graph = serve()
    path = "/contoso/v2.0/.well-known/openid-configuration"
    found = graph.http.get(path, headers={"Host": "login.example:99"}).json()
    assert found["token_endpoint"] == "http://login.example:99/contoso/oauth2/v2.0/token"
    instance = graph.http.get("/common/discovery/instance").json()
    assert instance["metadata"][0]["aliases"] == [graph.url.removeprefix("http://")]
    assert graph.http.get("/nobody/v2.0/.well-known/openid-configuration").status_code == 400


def test_it_serves_tls_and_says_so_in_next_links(tmp_path):
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    world = World.from_mapping(contoso())
    with (
        running(world, tls=(str(cert), str(key))) as url,
        httpx.Client(base_url=url, verify=trusted, headers={"Authorization": "Bearer x"}) as http,
    ):
        answer = http.get("/v1.0/users?$top=2").json()
        assert url.startswith("https://")
        assert answer["@odata.nextLink"].startswith(f"{url}/v1.0/users?")
        user_id = world.tenant().users[0].id
        body = license_body(add=[E4])
        assert http.post(f"/v1.0/users/{user_id}/assignLicense", json=body).status_code == 200


async def test_azure_identity_signs_in_over_tls(tmp_path):
    identity = pytest.importorskip("azure.identity.aio")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    cert, key, root = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "root.pem"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(root)
    world = World.from_mapping(contoso())
    with running(world, tls=(str(cert), str(key))) as url:
        credential = identity.ClientSecretCredential(
            world.tenant().id,
            "app-1",
            "not a secret",
            authority=url,
            disable_instance_discovery=True,
            connection_verify=str(root),
        )
        async with credential:
            token = await credential.get_token("https://graph.microsoft.com/.default")
    assert read_claims(token.token)["tid"] == world.tenant().id
