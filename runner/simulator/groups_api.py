"""Answer what is read of groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from runner.simulator.accounts import Group, User
from runner.simulator.errors import unsupported_query
from runner.simulator.filters import parse_filter
from runner.simulator.groups_views import (
    DEFAULT,
    DEFAULT_MODE_ONLY,
    PROPERTIES,
    SCHEMA,
    GroupView,
    members_in_error,
    show_group,
)
from runner.simulator.messages import Answer, Context
from runner.simulator.queries import (
    context_url,
    is_advanced,
    next_link,
    page_size,
    project,
    read_place,
    refuse_unserved,
    selected,
)
from runner.simulator.users_views import DEFAULT as USER_DEFAULT
from runner.simulator.users_views import PROPERTIES as USER_PROPERTIES
from runner.simulator.users_views import View, show_user

T = TypeVar("T")


def list_groups(context: Context) -> Answer:
    """Answer one page of the groups that a query selects."""
    request = context.request
    refuse_unserved(request)
    groups = context.tenant.groups.values()
    views = [GroupView(context.tenant, group, context.as_of) for group in groups]
    text = request.query.get("$filter")
    if text:
        wanted = parse_filter(text, SCHEMA)
        if wanted.is_advanced and not is_advanced(request):
            raise unsupported_query("Unsupported or invalid query filter clause: not advanced.")
        if DEFAULT_MODE_ONLY in text and is_advanced(request):
            raise unsupported_query(
                "Unsupported or invalid query filter clause specified for property "
                f"'{DEFAULT_MODE_ONLY}' of resource 'Group'."
            )
        views = [view for view in views if wanted.test(view)]
    names = selected(request, PROPERTIES, type_name="group") or DEFAULT
    return _page(context, "groups", found=views, show=lambda view: project(show_group(view), names))


def get_group(context: Context) -> Answer:
    """Answer one group."""
    request = context.request
    group = context.tenant.group(request.segments[1])
    names = selected(request, PROPERTIES, type_name="group") or DEFAULT
    head = {"@odata.context": context_url(request, "groups", names=names) + "/$entity"}
    view = GroupView(context.tenant, group, context.as_of)
    return Answer(body=head | dict(project(show_group(view), names)))


def list_members(context: Context) -> Answer:
    """Answer one page of what is in a group: users, and groups one level below."""
    group = context.tenant.group(context.request.segments[1])
    nested = [] if len(context.request.segments) > 3 else group.nested
    return _listed(context, users=_users(context, group), groups=nested)


def list_transitive_members(context: Context) -> Answer:
    """Answer one page of what is in a group or in any group below it."""
    groups = list(_below(context.tenant.group(context.request.segments[1]), seen=set()))
    users = {user.index: user for group in groups for user in _users(context, group)}
    nested = [] if len(context.request.segments) > 3 else groups[1:]
    return _listed(context, users=list(users.values()), groups=nested)


def list_members_in_error(context: Context) -> Answer:
    """Answer one page of the users whose license from the group is not as it is to be."""
    group = context.tenant.group(context.request.segments[1])
    return _listed(context, users=list(members_in_error(context.tenant, group, at=context.as_of)))


def _users(context: Context, group: Group) -> list[User]:
    return [context.tenant.users[index] for index in group.members]


def _below(group: Group, *, seen: set[str]) -> Iterator[Group]:
    if group.id not in seen:
        seen.add(group.id)
        yield group
        for nested in group.nested:
            yield from _below(nested, seen=seen)


def _listed(context: Context, *, users: Sequence[User], groups: Sequence[Group] = ()) -> Answer:
    request = context.request
    refuse_unserved(request)
    is_cast = len(request.segments) > 3
    known = USER_PROPERTIES if is_cast else {**PROPERTIES, **USER_PROPERTIES}
    chosen = selected(request, known, type_name="user" if is_cast else "directoryObject")

    def show(item: User | Group) -> dict[str, Any]:
        if isinstance(item, Group):
            return _shown_group(context, item, chosen or DEFAULT)
        return _shown_user(context, item, chosen or USER_DEFAULT)

    there = [user for user in users if user.at(context.as_of).deleted_at is None]
    kind = "users" if is_cast else "directoryObjects"
    found: list[User | Group] = [*there, *groups]
    return _page(context, kind, found=found, show=show)


def _shown_user(context: Context, user: User, names: Sequence[str]) -> dict[str, Any]:
    view = View(context.tenant, user, user.at(context.as_of), context.now)
    own = [name for name in names if name in USER_PROPERTIES]
    return {"@odata.type": "#microsoft.graph.user"} | show_user(view, own)


def _shown_group(context: Context, group: Group, names: Sequence[str]) -> dict[str, Any]:
    shown = show_group(GroupView(context.tenant, group, context.as_of))
    own = [name for name in names if name in shown]
    return {"@odata.type": "#microsoft.graph.group", **project(shown, own)}


def _page(context: Context, kind: str, *, found: Sequence[T], show: Callable[[T], Any]) -> Answer:
    request = context.request
    place = read_place(request)[1]
    size = 0 if context.gives_empty_page else page_size(request)
    body: dict[str, Any] = {"@odata.context": context_url(request, kind)}
    if is_advanced(request) and "$skiptoken" not in request.query:
        body["@odata.count"] = len(found)
    if place + size < len(found):
        body["@odata.nextLink"] = next_link(request, "all", offset=place + size)
    body["value"] = [show(item) for item in found[place : place + size]]
    return Answer(body=body)
