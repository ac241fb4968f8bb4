"""Speak with Azure billing about one billing account: paths, pages, operations under way."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from runner.model.findings import ReadIncomplete
from runner.providers.graph.reply import retry_after_s
from runner.providers.web import Answered, Web, refused

ACCOUNTS = "providers/Microsoft.Billing/billingAccounts"
VERSION = "api-version=2024-04-01"
RUNNING = 202
FAILED = 400
POLL_S = 10
"""Source: commerce.md 3.6 (`Retry-After` of 10 s in samples), read 2026-11-23."""

PATIENCE_S = 60
"""How long an operation is followed inside one call; after that the next run looks."""

MOST_PAGES = 1000

Row = dict[str, Any]


class Calls:
    """The calls below one path, which is a billing account or the list of them.

    Source: commerce.md 3.6 (paths, `Location`, `Retry-After`), read 2026-11-23.
    """

    def __init__(self, web: Web, *, account: str = "", query: str = "") -> None:
        self._web = web
        self._query = f"{VERSION}{query}"
        self._below = f"{ACCOUNTS}/{account}" if account else ACCOUNTS
        self.clock = web.clock

    async def get(self, path: str) -> Answered:
        """Return the answer about something; a no is an answer as well.

        Raises: Unreachable, Throttled, NotAllowed when signing in did not work.
        """
        return await self._web.get(self._address(path))

    async def items(self, path: str, doing: str) -> AsyncIterator[Row]:
        """Yield the items of a list, every page of it.

        Raises: ProviderError when the answer is no, ReadIncomplete when the pages do not end.
        """
        answer = await self.get(path)
        for _ in range(MOST_PAGES):
            if not answer.is_ok or not isinstance(answer.body, dict):
                raise refused(answer, doing)
            for item in answer.body.get("value") or ():
                yield item
            following = answer.body.get("nextLink")
            if not following:
                return
            answer = await self._web.get(str(following))
        raise ReadIncomplete(f"{doing}: the pages do not end")

    async def write(self, method: str, path: str, *, properties: Row | None = None) -> Answered:
        """Send one write once."""
        body = None if properties is None else {"properties": properties}
        return await self._web.send(method, self._address(path), body=body)

    async def operation(self, address: str) -> Answered:
        """Return how an operation stands: 202 while it runs, 404 where that cannot be told."""
        try:
            return _as_status(await self._web.get(address))
        except ReadIncomplete:
            return Answered(status=404, said="an operation on another host")

    async def settled(self, answer: Answered) -> Answered:
        """Return how a write ended, or 202 where it outlasts the patience of a run."""
        address, waited_s = operation_of(answer), 0.0
        while answer.status == RUNNING and address and waited_s < PATIENCE_S:
            pause_s = min(self.pause_s(answer), PATIENCE_S - waited_s)
            await self.clock.sleep(pause_s)
            waited_s += max(pause_s, 1)
            answer = await self.operation(address)
        return answer

    def pause_s(self, answer: Answered) -> float:
        """Return how soon an answer wants to be asked again, in seconds."""
        asked_s = retry_after_s(answer.headers.get("retry-after"), now=self.clock.now())
        return POLL_S if asked_s is None else asked_s

    def _address(self, path: str) -> str:
        whole = f"{self._below}/{path}" if path else self._below
        return f"{whole}?{self._query}"


def operation_of(answer: Answered) -> str:
    """Return where to ask how a write goes on, empty where the answer does not say."""
    if answer.status != RUNNING:
        return ""
    return answer.headers.get("location") or answer.headers.get("azure-asyncoperation", "")


def _as_status(answer: Answered) -> Answered:
    """Return how an operation stands whose status is told in a good answer, as its HTTP status.

    Source: Microsoft Learn, "Track asynchronous Azure operations" (`Azure-AsyncOperation` answers
    200 with `status`; other words than the three ends mean that it runs), read 2026-11-23.
    """
    body = answer.body if answer.is_ok and isinstance(answer.body, dict) else {}
    word = str(body.get("status") or "").lower()
    if word in ("", "succeeded"):
        return answer
    if word in ("failed", "canceled", "cancelled"):
        said = str((body.get("error") or {}).get("message") or word)
        return replace(answer, status=FAILED, said=said)
    return replace(answer, status=RUNNING)
