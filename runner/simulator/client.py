"""Ask a running simulator to act, over its control address."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from runner.simulator.errors import Refusal

URL = "http://127.0.0.1:8365"
TIMEOUT_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Hold where a simulator runs, and the certificate to trust there."""

    url: str = URL
    cafile: str | None = None

    def show(self, what: str) -> Any:
        """Return the state, the log, the faults or the clock.

        Raises: ConnectionError when no simulator answers, ValueError for what it cannot show.
        """
        return self._call("GET", what)

    def act(self, act: str, body: Mapping[str, Any]) -> Any:
        """Do one act and return what came of it.

        Raises: Refusal when the admin center would refuse it, ValueError when the act makes no
            sense, ConnectionError when no simulator answers.
        """
        return self._call("POST", act, content=json.dumps(body))

    def _call(self, method: str, act: str, *, content: str | None = None) -> Any:
        connection = self._connect()
        try:
            connection.request(method, f"/_control/{act}", content)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise ConnectionError(f"no simulator answers at {self.url} ({error})") from None
        finally:
            connection.close()
        if "refused" in answer:
            raise Refusal(answer["refused"])
        if response.status != 200:
            raise ValueError(answer.get("error", "the act was not understood"))
        return answer

    def _connect(self) -> HTTPConnection:
        url = urlsplit(self.url)
        if url.scheme not in ("http", "https") or url.hostname is None:
            raise ValueError(f"{self.url} is no address, write {URL}")
        if url.scheme == "http":
            return HTTPConnection(url.hostname, url.port, timeout=TIMEOUT_S)
        context = ssl.create_default_context(cafile=self.cafile)
        return HTTPSConnection(url.hostname, url.port, timeout=TIMEOUT_S, context=context)


def read_fault(text: str) -> dict[str, Any]:
    """Return the fault that a line like `kind=429 rate=0.05 on=inner` describes."""
    pairs = (word.partition("=") for word in text.split())
    return {key: _value(value) for key, _, value in pairs}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.split(",") if "," in text else text
