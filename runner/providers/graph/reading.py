"""Read from Graph with retries: whole lists or nothing."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Generic, TypeVar

import msgspec

from runner.model.findings import NotAllowed, ProviderError, ReadIncomplete, Unreachable
from runner.ports import Clock
from runner.providers.graph.pace import Cost
from runner.providers.graph.reply import Reply
from runner.providers.graph.transport import Transport

PAGE = 999
"""Source: graph.md 3.1: most objects of the directory a page holds, read 2026-11-22."""

ATTEMPTS = 9
CONNECT_ATTEMPTS = 5
"""Tries where nothing listens: a service that is there answers at least with a refusal."""

FIRST_BACKOFF_S = 0.25
LONGEST_BACKOFF_S = 20.0

EMPTY_PAGES = 10
"""How often an empty page may lead to itself before that counts as a circle."""

LANES = 4
"""Reads of one kind under way at once."""

_HINTS = {
    "users": "grant the application User.Read.All",
    "subscribedSkus": "grant the application LicenseAssignment.Read.All",
    "directory/subscriptions": "grant the application Organization.Read.All",
    "organization": "grant the application Organization.Read.All",
    "contracts": "sign in to the partner's own tenant, with Directory.Read.All",
    "groups": "grant the application GroupMember.Read.All or Group.Read.All",
}
"""Source: graph.md 9 (least permissions), "List contracts" of Graph v1.0, read 2026-11-23."""

T = TypeVar("T")


def backoff_s(attempt: int) -> float:
    """Return how long to wait after try number `attempt` (from 1), with jitter, in seconds."""
    longest: float = min(FIRST_BACKOFF_S * 2 ** (attempt - 1), LONGEST_BACKOFF_S)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311


class Refused(ProviderError):
    """A read that Graph answers with a no that trying again does not change."""

    def __init__(self, summary: str, *, reply: Reply, hint: str = "") -> None:
        super().__init__(summary, hint=hint)
        self.reply = reply


class Forbidden(NotAllowed):
    """A read for which the sign-in has no permission: 403."""


async def all_of(works: Iterable[Callable[[], Awaitable[T]]]) -> list[T]:
    """Do several things at once; when one goes wrong, the others end before that is said."""
    free = asyncio.Semaphore(LANES)

    async def done(work: Callable[[], Awaitable[T]]) -> T:
        async with free:
            return await work()

    tasks = [asyncio.create_task(done(work)) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Reader:
    """Reads single answers and whole lists of one tenant."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock

    async def get(
        self, path: str, parse: Callable[[bytes], T], *, cost: Cost, is_advanced: bool = False
    ) -> T:
        """Return the parsed answer to a GET, tried again while trying again may help.

        Raises: NotAllowed for 401, Forbidden for 403, Refused for any other no, Unreachable when
        nothing usable came.
        """
        last = Reply(status=0)
        attempt = 0
        while attempt < (CONNECT_ATTEMPTS if last.is_unsent else ATTEMPTS):
            last = await self._transport.send("GET", path, cost=cost, is_advanced=is_advanced)
            if last.is_ok:
                try:
                    return parse(last.body)
                except msgspec.MsgspecError as error:
                    last = Reply(status=0, message=f"an answer that is no answer: {error}")
            if not last.is_passing and not (last.status == 401 and attempt == 0):
                raise self._refusal(path, last)
            if last.status != 429:
                attempt += 1
                await self._clock.sleep(backoff_s(attempt))
        raise Unreachable(
            f"reading {_what(path)}: {last} after {attempt} tries",
            hint=f"check that {self._transport.endpoint.root} answers",
        )

    async def pages(
        self, path: str, parse: Callable[[bytes], "Page[T]"], *, cost: Cost, is_advanced: bool
    ) -> AsyncIterator["Page[T]"]:
        """Yield every page of a list; an empty page with a next link is not the end.

        Raises: ReadIncomplete when the links lead in a circle or to another host.
        """
        url: str | None = path
        seen: Counter[str] = Counter()
        while url is not None:
            page = await self.get(url, parse, cost=cost, is_advanced=is_advanced)
            yield page
            if page.next_link is None:
                return
            url = self._transport.endpoint.own_spelling(page.next_link)
            if seen[url] and (page.value or seen[url] > EMPTY_PAGES):
                raise ReadIncomplete(f"reading {_what(path)}: the pages lead in a circle")
            if not url.startswith(f"{self._transport.endpoint.origin}/"):
                raise ReadIncomplete(f"reading {_what(path)}: the next page is on another host")
            seen[url] += 1

    def _refusal(self, path: str, reply: Reply) -> ProviderError:
        text = f"reading {_what(path)}: {reply}"
        if reply.status == 401:
            return NotAllowed(text, hint="check `auth`")
        if reply.status == 403:
            hint = next((h for part, h in _HINTS.items() if _what(path).startswith(part)), "")
            return Forbidden(text, hint=hint)
        is_elsewhere = reply.status == 404 and _what(path) == "organization"
        root = self._transport.endpoint.root
        return Refused(
            text, reply=reply, hint=f"check that {root} is right" if is_elsewhere else ""
        )


class Page(msgspec.Struct, Generic[T]):
    """One page of a list as Graph sends it."""

    value: list[T]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    count: int | None = msgspec.field(name="@odata.count", default=None)


def _what(path: str) -> str:
    bare = path.split("?", 1)[0]
    return bare.split("/v1.0/", 1)[-1]
