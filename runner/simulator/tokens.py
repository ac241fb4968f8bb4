"""Give out tokens, and tell from a token which tenant and app a call is for."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from runner.simulator.errors import GraphError, forbidden, unauthorized
from runner.simulator.tenant import Tenant
from runner.simulator.world import World

LIFETIME_S = 3599
GRAPH = "https://graph.microsoft.com"
ROLES = (
    "Directory.Read.All",
    "Group.Read.All",
    "LicenseAssignment.Read.All",
    "LicenseAssignment.ReadWrite.All",
    "Organization.Read.All",
    "User.Read.All",
    "User.ReadWrite.All",
)


def identify(world: World, authorization: str | None, *, prefix: str | None) -> tuple[Tenant, str]:
    """Return the tenant a call is for and the app that makes it.

    Order: the prefix of the address, then the token, then the only tenant there is.
    Raises: GraphError 401 without a token or with an unknown one, 403 for another tenant's.
    """
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise unauthorized("Access token is empty.")
    claims = read_claims(token)
    app = str(claims.get("appid", token[:40] if not claims else "anonymous"))
    named = world.owner(claims.get("tid") or token)
    if prefix is None:
        return named or _only(world), app
    tenant = world.tenant(prefix)
    if named is not None and named is not tenant:
        raise forbidden()
    return tenant, app


def _only(world: World) -> Tenant:
    if len(world.tenants) == 1:
        return world.tenant()
    raise unauthorized("The token names no tenant of this simulator.")


def read_claims(token: str) -> Mapping[str, Any]:
    """Return what a JSON web token says; nothing when it is none. Signatures are not checked."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


EXPIRED = "expired"
"""The one refresh token that is refused."""


def make_token(tenant: Tenant, app: str, *, audience: str = GRAPH, has_user: bool = False) -> str:
    """Return a token that says whom it is for, with a signature that proves nothing."""
    now = int(time.time())
    roles = sorted(tenant.granted) if tenant.granted is not None else list(ROLES)
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant.id}/",
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME_S,
        "appid": app,
        **(
            {"idtyp": "user", "scp": " ".join(roles)}
            if has_user
            else {"idtyp": "app", "roles": roles}
        ),
        "tid": tenant.id,
        "ver": "1.0",
    }
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}.{_part({'sig': 'none'})}"


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def issue(world: World, name: str, *, form: bytes) -> dict[str, Any]:
    """Return the answer of the token endpoint to an application, alone or with a refresh token.

    Raises: GraphError 400 when the tenant or the grant is unknown.
    """
    fields = {key: values[0] for key, values in parse_qs(form.decode()).items()}
    try:
        tenant = world.tenant(name)
    except LookupError:
        text = f"AADSTS90002: Tenant '{name}' not found."
        raise GraphError(400, "invalid_request", message=text) from None
    has_user = fields.get("grant_type") == "refresh_token" and "refresh_token" in fields
    if fields.get("grant_type") != "client_credentials" and not has_user:
        text = "AADSTS70003: The app requested an unsupported grant type."
        raise GraphError(400, "unsupported_grant_type", message=text)
    if fields.get("refresh_token") == EXPIRED:
        text = "AADSTS700082: The refresh token has expired due to inactivity."
        raise GraphError(400, "invalid_grant", message=text)
    if not (fields.get("client_secret") or fields.get("client_assertion")):
        text = "AADSTS7000218: The request body must contain 'client_assertion' or 'client_secret'."
        raise GraphError(401, "invalid_client", message=text)
    scopes = (each for each in fields.get("scope", "").split() if "://" in each)
    audience = next(scopes, GRAPH).removesuffix("/.default")
    app = fields.get("client_id", "anonymous")
    return {
        "token_type": "Bearer",
        "expires_in": LIFETIME_S,
        "ext_expires_in": LIFETIME_S,
        "access_token": make_token(tenant, app, audience=audience, has_user=has_user),
    }


def openid_configuration(world: World, name: str, *, root: str) -> dict[str, Any]:
    """Return the OpenID discovery document of a tenant, on the host the caller used.

    Raises: LookupError when the tenant is unknown.
    """
    tenant_id = world.tenant(name).id
    return {
        "token_endpoint": f"{root}/{name}/oauth2/v2.0/token",
        "authorization_endpoint": f"{root}/{name}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{root}/{name}/oauth2/v2.0/devicecode",
        "jwks_uri": f"{root}/{name}/discovery/v2.0/keys",
        "issuer": f"{root}/{tenant_id}/v2.0",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "tenant_region_scope": None,
    }


def instance_discovery(*, root: str) -> dict[str, Any]:
    """Return the metadata of the one authority this simulator is."""
    host = root.partition("://")[2]
    alias = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
    return {
        "tenant_discovery_endpoint": f"{root}/common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [alias],
    }
