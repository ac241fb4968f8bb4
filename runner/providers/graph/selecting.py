"""Find out whom the references of a `who` mean in the tenant."""

import re
from collections.abc import Collection, Mapping
from functools import partial
from urllib.parse import quote

from runner.model.ids import GroupId, group_id
from runner.model.spec import Reference, ReferenceKind
from runner.model.state import Selection
from runner.providers.graph.groups import GroupReader, groups_called, look_at_group
from runner.providers.graph.holders import HolderReader
from runner.providers.graph.looking import Looker
from runner.providers.graph.reading import Forbidden, Reader, Refused, all_of
from runner.providers.graph.reply import Reply

MOST_NAMED = 5
"""Groups of one name that a problem lists by id."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NO_GROUPS = "groups may not be read: grant the application GroupMember.Read.All"
_HIDDEN = (
    "members of this group may not be read: grant the application GroupMember.Read.All, and "
    "Member.Read.Hidden where the group hides them"
)


class Selector:
    """Resolves references in one tenant."""

    def __init__(
        self, reader: Reader, *, groups: GroupReader, holders: HolderReader, looker: Looker
    ) -> None:
        self._reader = reader
        self._groups = groups
        self._holders = holders
        self._looker = looker

    async def select(self, references: Collection[Reference]) -> dict[Reference, Selection]:
        """Return for every reference the users it means, or why it means nobody for certain.

        Raises: Unreachable, ReadIncomplete, NotAllowed where reading did not work as a whole.
        """
        asked = dict.fromkeys(references)
        found = {each: Selection(problem="nothing is named") for each in asked}
        users = [each for each in asked if each.kind is ReferenceKind.USER and each.text.strip()]
        rest = [each for each in asked if each.kind is not ReferenceKind.USER and each.text.strip()]
        found |= await self._users(users)
        answers = await all_of(partial(self._one, each) for each in rest)
        found |= dict(zip(rest, answers, strict=True))
        return found

    async def _one(self, reference: Reference) -> Selection:
        if reference.kind is ReferenceKind.FILTER:
            return await self._fitting(reference.text)
        return await self._members(reference.text.strip("\r\n"))

    async def _users(self, references: Collection[Reference]) -> Mapping[Reference, Selection]:
        paths = {each: _user_path(each.text.strip()) for each in references}
        answers = await self._looker.find(list(dict.fromkeys(paths.values())))
        found = {}
        for each, path in paths.items():
            answer = answers[path]
            if isinstance(answer, Reply):
                found[each] = Selection(problem=_why_no_user(answer))
            else:
                found[each] = Selection(users=frozenset([answer]))
        return found

    async def _fitting(self, odata_filter: str) -> Selection:
        try:
            return Selection(users=await self._holders.fitting(odata_filter))
        except Forbidden:
            return Selection(problem="users may not be read with this filter: Graph answers 403")
        except Refused as error:
            return Selection(problem=f"the filter is refused: {_short(error.reply)}")

    async def _members(self, text: str) -> Selection:
        try:
            groups = await self._named(text)
        except Forbidden:
            return Selection(problem=_NO_GROUPS)
        except Refused as error:
            return Selection(problem=f"the group cannot be looked up: {_short(error.reply)}")
        if len(groups) > 1:
            ids = ", ".join(sorted(groups)[:MOST_NAMED])
            more = ", …" if len(groups) > MOST_NAMED else ""
            return Selection(problem=f"{len(groups)} groups have this name: {ids}{more}")
        try:
            members = await self._groups.members(groups[0]) if groups else None
        except Forbidden:
            return Selection(problem=_HIDDEN)
        if members is None:
            return Selection(problem="there is no such group")
        return Selection(users=members.users, nested_groups=members.nested_groups)

    async def _named(self, text: str) -> list[GroupId]:
        """Return the groups an id or a name means; blanks at the ends belong to a name."""
        if _GUID.fullmatch(text.strip()):
            group = await look_at_group(self._reader, group_id(text.strip()))
            return [group.id] if group else []
        name = quote(text.replace("'", "''"), safe="")
        rows = await groups_called(self._reader, f"$filter=displayName%20eq%20'{name}'")
        return [group_id(row.id) for row in rows]


def _user_path(text: str) -> str:
    """Return the address of a user by id or principal name.

    Source: Microsoft Graph v1.0, `user: get` (guests' names hold `#`, names that begin with `$`
    go into parentheses), read 2026-11-22.
    """
    if text.startswith("$"):
        name = quote(text.replace("'", "''"), safe="")
        return f"/users('{name}')?$select=id"
    return f"/users/{quote(text, safe='')}?$select=id"


def _why_no_user(reply: Reply) -> str:
    if reply.status == 404:
        return "there is no such user"
    if reply.status == 403:
        return "this user may not be read: grant the application User.Read.All"
    return f"the user cannot be looked up: {_short(reply)}"


def _short(reply: Reply) -> str:
    """Return what Graph says, without full stop and at most a line."""
    said = " ".join((reply.message or reply.code or f"status {reply.status}").split())
    return said.rstrip(".")[:200]
