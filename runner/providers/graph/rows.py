"""Turn Graph's rows into the nouns of the program."""

from collections.abc import Iterable

import msgspec

from runner.model.ids import (
    group_id,
    service_plan_id,
    sku_id,
    subscription_id,
    tenant_id,
    user_id,
)
from runner.model.names import plain_text
from runner.model.state import (
    Group,
    Holding,
    License,
    ServicePlanState,
    SkuState,
    SubscriptionState,
    User,
)
from runner.providers.moments import moment

USER_FIELDS = "id,accountEnabled,userType,usageLocation,assignedLicenses,licenseAssignmentStates"
"""Source: graph.md 3.1: the default projection leaves every license field out, read 2026-11-22."""


class OrganizationRow(msgspec.Struct, rename="camel"):
    """The tenant itself."""

    id: str
    display_name: str | None = None
    country_letter_code: str | None = None


class PlanRow(msgspec.Struct, rename="camel"):
    """A service plan inside a SKU."""

    service_plan_id: str
    service_plan_name: str | None = None
    provisioning_status: str | None = None
    applies_to: str | None = None


class UnitsRow(msgspec.Struct, rename="camel"):
    """Seats by state."""

    enabled: int | None = 0
    suspended: int | None = 0
    warning: int | None = 0
    locked_out: int | None = 0


class SkuRow(msgspec.Struct, rename="camel"):
    """A subscribed SKU."""

    sku_id: str
    sku_part_number: str | None = None
    applies_to: str | None = None
    capability_status: str | None = None
    consumed_units: int | None = 0
    prepaid_units: UnitsRow | None = None
    service_plans: list[PlanRow] | None = None
    subscription_ids: list[str] | None = None


class SubscriptionRow(msgspec.Struct, rename="camel"):
    """A subscription of the directory."""

    id: str
    sku_id: str | None = None
    sku_part_number: str | None = None
    commerce_subscription_id: str | None = None
    status: str | None = None
    is_trial: bool | None = None
    total_licenses: int | None = None
    created_date_time: str | None = None
    next_lifecycle_date_time: str | None = None
    owner_tenant_id: str | None = None


class LicenseRow(msgspec.Struct, rename="camel"):
    """An assigned license."""

    sku_id: str
    disabled_plans: list[str] | None = None


class AssignmentRow(msgspec.Struct, rename="camel"):
    """How a license came to a user."""

    sku_id: str
    disabled_plans: list[str] | None = None
    assigned_by_group: str | None = None
    state: str | None = None
    error: str | None = None


class UserRow(msgspec.Struct, rename="camel"):
    """A user with licenses."""

    id: str
    account_enabled: bool | None = None
    user_type: str | None = None
    usage_location: str | None = None
    assigned_licenses: list[LicenseRow] | None = None
    license_assignment_states: list[AssignmentRow] | None = None
    user_principal_name: str | None = None


class ProcessingRow(msgspec.Struct, rename="camel"):
    """How far Graph is with carrying a group's licenses to its members."""

    state: str | None = None


class GroupRow(msgspec.Struct, rename="camel"):
    """A group with licenses."""

    id: str
    display_name: str | None = None
    assigned_licenses: list[LicenseRow] | None = None
    license_processing_state: ProcessingRow | str | None = None


class MemberRow(msgspec.Struct):
    """Something directly in a group: a user, a group, a device."""

    id: str
    kind: str | None = msgspec.field(name="@odata.type", default=None)


GROUP_FIELDS = "id,displayName,assignedLicenses,licenseProcessingState"
PROCESSING = ("QueuedForProcessing", "ProcessingInProgress")
FAILED = "ProcessingFailed"
"""Source: graph.md 5.1 (both license properties come only when selected; the state is an object in
the schema and a word in the text; a sample of Microsoft's looks for the last, which the reference
does not list), read 2026-11-23.
"""

_WORDS = {
    word.lower(): word for word in ("Enabled", "Warning", "Suspended", "LockedOut", "Deleted")
}


def as_sku(row: SkuRow) -> SkuState:
    """Return the SKU of a row; a number that is missing counts as none."""
    units = row.prepaid_units or UnitsRow()
    return SkuState(
        id=sku_id(row.sku_id),
        part_number=row.sku_part_number or row.sku_id,
        applies_to=row.applies_to or "User",
        capability_status=_WORDS.get(
            (row.capability_status or "").lower(), row.capability_status or ""
        ),
        enabled=units.enabled or 0,
        warning=units.warning or 0,
        suspended=units.suspended or 0,
        locked_out=units.locked_out or 0,
        consumed=row.consumed_units or 0,
        service_plans=tuple(
            ServicePlanState(
                id=service_plan_id(plan.service_plan_id),
                name=plan.service_plan_name or plan.service_plan_id,
                status=plan.provisioning_status or "",
                applies_to=plan.applies_to or "User",
            )
            for plan in row.service_plans or ()
        ),
        subscription_ids=tuple(subscription_id(each) for each in row.subscription_ids or ()),
    )


def as_subscription(row: SubscriptionRow) -> SubscriptionState:
    """Return the subscription of a row."""
    return SubscriptionState(
        id=subscription_id(row.id),
        commerce_id=row.commerce_subscription_id,
        sku=sku_id(row.sku_id or ""),
        part_number=row.sku_part_number or row.sku_id or "",
        status=_WORDS.get((row.status or "").lower(), row.status or ""),
        is_trial=bool(row.is_trial),
        seats=row.total_licenses or 0,
        created_at=moment(row.created_date_time),
        next_lifecycle_at=moment(row.next_lifecycle_date_time),
        owner_tenant=tenant_id(row.owner_tenant_id) if row.owner_tenant_id else None,
    )


def as_group(row: GroupRow) -> Group:
    """Return the group of a row; its members are read apart."""
    shown = row.license_processing_state
    state = shown.state if isinstance(shown, ProcessingRow) else shown
    return Group(
        id=group_id(row.id),
        name=plain_text(row.display_name or "") or row.id,
        licenses=tuple(_license(each) for each in row.assigned_licenses or ()),
        is_processing=state in PROCESSING,
        has_failed=state == FAILED,
    )


def _license(row: LicenseRow | AssignmentRow) -> License:
    plans = sorted(service_plan_id(each) for each in row.disabled_plans or ())
    return License(sku=sku_id(row.sku_id), disabled_plans=tuple(plans))


class UserMaker:
    """Makes users that share one object per distinct set of licenses."""

    def __init__(self) -> None:
        self._shared: dict[tuple[object, ...], tuple[Holding, ...]] = {}
        self._locations: dict[str, str] = {}

    def make(self, row: UserRow) -> User:
        """Return the user of a row.

        Source: graph.md 3.2 and 11: a license without an assignment state counts as direct, and
        `error` is null or the word `None` where there is none, read 2026-11-22.
        """
        states = row.license_assignment_states or []
        explained = {state.sku_id.lower() for state in states}
        rows: list[AssignmentRow] = [
            *states,
            *(
                AssignmentRow(
                    sku_id=each.sku_id, disabled_plans=each.disabled_plans, state="Active"
                )
                for each in row.assigned_licenses or ()
                if each.sku_id.lower() not in explained
            ),
        ]
        location = row.usage_location or None
        return User(
            user_id(row.id),
            self._holdings(rows),
            location and self._locations.setdefault(location, location),
            row.account_enabled is not False,
            row.user_type == "Guest",
        )

    def _holdings(self, rows: Iterable[AssignmentRow]) -> tuple[Holding, ...]:
        key = tuple(sorted(_key(row) for row in rows))
        if key not in self._shared:
            self._shared[key] = tuple(
                Holding(
                    license=License(
                        sku=sku_id(sku),
                        disabled_plans=tuple(sorted(service_plan_id(p) for p in plans)),
                    ),
                    by_group=group_id(group) if group else None,
                    status=status,
                    error=error or None,
                )
                for sku, plans, group, status, error in key
            )
        return self._shared[key]


def _key(row: AssignmentRow) -> tuple[str, tuple[str, ...], str, str, str]:
    error = row.error if row.error and row.error != "None" else ""
    plans = tuple(sorted(row.disabled_plans)) if row.disabled_plans else ()
    return (row.sku_id, plans, row.assigned_by_group or "", row.state or "Active", error)
