"""Which Graph permissions the calls of planning and applying take, least first."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from runner.model.spec import AssignmentWant, SubscriptionGoal, TenantSpec

_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
_WRITE_DIRECTORY = "Directory.ReadWrite.All"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What one kind of call takes.

    `least` is the least permission, `also` are those that do as well. `call` is a read that shows
    whether it is granted; a write has none. `purpose` says what it is for, `without` what happens
    where it is missing and the work goes on all the same; empty where it cannot go on.
    """

    least: str
    purpose: str
    also: tuple[str, ...] = ()
    call: str = ""
    without: str = ""

    def is_in(self, granted: Collection[str]) -> bool:
        """Return whether one of the permissions that do is among those granted."""
        return self.least in granted or any(each in granted for each in self.also)


SKUS = Permission(
    least="LicenseAssignment.Read.All",
    purpose="products and their seats",
    also=("Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY),
    call="subscribedSkus",
)
SUBSCRIPTIONS = Permission(
    least="Organization.Read.All",
    purpose="the organization and its subscriptions",
    also=("Organization.ReadWrite.All", *_DIRECTORY),
    call="directory/subscriptions",
)
USERS = Permission(
    least="User.Read.All",
    purpose="users and what they hold",
    also=("User.ReadWrite.All", *_DIRECTORY),
    call="users?$select=id,assignedLicenses,licenseAssignmentStates,usageLocation&$top=1",
)
GROUPS = Permission(
    least="GroupMember.Read.All",
    purpose="groups that carry licenses, and their members",
    also=("Group.Read.All", "Group.ReadWrite.All", *_DIRECTORY),
    call="groups?$select=id,assignedLicenses&$top=1",
)
GROUPS_MAYBE = replace(GROUPS, without="users who hold a product by a group stay as they are")
MAILBOXES = Permission(
    least="MailboxSettings.Read",
    purpose="which blocked accounts are shared mailboxes",
    also=("MailboxSettings.ReadWrite",),
    without="shared mailboxes are told as blocked accounts",
)
ASSIGN = Permission(
    least="LicenseAssignment.ReadWrite.All",
    purpose="move users",
    also=("User.ReadWrite.All", _WRITE_DIRECTORY),
)
ASSIGN_GROUPS = Permission(
    least="LicenseAssignment.ReadWrite.All",
    purpose="swap the licenses of groups",
    also=("Group.ReadWrite.All", _WRITE_DIRECTORY),
    without="users who hold a product by a group stay as they are",
)
LOCATIONS = Permission(
    least="User.ReadWrite.All",
    purpose="write the usage location of users who have none",
    also=(_WRITE_DIRECTORY,),
)
REPROCESS = Permission(
    least="User.ReadWrite.All",
    purpose="have Graph try members of groups again who are in error",
    also=(_WRITE_DIRECTORY,),
    without="they have to be reprocessed in the admin center",
)
"""Source: graph.md 9; Microsoft Graph v1.0, permission tables of `user: assignLicense`,
`group: assignLicense`, `user: reprocessLicenseAssignment`, `mailboxSettings`, read 2026-11-23.
Those of groups and of locations are not certain: a refusal names them again.
"""


TO_PLAN_ANYTHING: tuple[Permission, ...] = (
    SKUS,
    SUBSCRIPTIONS,
    USERS,
    replace(GROUPS_MAYBE, without=f"{GROUPS_MAYBE.without}, and nothing can be cancelled"),
    MAILBOXES,
)
TO_APPLY_ANYTHING: tuple[Permission, ...] = (
    ASSIGN,
    ASSIGN_GROUPS,
    replace(LOCATIONS, without="playbooks with `usage_location` cannot be applied"),
    REPROCESS,
)


def permissions_to_plan(specs: Collection[TenantSpec]) -> tuple[Permission, ...]:
    """Return what planning takes: all of it, but groups only where they decide something."""
    reads_groups = any(_ends_something(spec) or _asks_for_groups(spec) for spec in specs)
    return (SKUS, SUBSCRIPTIONS, USERS, GROUPS if reads_groups else GROUPS_MAYBE, MAILBOXES)


def permissions_to_apply(specs: Collection[TenantSpec]) -> tuple[Permission, ...]:
    """Return what applying takes beside planning."""
    return tuple(_writes([want for spec in specs for want in spec.assignments]))


def _writes(assignments: Collection[AssignmentWant]) -> Iterator[Permission]:
    if not assignments:
        return
    yield ASSIGN
    yield ASSIGN_GROUPS
    yield LOCATIONS if any(want.usage_location for want in assignments) else REPROCESS


def _ends_something(spec: TenantSpec) -> bool:
    return any(want.goal is SubscriptionGoal.CANCELLED for want in spec.subscriptions)


def _asks_for_groups(spec: TenantSpec) -> bool:
    return any(want.who.groups or want.who.except_groups for want in spec.assignments)
