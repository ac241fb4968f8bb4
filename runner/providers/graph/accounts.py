"""Find out what kind of account it is: a shared mailbox, or a user who was deleted."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from runner.model.findings import ProviderError
from runner.model.ids import SkuId, UserId, sku_id
from runner.providers.graph.batch import MOST_CALLS
from runner.providers.graph.looking import Looker
from runner.providers.graph.pace import Cost
from runner.providers.graph.reading import PAGE, Page, Reader
from runner.providers.graph.reply import Reply
from runner.providers.graph.rows import LicenseRow

LONGEST_S = 15.0
"""Real time that is spent on what is no condition of a plan."""

ONE_UNIT = Cost(units=1)
"""Source: graph.md 7.2 (what is not listed costs one), read 2026-11-22."""


class _MailboxRow(msgspec.Struct, rename="camel"):
    user_purpose: str | None = None


class _DeletedRow(msgspec.Struct, rename="camel"):
    id: str
    assigned_licenses: list[LicenseRow] | None = None


_MAILBOX = msgspec.json.Decoder(_MailboxRow)
_DELETED = msgspec.json.Decoder(Page[_DeletedRow])


class AccountReader:
    """Reads what is good to know and no condition: where it may not be read, nothing is known."""

    def __init__(self, reader: Reader, *, looker: Looker) -> None:
        self._reader = reader
        self._looker = looker

    async def shared_mailboxes(self, users: Sequence[UserId]) -> frozenset[UserId]:
        """Return which of the users are shared mailboxes; the first twenty show if it is told.

        Source: Microsoft Graph v1.0, resource `mailboxSettings` (`userPurpose`, permission
        MailboxSettings.Read), read 2026-11-22.
        """
        found: set[UserId] = set()
        forbidden = 0

        def take(path: str, reply: Reply) -> bool:
            nonlocal forbidden
            if reply.is_ok and _purpose(reply) == "shared":
                found.add(paths[path])
            forbidden += reply.status == 403
            return not reply.is_passing

        for some in (users[:MOST_CALLS], users[MOST_CALLS:]):
            paths = {f"/users/{each}/mailboxSettings?$select=userPurpose": each for each in some}
            try:
                async with asyncio.timeout(LONGEST_S):
                    await self._looker.ask(list(paths), take)
            except (ProviderError, TimeoutError):
                break
            if forbidden == len(some):
                break
        return frozenset(found)

    async def deleted_holders(self) -> Mapping[SkuId, int]:
        """Return how many users who can still be restored held each SKU.

        Source: graph.md 3.4, commerce.md edge case 14, read 2026-11-22.
        """
        path = (
            f"directory/deletedItems/microsoft.graph.user?$select=id,assignedLicenses&$top={PAGE}"
        )
        counts: Counter[SkuId] = Counter()
        try:
            pages = self._reader.pages(path, _DELETED.decode, cost=ONE_UNIT, is_advanced=False)
            async with asyncio.timeout(LONGEST_S):
                async for page in pages:
                    for row in page.value:
                        counts.update(sku_id(each.sku_id) for each in row.assigned_licenses or ())
        except (ProviderError, TimeoutError):
            return {}
        return dict(counts)


def _purpose(reply: Reply) -> str | None:
    try:
        return _MAILBOX.decode(reply.body).user_purpose
    except msgspec.MsgspecError:
        return None
