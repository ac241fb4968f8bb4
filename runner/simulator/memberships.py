"""Change what groups give, who is in them, and whether they are there at all."""

from __future__ import annotations

from typing import Any

from runner.simulator.accounts import AccountState, Group, Row, User
from runner.simulator.errors import bad_request, forbidden, not_found
from runner.simulator.inheritance import enqueue
from runner.simulator.licensing import completed, read_licenses
from runner.simulator.obstacles import broken_rules
from runner.simulator.tenant import Tenant


def assign_group_license(tenant: Tenant, group: Group, *, body: Any, now: float) -> None:
    """Change the licenses of a group; its members follow in the background.

    Raises: GraphError for what is wrong with the group itself, never for a member.
    Source: Microsoft Graph v1.0, `group: assignLicense`; Microsoft Entra, "What is group-based
    licensing" (a group holds what its add-ons need), read 2026-11-22.
    """
    if not group.security_enabled:
        raise bad_request("Licenses cannot be assigned to a group that is not security-enabled.")
    adds, removes = read_licenses(tenant, body, now=now)
    held = {row.sku_id for row in group.licenses}
    if not held.issuperset(removes):
        raise bad_request("Group does not have a corresponding license.")
    gone = {*removes, *(add.sku_id for add in adds)}
    kept = [row for row in group.licenses if row.sku_id not in gone]
    given = [Row(sku_id=add.sku_id, disabled=add.disabled, group_id=group.id) for add in adds]
    rows = (*kept, *completed(tenant, kept, adds=given, at=now))
    _check_prerequisites(tenant, group, rows=rows)
    group.past.append((now, group.licenses))
    group.licenses = rows
    enqueue(tenant, group, members=group.members, now=now)


def _check_prerequisites(tenant: Tenant, group: Group, *, rows: tuple[Row, ...]) -> None:
    before, after = AccountState(rows=group.licenses), AccountState(rows=rows)
    for violation in broken_rules(tenant, before, after=after):
        if violation.kind == "DependencyViolation":
            raise bad_request(violation.message)


def check_editable(group: Group) -> None:
    """Refuse what only a rule or the directory on premises may change.

    Raises: GraphError for a dynamic or synchronized group.
    """
    _check_on_premises(group)
    if group.kind == "dynamic":
        raise forbidden()


def join(tenant: Tenant, group: Group, *, user: User, now: float) -> None:
    """Put a user into a group; its licenses follow in the background.

    Raises: GraphError when the user is in it.
    """
    if user.index in group.members:
        raise bad_request(
            "One or more added object references already exist for the following modified "
            "properties: 'members'."
        )
    group.members[user.index] = None
    _follow(tenant, group, user=user, now=now)


def leave(tenant: Tenant, group: Group, *, user: User, now: float) -> None:
    """Take a user out of a group; what it inherited goes in the background.

    Raises: GraphError when the user is not in it.
    """
    if user.index not in group.members:
        raise not_found(user.id)
    del group.members[user.index]
    _follow(tenant, group, user=user, now=now)


def delete_group(tenant: Tenant, group: Group) -> None:
    """Delete a group that gives no licenses.

    Raises: GraphError while it gives any, or when it is kept on premises.
    Source: a captured answer of Microsoft Entra Connect, read 2026-11-22.
    """
    _check_on_premises(group)
    if group.licenses:
        raise bad_request(
            "Unable to delete the group because there is a product license assigned to the "
            "group. To delete this group, remove any product licenses first."
        )
    del tenant.groups[group.id]
    for other in tenant.groups.values():
        other.nested = [item for item in other.nested if item is not group]


def _follow(tenant: Tenant, group: Group, *, user: User, now: float) -> None:
    if group.licenses or any(row.group_id == group.id for row in user.state.rows):
        enqueue(tenant, group, members=(user.index,), now=now)


def _check_on_premises(group: Group) -> None:
    if group.synced:
        raise bad_request(
            "Unable to update the specified properties for on-premises mastered Directory Sync "
            "objects or objects currently undergoing migration."
        )
