"""What is wrong with the address of a service that a person wrote."""

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from runner.model.findings import Finding, Origin
from runner.playbook.problems import problem

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_GRAPH_VERSION = re.compile(r"/(v[0-9]+\.[0-9]+|beta)")
_ANY_VERSION = re.compile(r"/(v[0-9]+(\.[0-9]+)?|beta)", re.IGNORECASE)


def graph_endpoint_problems(endpoint: str, at: Origin) -> Iterator[Finding]:
    """Yield what is wrong with the root of a Graph, which ends in its version."""
    parts = _split(endpoint)
    complaints = list(_complaints(parts))
    if parts and not _GRAPH_VERSION.fullmatch(_last_step(parts)):
        complaints.append("does not end in a version such as `/v1.0`")
    hint = "write `https://HOST/v1.0`; http is for loopback addresses"
    for each in complaints:
        yield problem("graph-endpoint", f"`graph_endpoint` {each}", at=at, hint=hint)


def channel_endpoint_problems(endpoint: str, at: Origin) -> Iterator[Finding]:
    """Yield what is wrong with the root of a channel, to which calls add their versions."""
    parts = _split(endpoint)
    complaints = list(_complaints(parts))
    if parts and _ANY_VERSION.fullmatch(_last_step(parts)):
        complaints.append("ends in a version, which the calls add themselves")
    hint = "write `https://HOST` without a version; http is for loopback addresses"
    for each in complaints:
        yield problem("channel-endpoint", f"`endpoint` {each}", at=at, hint=hint)


def _split(endpoint: str) -> SplitResult | None:
    try:
        parts = urlsplit(endpoint)
        _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts


def _last_step(parts: SplitResult) -> str:
    return parts.path[max(parts.path.rfind("/"), 0) :]


def _complaints(parts: SplitResult | None) -> Iterator[str]:
    if parts is None:
        yield "is not an address"
        return
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield "is not an http or https address"
    elif parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        yield "is plain http and not a loopback address"
    if "@" in parts.netloc or parts.query or parts.fragment:
        yield "holds more than a host, a port and a path"
