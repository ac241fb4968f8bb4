"""Read lists of users that are as long as Graph counts them, or none."""

from collections.abc import Callable
from urllib.parse import quote

import msgspec

from runner.model.findings import ProviderError, ReadIncomplete
from runner.model.ids import SkuId, UserId
from runner.model.state import User
from runner.ports import Clock
from runner.providers.graph.pace import Cost
from runner.providers.graph.reading import PAGE, Page, Reader, backoff_s
from runner.providers.graph.rows import USER_FIELDS, UserMaker, UserRow

READS = 6
"""Tries to read a list whose rows are fewer than Graph counts."""

LIST_COST = Cost(units=1)
"""Source: graph.md 7.2 (resource units of a call), read 2026-11-22."""

_USERS = msgspec.json.Decoder(Page[UserRow])


class HolderReader:
    """Reads who holds a SKU, and whom a filter fits; `tell` hears how many are read so far."""

    def __init__(
        self, reader: Reader, *, maker: UserMaker, clock: Clock, tell: Callable[[int], None]
    ) -> None:
        self._reader = reader
        self._maker = maker
        self._clock = clock
        self._tell = tell

    async def holders(self, sku: SkuId) -> dict[UserId, User]:
        """Return everybody who holds a SKU.

        Raises: ReadIncomplete when the list stays shorter than Graph's own count.
        """
        holding = f"assignedLicenses/any(a:a/skuId eq {sku})"
        return await self._counted(holding, fields=USER_FIELDS, what=f"holders of {sku}")

    async def fitting(self, odata_filter: str) -> frozenset[UserId]:
        """Return everybody whom a filter fits.

        Raises: Refused where Graph does not understand the filter, ReadIncomplete.
        """
        return frozenset(await self._counted(odata_filter, fields="id", what="users of a filter"))

    async def licensed(self) -> int | None:
        """Return how many users hold any license, or None where Graph does not say."""
        path = _path("assignedLicenses/$count ne 0", fields="id", top=1)
        try:
            page = await self._reader.get(path, _USERS.decode, cost=LIST_COST, is_advanced=True)
        except ProviderError:
            return None
        return page.count

    async def _counted(self, odata_filter: str, *, fields: str, what: str) -> dict[UserId, User]:
        """Return a list of users; one shorter than Graph's own count is read again.

        Two readings of the same people in a row stand against a count that is a little off.
        """
        path = _path(odata_filter, fields=fields, top=PAGE)
        rows = counted = 0
        before: set[UserId] | None = None
        for attempt in range(1, READS + 1):
            found: dict[UserId, User] = {}
            counted = 0
            pages = self._reader.pages(path, _USERS.decode, cost=LIST_COST, is_advanced=True)
            async for page in pages:
                counted = page.count or counted
                for row in page.value:
                    user = self._maker.make(row)
                    found[user.id] = user
                self._tell(len(found))
            rows = len(found)
            if rows >= counted or (found.keys() == before and _is_near(rows, counted)):
                return found
            before = set(found)
            await self._clock.sleep(backoff_s(attempt + 1))
        raise ReadIncomplete(f"reading users: {rows} of {counted} {what} came")


def _path(odata_filter: str, *, fields: str, top: int) -> str:
    asked = quote(odata_filter, safe="/():$,'")
    return f"users?$filter={asked}&$count=true&$select={fields}&$top={top}"


def _is_near(rows: int, counted: int) -> bool:
    """Say whether Graph's count of an index that lags may still mean these rows."""
    return counted - rows <= max(1, counted // 100)
