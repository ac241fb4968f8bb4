"""Find what answers a call, what it costs and which permissions allow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runner.simulator import contracts_api, groups_api, groups_writes, skus_api, users_api
from runner.simulator.errors import GraphError
from runner.simulator.messages import Answer, Context, Request

_READ_ALL = frozenset({"Directory.Read.All", "Directory.ReadWrite.All"})
_READ_ORG = frozenset({"Organization.Read.All", "Organization.ReadWrite.All"}) | _READ_ALL
_READ_SKUS = frozenset({"LicenseAssignment.Read.All"}) | _READ_ORG
_READ_USERS = frozenset({"User.Read.All", "User.ReadWrite.All"}) | _READ_ALL
_READ_GROUPS = frozenset({"Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All"})
_READ_GROUPS |= _READ_ALL
_WRITE_USERS = frozenset({"User.ReadWrite.All", "Directory.ReadWrite.All"})
_ASSIGN = frozenset({"LicenseAssignment.ReadWrite.All"}) | _WRITE_USERS
_ASSIGN_GROUPS = frozenset(
    {"LicenseAssignment.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"}
)
_WRITE_GROUPS = frozenset({"Group.ReadWrite.All", "Directory.ReadWrite.All"})
_WRITE_MEMBERS = frozenset({"GroupMember.ReadWrite.All"}) | _WRITE_GROUPS
_READ_MAILBOXES = frozenset({"MailboxSettings.Read", "MailboxSettings.ReadWrite"})
_READ_DETAILS = _READ_SKUS | _READ_USERS
_SECOND = ("$count", "subscriptions", "deletedItems")
_CAST = "microsoft.graph.user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Hold what answers a call, what may call it and what it costs.

    Source: Microsoft Graph, "Microsoft Graph service-specific throttling limits" (costs) and
    the permission table of each call's reference page, read 2026-11-22.
    """

    answer: Callable[[Context], Answer]
    allowed: frozenset[str]
    units: int = 1
    is_write: bool = False

    def cost(self, request: Request) -> int:
        """Return the resource units one call costs."""
        top = request.query.get("$top", "")
        few = top.isdigit() and int(top) < 20
        return max(1, self.units - ("$select" in request.query) - few)


def _read(answer: Callable[[Context], Answer], allowed: frozenset[str], *, units: int = 1) -> Route:
    return Route(answer=answer, allowed=allowed, units=units)


def _write(answer: Callable[[Context], Answer], allowed: frozenset[str]) -> Route:
    return Route(answer=answer, allowed=allowed, is_write=True)


ROUTES: Mapping[tuple[str, ...], Route] = {
    ("GET", "organization"): _read(skus_api.list_organization, _READ_ORG),
    ("GET", "organization", "*"): _read(skus_api.get_organization, _READ_ORG),
    ("GET", "subscribedSkus"): _read(skus_api.list_skus, _READ_SKUS, units=3),
    ("GET", "subscribedSkus", "*"): _read(skus_api.get_sku, _READ_SKUS),
    ("GET", "directory", "subscriptions"): _read(skus_api.list_subscriptions, _READ_ORG),
    ("GET", "directory", "subscriptions", "*"): _read(skus_api.get_subscription, _READ_ORG),
    ("GET", "directory", "subscriptions()"): _read(skus_api.get_subscription, _READ_ORG),
    ("GET", "contracts"): _read(contracts_api.list_contracts, _READ_ALL),
    ("GET", "users"): _read(users_api.list_users, _READ_USERS, units=2),
    ("GET", "users", "$count"): _read(users_api.count_users, _READ_USERS),
    ("GET", "users", "*"): _read(users_api.get_user, _READ_USERS),
    ("GET", "users", "*", "licenseDetails"): _read(
        users_api.list_license_details, _READ_DETAILS, units=2
    ),
    ("GET", "groups"): _read(groups_api.list_groups, _READ_GROUPS),
    ("GET", "groups", "*"): _read(groups_api.get_group, _READ_GROUPS),
    ("GET", "groups", "*", "members"): _read(groups_api.list_members, _READ_GROUPS, units=3),
    ("GET", "groups", "*", "members", _CAST): _read(groups_api.list_members, _READ_GROUPS, units=3),
    ("GET", "groups", "*", "transitiveMembers"): _read(
        groups_api.list_transitive_members, _READ_GROUPS, units=5
    ),
    ("GET", "groups", "*", "transitiveMembers", _CAST): _read(
        groups_api.list_transitive_members, _READ_GROUPS, units=5
    ),
    ("GET", "groups", "*", "membersWithLicenseErrors"): _read(
        groups_api.list_members_in_error, _READ_GROUPS
    ),
    ("GET", "users", "*", "mailboxSettings"): _read(
        users_api.get_mailbox_settings, _READ_MAILBOXES
    ),
    ("GET", "directory", "deletedItems", _CAST): _read(users_api.list_deleted_users, _READ_USERS),
    ("PATCH", "users", "*"): _write(users_api.patch_user, _WRITE_USERS),
    ("DELETE", "users", "*"): _write(users_api.delete_user, _WRITE_USERS),
    ("POST", "users", "*", "assignLicense"): _write(users_api.post_assign_license, _ASSIGN),
    ("POST", "users", "*", "reprocessLicenseAssignment"): _write(
        groups_writes.post_reprocess, _WRITE_USERS
    ),
    ("POST", "groups", "*", "assignLicense"): _write(
        groups_writes.post_group_license, _ASSIGN_GROUPS
    ),
    ("POST", "groups", "*", "members", "$ref"): _write(groups_writes.post_member, _WRITE_MEMBERS),
    ("DELETE", "groups", "*", "members", "*", "$ref"): _write(
        groups_writes.delete_member, _WRITE_MEMBERS
    ),
    ("DELETE", "groups", "*"): _write(groups_writes.delete_one_group, _WRITE_GROUPS),
}
_METHODS = frozenset(key[0] for key in ROUTES)
_SHAPES = frozenset(key[1:] for key in ROUTES)
_STARTS = frozenset(shape[0] for shape in _SHAPES)


def find_route(request: Request) -> Route:
    """Return what answers a call.

    Raises: GraphError 400 for an unknown address, 405 for a known one with another method.
    """
    shape = _shape(request.segments)
    route = ROUTES.get((request.method, *shape))
    if route is not None:
        return route
    if shape in _SHAPES:
        text = "Specified HTTP method is not allowed for the request target."
        raise GraphError(405, "Request_BadRequest", message=text)
    unknown = request.segments[:1] if shape[:1] not in {(start,) for start in _STARTS} else ()
    segment = (unknown or request.segments[-1:] or ("",))[0]
    raise GraphError(400, "BadRequest", message=f"Resource not found for the segment '{segment}'.")


def _shape(segments: tuple[str, ...]) -> tuple[str, ...]:
    if len(segments) < 2:
        return segments
    first, second, *rest = segments
    if second.startswith("subscriptions("):
        return (first, "subscriptions()", *rest)
    if second == "subscriptions":
        return (first, second, *(["*"] if rest else []), *rest[1:])
    if rest[:1] == ["members"] and rest[2:] == ["$ref"]:
        rest[1] = "*"
    return (first, second if second in _SECOND else "*", *rest)
