"""Reserved variables of the inventory to `Tenant`: identity, sign-in, endpoint, channel."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from runner.model.findings import Origin
from runner.model.ids import tenant_id
from runner.model.spec import Auth, Channel, SecretRef, Tenant
from runner.playbook.complaints import schema_problems
from runner.playbook.inventory import Place
from runner.playbook.problems import Problems, problem
from runner.playbook.schemas import validator
from runner.playbook.scope import Scope, Unrendered
from runner.playbook.timezones import timezone_problem
from runner.playbook.tree import MarkedMap

RESERVED = (
    "tenant_id",
    "cloud",
    "auth",
    "channel",
    "timezone",
    "graph_endpoint",
    "partner_center",
    "azure_billing",
    "wave",
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_VERSION = re.compile(r"/(v[0-9]+\.[0-9]+|beta)")
_SECRETS = ("client_secret", "certificate", "certificate_password", "token")


def read_reserved(variables: MarkedMap, scope: Scope) -> MarkedMap:
    """Return the reserved variables, rendered.

    Raises: Unrendered when one of them has no value; the problem is told.
    """
    reserved = MarkedMap(variables.at)
    reserved.take(variables, [name for name in RESERVED if name in variables])
    rendered = scope.render(reserved, reserved.at)
    if not isinstance(rendered, MarkedMap):
        raise Unrendered
    return rendered


def make_tenant(
    place: Place, *, reserved: MarkedMap, groups: tuple[str, ...], problems: Problems
) -> Tenant | None:
    """Return the tenant of rendered reserved variables, or None where a problem was added."""
    told = len(problems)
    check = validator("inventory", part="variables", is_rendered=True)
    for wrong in schema_problems(reserved, check):
        problems.add(wrong)
    if len(problems) > told:
        return None
    endpoint, timezone = reserved.get("graph_endpoint"), reserved.get("timezone", "UTC")
    if endpoint is not None:
        endpoint = endpoint.rstrip("/")
        for complaint in _endpoint_complaints(endpoint):
            at = reserved.values_at["graph_endpoint"]
            hint = "write `https://HOST/v1.0`; http is for loopback addresses"
            problems.add(problem("graph-endpoint", complaint, at=at, hint=hint))
    if "timezone" in reserved:
        for wrong in timezone_problem(timezone, reserved.values_at["timezone"]):
            problems.add(wrong)
    if len(problems) > told:
        return None
    directory = reserved.get("tenant_id")
    return Tenant(
        name=place.name,
        tenant_id=tenant_id(directory) if directory else None,
        cloud=reserved.get("cloud", "global"),
        auth=_auth(reserved),
        graph_endpoint=endpoint,
        timezone=timezone,
        channel=Channel(reserved.get("channel", "auto")),
        groups=groups,
        where=place.at,
    )


def _auth(reserved: MarkedMap) -> Auth:
    said: Mapping[str, Any] | None = reserved.get("auth")
    if said is None:
        return Auth()
    at = reserved.values_at["auth"]
    secrets = {key: _secret(said[key], at) for key in _SECRETS if key in said}
    token_file = said.get("token_file")
    return Auth(
        method=said["method"],
        client_id=said.get("client_id"),
        **secrets,
        token_file=_beside(at, token_file) if token_file else None,
        where=at,
    )


def _secret(said: Mapping[str, str], auth_at: Origin) -> SecretRef:
    at = said.at if isinstance(said, MarkedMap) else auth_at
    file = said.get("file")
    return SecretRef(env=said.get("env"), file=_beside(at, file) if file else None)


def _beside(at: Origin, path: str) -> str:
    return str(Path(at.file).parent / path)


def _endpoint_complaints(endpoint: str) -> Iterator[str]:
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError:
        yield "`graph_endpoint` is not an address"
        return
    if parts.scheme not in ("http", "https") or not host:
        yield "`graph_endpoint` is not an http or https address"
    elif parts.scheme == "http" and host not in _LOOPBACK:
        yield "`graph_endpoint` is plain http and not a loopback address"
    if "@" in parts.netloc or parts.query or parts.fragment:
        yield "`graph_endpoint` holds more than a host, a port and a path"
    if not _VERSION.fullmatch(parts.path[parts.path.rfind("/") :]):
        yield "`graph_endpoint` does not end in a version such as `/v1.0`"
