"""Post messages to a webhook from a thread of its own, so that nothing waits for it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runner.model.findings import NotAllowed
from runner.model.notice import Webhook
from runner.providers.graph.clouds import LOOPBACK
from runner.providers.graph.reading import backoff_s
from runner.providers.graph.reply import retry_after_s
from runner.providers.graph.signin import secret_at
from runner.providers.tls import trusted

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 4
ANSWER_TIMEOUT_S = 10.0
LONGEST_PAUSE_S = 300.0
MOST_QUEUED = 1_000
"""Messages that are kept while an address is slow; what comes then is counted as lost."""


class Outbox:
    """The messages of one webhook: taken at once, delivered in their order, or counted as lost.

    A message whose answer does not come is sent again: it may arrive twice, never half.
    """

    def __init__(self, webhook: Webhook) -> None:
        """Read the address.

        Raises: SecretMissing, NotAllowed for one that is neither https nor on this machine.
        """
        self.where = str(webhook.where)
        self.why = ""
        self._url = secret_at(webhook.url, where=self.where)
        _expect_safe(self._url, where=self.where)
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._taken = self._delivered = 0
        self._ending_at_s = float("inf")
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="webhook", daemon=True)
        self._thread.start()

    def put(self, body: bytes) -> None:
        """Take a message; this never waits."""
        self._taken += 1
        if self._queue.qsize() < MOST_QUEUED:
            self._queue.put(body)
        else:
            self.why = f"more than {MOST_QUEUED} were waiting"

    def end(self, at_s: float) -> None:
        """Take no more; what is not delivered at a moment of the monotonic clock is lost."""
        self._ending_at_s = at_s
        self._is_ending.set()
        self._queue.put(None)

    def lost(self) -> int:
        """Return how many messages did not arrive for certain, once all are or time is up."""
        self._thread.join(max(0.0, self._ending_at_s - time.monotonic()))
        return self._taken - self._delivered

    @property
    def taken(self) -> int:
        """Return how many messages there were."""
        return self._taken

    def _work(self) -> None:
        import httpx

        is_local = urlsplit(self._url).hostname in LOOPBACK
        with httpx.Client(
            verify=trusted(),
            timeout=ANSWER_TIMEOUT_S,
            follow_redirects=False,
            trust_env=not is_local,
        ) as client:
            while (body := self._queue.get()) and time.monotonic() < self._ending_at_s:
                self._delivered += self._deliver(client, body)

    def _deliver(self, client: httpx.Client, body: bytes) -> bool:
        for attempt in range(1, ATTEMPTS + 1):
            pause_s = self._post(client, body)
            if pause_s is None:
                return True
            if attempt == ATTEMPTS or not self._wait(pause_s or backoff_s(attempt)):
                return False
        return False

    def _post(self, client: httpx.Client, body: bytes) -> float | None:
        """Send a message once, and return None when it arrived, else what pause is asked for."""
        import httpx

        try:
            answer = client.post(
                self._url, content=body, headers={"Content-Type": "application/json"}
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            self.why = type(error).__name__
            return 0.0
        if answer.is_success:
            return None
        self.why = f"{answer.status_code}"
        if answer.status_code not in (408, 429) and answer.status_code < 500:
            return float("inf")
        asked = retry_after_s(answer.headers.get("Retry-After"), now=datetime.now(UTC))
        return asked or 0.0

    def _wait(self, pause_s: float) -> bool:
        """Wait, and return whether there is time for another try."""
        until_s = time.monotonic() + pause_s
        if pause_s > LONGEST_PAUSE_S or until_s >= self._ending_at_s:
            return False
        if self._is_ending.wait(pause_s):
            if until_s >= self._ending_at_s:
                return False
            time.sleep(max(0.0, until_s - time.monotonic()))
        return True


def _expect_safe(url: str, *, where: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        raise NotAllowed(
            "the address of the webhook is neither https nor on this machine",
            hint="give one that begins with `https://`",
            where=where,
        )
