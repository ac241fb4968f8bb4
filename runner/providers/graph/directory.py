"""The directory of one tenant: read it whole, look at users, change licenses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

import msgspec

from runner.model.findings import (
    NotAllowed,
    ProviderError,
    ReadIncomplete,
    Unreachable,
    WrongTenant,
)
from runner.model.ids import SkuId, UserId, tenant_id, user_id
from runner.model.spec import Tenant
from runner.model.state import Group, SkuState, SubscriptionState, TenantState, User
from runner.ports import LicenseAnswer, LicenseChange
from runner.providers.clock import TenantClock
from runner.providers.graph.batch import MOST_CALLS, Call
from runner.providers.graph.changing import LicenseWriter
from runner.providers.graph.pace import ApplicationPace, Cost
from runner.providers.graph.reading import ATTEMPTS, Page, Reader, backoff_s
from runner.providers.graph.reply import Reply
from runner.providers.graph.rows import (
    USER_FIELDS,
    GroupRow,
    OrganizationRow,
    SkuRow,
    SubscriptionRow,
    UserMaker,
    UserRow,
    as_group,
    as_sku,
    as_subscription,
)
from runner.providers.graph.transport import Transport

PAGE = 999
"""Source: graph.md 3.1: most users a page holds, read 2026-11-22."""

READS = 6
"""Tries to read a list whose rows are fewer than Graph counts."""

ONE_UNIT = Cost(units=1)
SKUS_COST = Cost(units=3)
"""Source: graph.md 7.2 (resource units of a call), read 2026-11-22."""

_USERS = msgspec.json.Decoder(Page[UserRow])
_GROUPS = msgspec.json.Decoder(Page[GroupRow])
_SKUS = msgspec.json.Decoder(Page[SkuRow])
_SUBSCRIPTIONS = msgspec.json.Decoder(Page[SubscriptionRow])
_ORGANIZATION = msgspec.json.Decoder(Page[OrganizationRow])
_USER = msgspec.json.Decoder(UserRow)


TellRead = Callable[[str, int], None]


def tell_nobody(tenant: str, users: int) -> None:
    """Keep to oneself how many users of a tenant have been read."""
    del tenant, users


def _is_near(rows: int, counted: int) -> bool:
    """Say whether Graph's count of an index that lags may still mean these rows."""
    return counted - rows <= max(1, counted // 100)


class GraphDirectory:
    """Microsoft Graph as the directory of one tenant."""

    def __init__(
        self,
        tenant: Tenant,
        *,
        clock: TenantClock,
        application: ApplicationPace,
        spent_writes: int = 0,
        tell: TellRead = tell_nobody,
    ) -> None:
        self._tenant = tenant
        self._clock = clock
        self._tell = tell
        self._read_began_s = 0.0
        self._transport = Transport(tenant, clock=clock, application=application)
        self._reader = Reader(self._transport, clock)
        self._maker = UserMaker()
        self._transport.pace.spend_before(spent_writes, now=clock.monotonic_s())
        self._writer = LicenseWriter(self._transport, look=self.look, clock=clock)

    async def read(
        self, skus: Collection[SkuId], *, counts_licensed_users: bool = False
    ) -> TenantState:
        """Read the whole tenant as far as `skus` are concerned."""
        self._read_began_s = self._clock.monotonic_s()
        organization = await self._organization()
        found, subscriptions, groups = await self._all_but_users()
        self._transport.pace.set_size(max((sku.consumed for sku in found.values()), default=0))
        users: dict[UserId, User] = {}
        for sku in sorted(set(skus) & set(found)):
            await self._holders(sku, users)
        licensed = await self._licensed_users() if counts_licensed_users else None
        return TenantState(
            tenant_id=tenant_id(organization.id),
            name=organization.display_name or self._tenant.name,
            country=organization.country_letter_code,
            read_at=self._clock.now(),
            skus=MappingProxyType(found),
            subscriptions=subscriptions,
            users=MappingProxyType(users),
            groups=groups,
            licensed_users=licensed,
        )

    async def _all_but_users(
        self,
    ) -> tuple[dict[SkuId, SkuState], tuple[SubscriptionState, ...], tuple[Group, ...] | None]:
        """Read what is small at once; when one read fails, the others end before that is said."""
        skus = asyncio.create_task(self._skus())
        subscriptions = asyncio.create_task(self._subscriptions())
        groups = asyncio.create_task(self._groups())
        reads = (skus, subscriptions, groups)
        try:
            await asyncio.gather(*reads)
        finally:
            for read in reads:
                read.cancel()
            await asyncio.gather(*reads, return_exceptions=True)
        return skus.result(), subscriptions.result(), groups.result()

    async def _organization(self) -> OrganizationRow:
        path = "organization?$select=id,displayName,countryLetterCode"
        rows = (await self._reader.get(path, _ORGANIZATION.decode, cost=ONE_UNIT)).value
        if not rows:
            raise ProviderError("reading organization: the answer names no tenant")
        expected = self._tenant.tenant_id
        if expected is not None and tenant_id(rows[0].id) != expected:
            raise WrongTenant(
                f"the sign-in leads to tenant {rows[0].id}, the inventory names {expected}",
                hint="check `tenant_id` and `auth`",
                where=str(self._tenant.where),
            )
        return rows[0]

    async def _skus(self) -> dict[SkuId, SkuState]:
        pages = self._reader.pages(
            "subscribedSkus", _SKUS.decode, cost=SKUS_COST, is_advanced=False
        )
        found = [as_sku(row) async for page in pages for row in page.value]
        return {sku.id: sku for sku in sorted(found, key=lambda each: each.id)}

    async def _subscriptions(self) -> tuple[SubscriptionState, ...]:
        pages = self._reader.pages(
            "directory/subscriptions", _SUBSCRIPTIONS.decode, cost=ONE_UNIT, is_advanced=False
        )
        found = [as_subscription(row) async for page in pages for row in page.value]
        return tuple(sorted(found, key=lambda each: each.id))

    async def _groups(self) -> tuple[Group, ...] | None:
        """Return the groups with licenses, or None where they cannot be read."""
        fields = f"$select=id,displayName,assignedLicenses&$top={PAGE}"
        filtered = f"groups?$filter=assignedLicenses/$count%20ne%200&$count=true&{fields}"
        try:
            return await self._groups_of(filtered, is_advanced=True)
        except NotAllowed:
            return None
        except (Unreachable, ReadIncomplete):
            raise
        except ProviderError:
            return await self._all_groups(f"groups?{fields}")

    async def _all_groups(self, path: str) -> tuple[Group, ...] | None:
        """Read every group where Graph does not filter by licenses."""
        try:
            return await self._groups_of(path, is_advanced=False)
        except (Unreachable, ReadIncomplete):
            raise
        except ProviderError:
            return None

    async def _groups_of(self, path: str, *, is_advanced: bool) -> tuple[Group, ...]:
        pages = self._reader.pages(path, _GROUPS.decode, cost=ONE_UNIT, is_advanced=is_advanced)
        found = [as_group(row) async for page in pages for row in page.value]
        licensed = [group for group in found if group.licenses]
        return tuple(sorted(licensed, key=lambda each: each.id))

    async def _holders(self, sku: SkuId, users: dict[UserId, User]) -> None:
        """Add everybody who holds a SKU; a list shorter than Graph's own count is read again.

        Two readings of the same people in a row stand against a count that is a little off.
        """
        path = (
            f"users?$filter=assignedLicenses/any(a:a/skuId%20eq%20{quote(sku)})&$count=true"
            f"&$select={USER_FIELDS}&$top={PAGE}"
        )
        rows = counted = 0
        before: set[UserId] | None = None
        for attempt in range(1, READS + 1):
            found: dict[UserId, User] = {}
            counted = 0
            pages = self._reader.pages(path, _USERS.decode, cost=ONE_UNIT, is_advanced=True)
            async for page in pages:
                counted = page.count or counted
                for row in page.value:
                    user = self._maker.make(row)
                    found[user.id] = user
                self._tell(self._tenant.name, len(found))
            rows = len(found)
            if rows >= counted or (found.keys() == before and _is_near(rows, counted)):
                users.update(found)
                return
            before = set(found)
            await self._clock.sleep(backoff_s(attempt + 1))
        raise ReadIncomplete(f"reading users: {rows} of {counted} holders of {sku} came")

    async def _licensed_users(self) -> int | None:
        path = "users?$filter=assignedLicenses/$count%20ne%200&$count=true&$select=id&$top=1"
        try:
            page = await self._reader.get(path, _USERS.decode, cost=ONE_UNIT, is_advanced=True)
        except ProviderError:
            return None
        return page.count

    async def look(self, users: Sequence[UserId]) -> Mapping[UserId, User | None]:
        """Read these users now; None stands for a user who does not exist.

        One whom the sign-in may not read is left out, so that nobody else has to wait for that.
        Order: a refusal for too many calls is no try; the transport paces and ends those.
        Raises: ReadIncomplete when one of them could not be read within the tries.
        """
        seen: dict[UserId, User | None] = {}
        left = list(users)
        hidden: set[UserId] = set()
        attempt = 0
        while attempt < ATTEMPTS:
            is_throttled = False
            for start in range(0, len(left), MOST_CALLS):
                part = left[start : start + MOST_CALLS]
                is_throttled |= await self._look_at(part, seen, hidden=hidden)
            left = [user for user in left if user not in seen and user not in hidden]
            if not left:
                return seen
            if not is_throttled:
                attempt += 1
                await self._clock.sleep(backoff_s(attempt))
        raise ReadIncomplete(f"reading users: {len(left)} of {len(users)} gave no answer")

    async def _look_at(
        self, users: Sequence[UserId], seen: dict[UserId, User | None], *, hidden: set[UserId]
    ) -> bool:
        """Take in whoever was answered for, and return whether anybody was throttled."""
        calls = [Call(method="GET", path=f"/users/{each}?$select={USER_FIELDS}") for each in users]
        replies = await self._transport.send_batch(calls, cost=Cost(units=len(calls)))
        for user, reply in zip(users, replies, strict=True):
            if reply.status == 403 and not reply.is_of_batch:
                hidden.add(user)
            else:
                self._take(user, reply, seen)
        return any(reply.status == 429 for reply in replies)

    def _take(self, user: UserId, reply: Reply, seen: dict[UserId, User | None]) -> None:
        if reply.status == 404:
            seen[user] = None
        elif reply.is_ok:
            try:
                row = _USER.decode(reply.body)
            except msgspec.MsgspecError:
                return
            if user_id(row.id) == user:
                seen[user] = self._maker.make(row)
        elif reply.status in (401, 403):
            raise NotAllowed(f"reading users/{user}: {reply}")

    def change_licenses(
        self, changes: Sequence[LicenseChange]
    ) -> AsyncIterator[tuple[LicenseAnswer, ...]]:
        """Carry out the changes, one call per user, and yield every answer once it is certain."""
        return self._writer.change(changes, seen_at_s=self._read_began_s)

    async def close(self) -> None:
        """Close the connection."""
        await self._transport.close()
