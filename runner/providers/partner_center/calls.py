"""Speak with Partner Center about one customer: paths, headers, pages and errors."""

import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

from runner.model.findings import ReadIncomplete
from runner.model.ids import TenantId
from runner.providers.web import Answered, Web, refused

MOST_PAGES = 1000

_VERSION = "v1"

_REQUESTS = uuid.UUID("5d8a2f0e-6c55-5b9c-8f39-0f8f4d3f6a21")


class Calls:
    """The calls of one customer.

    Source: commerce.md 3.4 (paths and headers), read 2026-11-23.
    """

    def __init__(self, web: Web, tenant: TenantId) -> None:
        self._web = web
        self._customer = f"{_VERSION}/customers/{tenant}"
        self.clock = web.clock

    async def get(self, path: str) -> Answered:
        """Return the answer about something of the customer; a no is an answer as well.

        Raises: Unreachable, Throttled, NotAllowed when signing in did not work.
        """
        return await self._web.get(self._of_customer(path), headers=_headers())

    async def catalog(self, path: str) -> Answered:
        """Return the answer about something of the catalog."""
        return await self._web.get(f"{_VERSION}/{path}", headers=_headers())

    async def found(self, path: str, doing: str) -> dict[str, Any]:
        """Return what is there.

        Raises: ProviderError when the answer is no.
        """
        answer = await self.get(path)
        if not answer.is_ok or not isinstance(answer.body, dict):
            raise refused(answer, doing)
        return answer.body

    async def items(self, path: str, doing: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the items of a list, every page of it.

        Raises: ProviderError when the answer is no, ReadIncomplete when the pages do not end.
        """
        async for item in list_items(self._web, self._of_customer(path), doing=doing):
            yield item

    async def write(
        self, method: str, path: str, *, body: Any = None, request: str, etag: str = ""
    ) -> Answered:
        """Send one write; `request` is the same for every try of it.

        Source: commerce.md 3.4 (`MS-RequestId` is the idempotency key), read 2026-11-23.
        """
        headers = {**_headers(), "MS-RequestId": str(uuid.uuid5(_REQUESTS, request))}
        if etag:
            headers["If-Match"] = etag
        return await self._web.send(method, self._of_customer(path), body=body, headers=headers)

    def _of_customer(self, path: str) -> str:
        return f"{self._customer}/{path}" if path else self._customer


async def list_items(
    web: Web, path: str, *, doing: str, roles: str = ""
) -> AsyncIterator[dict[str, Any]]:
    """Yield the items of a list, every page of it; `roles` are those that reading it needs.

    Raises: ProviderError when the answer is no, ReadIncomplete when the list breaks off or its
    pages do not end.
    """
    seen, before = 0, list[Any]()
    answer = await web.get(path, headers=_headers())
    for _ in range(MOST_PAGES):
        if not answer.is_ok or not isinstance(answer.body, dict):
            raise refused(answer, doing, roles=roles)
        items = _listed(answer.body)
        if not isinstance(items, list):
            raise ReadIncomplete(f"{doing}: an answer holds no list", hint="run it again")
        if items and items == before:
            break
        for item in items:
            yield item
        seen, before = seen + len(items), items
        after = (answer.body.get("links") or {}).get("next")
        if not after or not after.get("uri"):
            _expect_all(answer.body.get("totalCount"), seen, doing=doing)
            return
        answer = await web.get(_page(after["uri"]), headers=_headers() | _continued(after))
    raise ReadIncomplete(f"{doing}: the pages do not end")


def _listed(body: Mapping[str, Any]) -> Any:
    """Return the items of a page; none may be told as null, beside a count of zero."""
    items = body.get("items")
    return [] if items is None and body.get("totalCount") == 0 else items


def _expect_all(total: Any, seen: int, *, doing: str) -> None:
    """Refuse a list that ends before its own count; a count of one page only is never more."""
    if isinstance(total, int) and total > seen:
        raise ReadIncomplete(f"{doing}: {seen} of {total} came", hint="run it again")


def _headers() -> dict[str, str]:
    return {"MS-RequestId": str(uuid.uuid4()), "MS-CorrelationId": str(uuid.uuid4())}


def _page(uri: str) -> str:
    """Return the address of the next page, which may be told without the version.

    Source: commerce.md 3.4 (paths begin with `/v1`), read 2026-11-23.
    """
    path = uri.lstrip("/")
    return path if "://" in path or path.startswith(f"{_VERSION}/") else f"{_VERSION}/{path}"


def _continued(link: Mapping[str, Any]) -> dict[str, str]:
    return {str(each["key"]): str(each["value"]) for each in link.get("headers") or ()}
