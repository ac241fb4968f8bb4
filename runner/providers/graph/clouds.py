"""Microsoft's clouds: where Graph is, where to sign in, and which hosts may see a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from runner.model.findings import NotAllowed
from runner.model.spec import Tenant

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One national cloud.

    Source: graph.md 8 (table of clouds), read 2026-11-22.
    """

    graph: str
    authority: str


CLOUDS: Mapping[str, Cloud] = MappingProxyType(
    {
        "global": Cloud(graph="https://graph.microsoft.com", authority="login.microsoftonline.com"),
        "us_gov_high": Cloud(
            graph="https://graph.microsoft.us", authority="login.microsoftonline.us"
        ),
        "us_gov_dod": Cloud(
            graph="https://dod-graph.microsoft.us", authority="login.microsoftonline.us"
        ),
        "china": Cloud(
            graph="https://microsoftgraph.chinacloudapi.cn", authority="login.chinacloudapi.cn"
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a tenant's Graph is: `root` with version and without a slash at the end."""

    root: str
    origin: str
    host: str
    scope: str
    authority: str

    def own_spelling(self, url: str) -> str:
        """Return an address of this machine as the endpoint spells it; others stay as they are.

        A Graph on loopback may call itself by another of its names in the links it hands out.
        """
        there, here = urlsplit(url), urlsplit(self.origin)
        is_same = there.hostname in LOOPBACK and self.host in LOOPBACK and there.port == here.port
        if not is_same or there.scheme != here.scheme:
            return url
        return url.replace(f"{there.scheme}://{there.netloc}", self.origin, 1)


def endpoint_of(tenant: Tenant) -> Endpoint:
    """Return the Graph of a tenant, if a token may be sent there at all.

    The scope is derived from the host itself, so a token asked for a loopback Graph is never one
    that Microsoft's Graph accepts.
    Raises: NotAllowed for a host that is neither the cloud's own nor loopback.
    """
    cloud = CLOUDS[tenant.cloud]
    root = (tenant.graph_endpoint or f"{cloud.graph}/v1.0").rstrip("/")
    parts = urlsplit(root)
    host = (parts.hostname or "").lower()
    own = urlsplit(cloud.graph).hostname
    if host not in LOOPBACK and (host != own or parts.scheme != "https"):
        raise NotAllowed(
            f"a token for {cloud.graph} is not sent to {parts.scheme}://{parts.netloc}",
            hint=f"use {cloud.graph}, another `cloud`, or a loopback address",
            where=str(tenant.where),
        )
    origin = f"{parts.scheme}://{parts.netloc}"
    return Endpoint(
        root=root,
        origin=origin,
        host=host,
        scope=f"{cloud.graph if host == own else origin}/.default",
        authority=cloud.authority,
    )
