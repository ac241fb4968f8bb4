"""Answer the calls on groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from runner.simulator.accounts import ACTIVE, Group
from runner.simulator.clock import iso
from runner.simulator.errors import GraphError, unsupported_query
from runner.simulator.filters import Schema, parse_filter
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
from runner.simulator.tenant import Tenant
from runner.simulator.users_views import DEFAULT as USER_DEFAULT
from runner.simulator.users_views import PROPERTIES as USER_PROPERTIES
from runner.simulator.users_views import View, show_user

DEFAULT = (
    "id",
    "deletedDateTime",
    "createdDateTime",
    "description",
    "displayName",
    "groupTypes",
    "mail",
    "mailEnabled",
    "mailNickname",
    "membershipRule",
    "securityEnabled",
    "visibility",
)


class _Held(NamedTuple):
    tenant: Tenant
    group: Group


def _licenses(held: _Held) -> list[Mapping[str, Any]]:
    rows = held.group.licenses
    return [{"disabledPlans": row.disabled, "skuId": row.sku_id} for row in rows]


def _has_errors(held: _Held) -> bool:
    users = (held.tenant.users[index] for index in held.group.members)
    rows = (row for user in users for row in user.state.rows if row.group_id == held.group.id)
    return any(row.state not in ACTIVE or row.error for row in rows)


_SCHEMA = Schema(
    type_name="Group",
    fields={
        "id": lambda held: held.group.id,
        "displayName": lambda held: held.group.name,
        "securityEnabled": lambda held: held.group.security_enabled,
        "hasMembersWithLicenseErrors": _has_errors,
    },
    collections={
        "assignedLicenses": _licenses,
        "groupTypes": lambda held: [{"": kind} for kind in held.group.group_types],
    },
)


def list_groups(context: Context) -> Answer:
    """Answer one page of the groups that a query selects."""
    request = context.request
    refuse_unserved(request)
    held = [_Held(context.tenant, group) for group in context.tenant.groups.values()]
    text = request.query.get("$filter")
    if text:
        wanted = parse_filter(text, _SCHEMA)
        if wanted.is_advanced and not is_advanced(request):
            raise unsupported_query("Unsupported or invalid query filter clause: not advanced.")
        held = [item for item in held if wanted.test(item)]
    items = [_group(item) for item in held]
    names = selected(request, dict.fromkeys(_NAMES), type_name="group") or DEFAULT
    body = _page(context, "groups", items=[project(item, names) for item in items])
    if is_advanced(request) and "$skiptoken" not in request.query:
        body["@odata.count"] = len(items)
    return Answer(body=body)


def get_group(context: Context) -> Answer:
    """Answer one group."""
    request = context.request
    group = context.tenant.group(request.segments[1])
    names = selected(request, dict.fromkeys(_NAMES), type_name="group") or DEFAULT
    head = {"@odata.context": context_url(request, "groups", names=names) + "/$entity"}
    return Answer(body=head | dict(project(_group(_Held(context.tenant, group)), names)))


def list_members(context: Context) -> Answer:
    """Answer one page of the users in a group."""
    request = context.request
    refuse_unserved(request)
    group = context.tenant.group(request.segments[1])
    names = selected(request, USER_PROPERTIES, type_name="user") or USER_DEFAULT
    users = (context.tenant.users[index] for index in group.members)
    states = ((user, user.at(context.as_of)) for user in users)
    items = [
        {"@odata.type": "#microsoft.graph.user"}
        | show_user(View(context.tenant, user, state, context.now), names)
        for user, state in states
        if state.deleted_at is None
    ]
    return Answer(body=_page(context, "directoryObjects", items=items))


def post_group_license(context: Context) -> Answer:
    """Refuse to give licenses to a group: their background work is not simulated.

    Raises: GraphError 501, always.
    """
    context.tenant.group(context.request.segments[1])
    raise GraphError(
        501, "NotImplemented", message="This simulator does not process group licenses."
    )


def _page(context: Context, kind: str, *, items: Sequence[Any]) -> dict[str, Any]:
    offset = read_place(context.request)[1]
    size = 0 if context.gives_empty_page else page_size(context.request)
    body: dict[str, Any] = {"@odata.context": context_url(context.request, kind)}
    if offset + size < len(items):
        body["@odata.nextLink"] = next_link(context.request, "all", offset=offset + size)
    body["value"] = items[offset : offset + size]
    return body


_NAMES = (*DEFAULT, "assignedLicenses", "licenseProcessingState", "onPremisesSyncEnabled")


def _group(held: _Held) -> dict[str, Any]:
    group = held.group
    is_mail = "Unified" in group.group_types
    state = {"state": "ProcessingComplete"} if group.licenses else None
    return {
        "id": group.id,
        "deletedDateTime": None,
        "createdDateTime": iso(group.created_at),
        "description": None,
        "displayName": group.name,
        "groupTypes": group.group_types,
        "mail": f"{group.name.lower().replace(' ', '.')}@{held.tenant.domain}" if is_mail else None,
        "mailEnabled": is_mail,
        "mailNickname": group.name.lower().replace(" ", "."),
        "membershipRule": None,
        "securityEnabled": group.security_enabled,
        "visibility": None,
        "assignedLicenses": _licenses(held),
        "licenseProcessingState": state,
        "onPremisesSyncEnabled": None,
    }
