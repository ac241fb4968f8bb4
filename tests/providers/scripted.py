"""Serve answers that a test wrote down, over real HTTP on loopback."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TENANT_ID = "8f14e45f-ceea-467f-a0e6-0d1f0c8b3a11"
GROUP_ID = "00000000-0000-4000-9000-000000000001"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it came in; `peer` tells one connection from another."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is sent back; a body that is not bytes is sent as JSON, None closes the connection."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Callable[[Asked], Answer | None]


def hear(asked: Asked) -> None:
    """Let whoever records a test know what was asked; nobody does of itself."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(
            method=self.command,
            path=self.path,
            headers={key.lower(): value for key, value in self.headers.items()},
            body=self.rfile.read(length),
            peer=self.client_address[1],
        )
        self.server.asked.append(asked)
        hear(asked)
        answer = self.server.script(asked)
        if answer is None:
            self.close_connection = True
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response_only(answer.status)
        self.send_header("Date", self.server.date or self.date_time_string())
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def log_message(self, format: str, *values: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script: Script, *, date: str) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.script = script
        self.date = date
        self.asked: list[Asked] = []


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """A server under way: where it is and what it was asked."""

    url: str
    asked: list[Asked]


@contextmanager
def scripted(script: Script, *, date: str = "") -> Iterator[Scripted]:
    """Serve a script on a free port; `date` is the time of every answer, if not now."""
    server = _Server(script, date=date)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Scripted(url=f"http://127.0.0.1:{server.server_address[1]}", asked=server.asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def organization() -> Answer:
    """Return the answer that names the tenant."""
    return Answer(body={"value": [{"id": TENANT_ID, "displayName": "Contoso"}]})


def refusal(status: int, *, code: str = "", message: str = "", **headers: str) -> Answer:
    """Return an error in Graph's envelope."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body={"error": {"code": code, "message": message}}, headers=named)


def group_row(sku: str, **more: Any) -> dict[str, Any]:
    """Return a group that carries a SKU as Graph shows it."""
    licenses = [{"skuId": sku, "disabledPlans": []}]
    return {"id": GROUP_ID, "displayName": "Sales", "assignedLicenses": licenses, **more}


def sku_row(sku: str, *, consumed: int = 0) -> dict[str, Any]:
    """Return a SKU as Graph shows it, with a hundred seats."""
    return {
        "skuId": sku,
        "skuPartNumber": "ANY",
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": consumed,
        "prepaidUnits": {"enabled": 100, "warning": 0, "suspended": 0, "lockedOut": 0},
        "servicePlans": [],
        "subscriptionIds": [],
    }


def graph_of(users: Script, *, sku: str, groups: Sequence[Any] = ()) -> Script:
    """Return the script of a tenant with one SKU and these groups; another script does the rest."""

    def script(asked: Asked) -> Answer | None:
        where = asked.path.split("/v1.0/", 1)[-1].split("?")[0]
        if where == "organization":
            return organization()
        if where == "subscribedSkus":
            return Answer(body={"value": [sku_row(sku)]})
        if where == "directory/subscriptions":
            return Answer(body={"value": []})
        if where == "groups" and "displayName%20eq" not in asked.path:
            return Answer(body={"value": list(groups)})
        for group in groups:
            if where == f"groups/{group['id']}":
                return Answer(body=group)
        return users(asked)

    return script
