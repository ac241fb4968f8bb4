"""Read the groups that carry licenses, and who is directly in a group."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from runner.model.findings import NotAllowed, ProviderError, ReadIncomplete, Unreachable
from runner.model.ids import GroupId, SkuId, UserId, user_id
from runner.model.state import Group
from runner.providers.graph.pace import Cost
from runner.providers.graph.reading import PAGE, Forbidden, Page, Reader, Refused, all_of
from runner.providers.graph.rows import GROUP_FIELDS, GroupRow, MemberRow, as_group

GROUPS_COST = Cost(units=1)
MEMBERS_COST = Cost(units=2)
"""Source: graph.md 7.2 (resource units of a call), read 2026-11-22."""

_USERS = (None, "#microsoft.graph.user")
_GROUPS = "#microsoft.graph.group"
_GROUP = msgspec.json.Decoder(GroupRow)
_GROUP_PAGE = msgspec.json.Decoder(Page[GroupRow])
_MEMBER_PAGE = msgspec.json.Decoder(Page[MemberRow])


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The users directly in a group, and how many groups are in it."""

    users: frozenset[UserId]
    nested_groups: int


class GroupReader:
    """Reads the groups of one tenant; the members of each group are read once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._members: dict[GroupId, Members] = {}

    async def licensed(self) -> tuple[Group, ...] | None:
        """Return the groups with licenses, or None where they cannot be read."""
        fields = f"$select={GROUP_FIELDS}&$top={PAGE}"
        filtered = f"groups?$filter=assignedLicenses/$count%20ne%200&$count=true&{fields}"
        try:
            return await self._listed(filtered, is_advanced=True)
        except Forbidden:
            return None
        except (Unreachable, ReadIncomplete, NotAllowed):
            raise
        except ProviderError:
            return await self._all_groups(f"groups?{fields}")

    async def _all_groups(self, path: str) -> tuple[Group, ...] | None:
        """Read every group where Graph does not filter by licenses."""
        try:
            return await self._listed(path, is_advanced=False)
        except (Unreachable, ReadIncomplete):
            raise
        except ProviderError:
            return None

    async def _listed(self, path: str, *, is_advanced: bool) -> tuple[Group, ...]:
        pages = self._reader.pages(
            path, _GROUP_PAGE.decode, cost=GROUPS_COST, is_advanced=is_advanced
        )
        found = [as_group(row) async for page in pages for row in page.value]
        licensed = [group for group in found if group.licenses]
        return tuple(sorted(licensed, key=lambda each: each.id))

    async def with_members(
        self,
        groups: Collection[Group],
        skus: Collection[SkuId],
        *,
        only: Collection[GroupId] | None = None,
    ) -> tuple[Group, ...]:
        """Return the groups, those that carry one of the SKUs with the users directly in them.

        Those are looked at one by one, because the index behind the list of groups lags.
        `only` narrows that to some groups; the others keep their members to themselves.
        A group that is gone by now is left out; hidden members stay unknown.
        Source: graph.md 10 (the advanced index is a view with a lag of its own), read 2026-11-23.
        """
        wanted = set(skus)
        asked = [
            group
            for group in groups
            if any(each.sku in wanted for each in group.licenses)
            and (only is None or group.id in only)
        ]
        joined = await all_of(partial(self._joined, group) for group in asked)
        found = dict(zip((group.id for group in asked), joined, strict=True))
        with_members = (found.get(group.id, group) for group in groups)
        return tuple(group for group in with_members if group is not None)

    async def _joined(self, group: Group) -> Group | None:
        try:
            seen = await look_at_group(self._reader, group.id)
            members = await self.members(group.id)
        except Forbidden:
            return group
        if seen is None or members is None:
            return None
        return replace(seen, members=members.users)

    async def members(self, group: GroupId) -> Members | None:
        """Return who is directly in a group, or None where there is no such group.

        Devices, contacts and applications are no members here: they hold no licenses.
        Raises: Forbidden where the members are hidden from the sign-in.
        """
        if group not in self._members:
            path = f"groups/{group}/members?$select=id&$top={PAGE}"
            try:
                self._members[group] = await self._read_members(path)
            except Refused as error:
                if error.reply.status == 404:
                    return None
                raise
        return self._members[group]

    async def _read_members(self, path: str) -> Members:
        pages = self._reader.pages(path, _MEMBER_PAGE.decode, cost=MEMBERS_COST, is_advanced=False)
        users: set[UserId] = set()
        nested: set[str] = set()
        async for page in pages:
            users.update(user_id(row.id) for row in page.value if row.kind in _USERS)
            nested.update(row.id for row in page.value if row.kind == _GROUPS)
        return Members(users=frozenset(users), nested_groups=len(nested))


async def look_at_group(reader: Reader, group: GroupId) -> Group | None:
    """Read one group now, without its members; None where there is none.

    Raises: Forbidden, Refused, Unreachable.
    """
    path = f"groups/{group}?$select={GROUP_FIELDS}"
    try:
        return as_group(await reader.get(path, _GROUP.decode, cost=GROUPS_COST))
    except Refused as error:
        if error.reply.status == 404:
            return None
        raise


async def groups_called(reader: Reader, query: str) -> list[GroupRow]:
    """Return the groups that a query on the list of groups finds.

    Raises: Forbidden, Refused, Unreachable, ReadIncomplete.
    """
    path = f"groups?{query}&$select=id,displayName"
    pages = reader.pages(path, _GROUP_PAGE.decode, cost=GROUPS_COST, is_advanced=False)
    return [row async for page in pages for row in page.value]
