"""The directory of one tenant: read it whole, look at users, change users and groups."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import msgspec

from runner.model.findings import ProviderError, WrongTenant
from runner.model.ids import GroupId, SkuId, UserId, tenant_id
from runner.model.names import plain_text
from runner.model.spec import Tenant
from runner.model.state import Group, SkuState, SubscriptionState, TenantState, User
from runner.ports import Answer, GroupChange, Listener, Question, UserChange
from runner.providers.clock import TenantClock
from runner.providers.graph.accounts import AccountReader
from runner.providers.graph.application import Application
from runner.providers.graph.changing import UserWriter
from runner.providers.graph.grouping import GroupWriter
from runner.providers.graph.groups import GroupReader
from runner.providers.graph.holders import HolderReader
from runner.providers.graph.looking import Looker
from runner.providers.graph.owned import ONE_UNIT, read_skus, read_subscriptions
from runner.providers.graph.reading import Page, Reader
from runner.providers.graph.rows import OrganizationRow, UserMaker
from runner.providers.graph.selecting import Selector
from runner.providers.graph.transport import Transport

_ORGANIZATION = msgspec.json.Decoder(Page[OrganizationRow])


class Nobody:
    """Hears nothing."""

    def reading(self, tenant: str, users: int) -> None:
        """Take in nothing."""

    def pausing(self, tenant: str, pause_s: float, refusals: int) -> None:
        """Take in nothing."""


_NOBODY = Nobody()


class GraphDirectory:
    """Microsoft Graph as the directory of one tenant."""

    def __init__(
        self,
        tenant: Tenant,
        *,
        clock: TenantClock,
        application: Application,
        spent_writes: int = 0,
        tell: Listener = _NOBODY,
    ) -> None:
        self._tenant = tenant
        self._clock = clock
        self._read_began_s = 0.0
        self._transport = Transport(
            tenant, clock=clock, application=application, tell=partial(tell.pausing, tenant.name)
        )
        self._transport.pace.spend_before(spent_writes, now=clock.monotonic_s())
        self._reader = Reader(self._transport, clock)
        maker = UserMaker()
        self._holders = HolderReader(
            self._reader, maker=maker, clock=clock, tell=partial(tell.reading, tenant.name)
        )
        self._looker = Looker(self._transport, maker=maker, clock=clock)
        self._accounts = AccountReader(self._reader, looker=self._looker)
        self._users = UserWriter(self._transport, look=self._looker.look, clock=clock)
        self._groups = GroupWriter(self._transport, reader=self._reader, clock=clock)

    async def read(
        self,
        skus: Collection[SkuId],
        *,
        members_of: Collection[GroupId] | None = None,
        question: Question | None = None,
    ) -> TenantState:
        """Read the whole tenant as far as `skus` are concerned."""
        self._read_began_s = self._clock.monotonic_s()
        organization = await self._organization()
        group_reader = GroupReader(self._reader)
        found, subscriptions, groups = await self._all_but_users(group_reader)
        self._transport.pace.set_size(max((sku.consumed for sku in found.values()), default=0))
        users: dict[UserId, User] = {}
        for sku in sorted(set(skus) & set(found)):
            users |= await self._holders.holders(sku)
        if groups is not None:
            groups = await group_reader.with_members(groups, skus, only=members_of)
            users |= await self._without_license(groups, users)
        state = TenantState(
            tenant_id=tenant_id(organization.id),
            name=plain_text(organization.display_name or "") or self._tenant.name,
            country=organization.country_letter_code,
            read_at=self._clock.now(),
            skus=MappingProxyType(found),
            subscriptions=subscriptions,
            users=MappingProxyType(users),
            groups=groups,
        )
        return await self._answered(state, question, group_reader) if question else state

    async def _answered(
        self, state: TenantState, question: Question, group_reader: GroupReader
    ) -> TenantState:
        selector = Selector(
            self._reader, groups=group_reader, holders=self._holders, looker=self._looker
        )
        selections = await selector.select(question.references)
        counts = question.counts_licensed_users
        blocked = sorted(user.id for user in state.users.values() if not user.is_enabled)
        return replace(
            state,
            selections=MappingProxyType(selections),
            licensed_users=await self._holders.licensed() if counts else None,
            shared_mailboxes=await self._accounts.shared_mailboxes(blocked),
            deleted_holders=await self._accounts.deleted_holders(),
            read_at=self._clock.now(),
        )

    async def _without_license(
        self, groups: Collection[Group], users: Collection[UserId]
    ) -> dict[UserId, User]:
        """Look at the members whom no list of holders shows: those in error hold nothing."""
        members = frozenset[UserId]().union(*(group.members or () for group in groups))
        seen = await self._looker.look(sorted(members.difference(users)))
        return {name: user for name, user in seen.items() if user is not None}

    async def _all_but_users(
        self, group_reader: GroupReader
    ) -> tuple[dict[SkuId, SkuState], tuple[SubscriptionState, ...], tuple[Group, ...] | None]:
        """Read what is small at once; when one read fails, the others end before that is said."""
        skus = asyncio.create_task(read_skus(self._reader))
        subscriptions = asyncio.create_task(read_subscriptions(self._reader))
        groups = asyncio.create_task(group_reader.licensed())
        reads = (skus, subscriptions, groups)
        try:
            await asyncio.gather(*reads)
        finally:
            for read in reads:
                read.cancel()
            await asyncio.gather(*reads, return_exceptions=True)
        found = {sku.id: sku for sku in skus.result()}
        return found, subscriptions.result(), groups.result()

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

    async def look(self, users: Sequence[UserId]) -> Mapping[UserId, User | None]:
        """Read these users now; None stands for a user who does not exist."""
        return await self._looker.look(users)

    async def names(self, users: Sequence[UserId]) -> Mapping[UserId, str]:
        """Read the user principal names of these users; whoever cannot be read is left out."""
        return await self._looker.names(users)

    def only_while(self, may_begin: Callable[[], bool]) -> None:
        """Begin no change from now on unless this says that it may."""
        self._users.only_while(may_begin)
        self._groups.only_while(may_begin)

    def change_users(
        self, changes: Sequence[UserChange]
    ) -> AsyncIterator[tuple[Answer[UserChange], ...]]:
        """Carry out the changes, one call per user, and yield every answer once it is certain."""
        return self._users.change(changes, seen_at_s=self._read_began_s)

    def change_groups(
        self, changes: Sequence[GroupChange]
    ) -> AsyncIterator[tuple[Answer[GroupChange], ...]]:
        """Carry out the changes, one call per group, and yield every answer once it is certain."""
        return self._groups.change(changes)

    async def close(self) -> None:
        """Close the connection."""
        await self._transport.close()
