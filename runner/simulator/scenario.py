"""Read what a simulated world looks like and say what in it cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from runner.simulator.azure_scenario import AzureEntry
from runner.simulator.partner_scenario import PartnerEntry, PartnerWorldEntry

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_TAKEN = ("azure", "partner", "v1.0", "_control")
"""First parts of the simulator's own addresses, so that no tenant can be reached by them."""


class ScenarioError(ValueError):
    """Say where a scenario is wrong and what was expected."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ClockEntry(_Entry, frozen=True):
    """Describe the clock: when it starts and how fast it runs."""

    start: datetime | None = None
    rate: Annotated[float, msgspec.Meta(ge=0)] = 1.0


class QuotaEntry(_Entry, frozen=True):
    """Describe limits other than Microsoft's; a limit left out is not enforced."""

    writes_per_150_s: int | None = None
    resource_units_per_10_s: int | None = None
    tenant_writes_per_300_s: int | None = None
    app_writes_per_300_s: int | None = None
    app_resource_units_per_20_s: int | None = None
    partner_requests_per_60_s: int | None = None
    algorithm: Literal["token_bucket", "window"] = "token_bucket"
    burst_percent: float = 100.0


class LicenseEntry(_Entry, frozen=True):
    """Describe one license with the service plans that are switched off."""

    sku: str
    disabled: list[str] = []


class SubscriptionEntry(_Entry, frozen=True):
    """Describe one subscription the tenant starts with."""

    sku: str
    seats: int
    channel: Literal["direct_legacy", "direct_mca", "csp", "csp_legacy", "volume"] = "direct_legacy"
    term: Literal["P1M", "P1Y", "P3Y"] = "P1Y"
    billing_cycle: Literal["monthly", "annual", "triennial"] = "monthly"
    ends_at_term: bool = False
    parent: str | None = None
    id: str | None = None
    status: Literal["Enabled", "Warning", "Suspended", "LockedOut"] = "Enabled"
    trial: bool = False
    renews: bool = True
    created: datetime | None = None
    next_lifecycle: datetime | None = None
    owner_tenant: str | None = None
    plans: dict[str, str] = {}


class MembershipEntry(_Entry, frozen=True):
    """Describe a membership whose licenses could not be given."""

    group: str
    error: Literal[
        "CountViolation",
        "MutuallyExclusiveViolation",
        "DependencyViolation",
        "ProhibitedInUsageLocationViolation",
        "UniquenessViolation",
        "Other",
    ]


class UserEntry(_Entry, frozen=True):
    """Describe one user, or many of the same kind."""

    count: int = 1
    name: str = "user"
    upn: str | None = None
    licenses: list[str | LicenseEntry] = []
    usage_location: str | None = None
    account_enabled: bool | None = None
    user_type: Literal["Member", "Guest"] = "Member"
    department: str | None = None
    on_premises: bool = False
    shared_mailbox: bool = False
    proxy_conflict: bool = False
    deleted: bool = False
    groups: list[str | MembershipEntry] = []


class BlockEntry(_Entry, frozen=True):
    """Describe some users of one entry of `users`, by its place in the list."""

    block: int
    first: int = 1
    count: int | None = None


class GroupEntry(_Entry, frozen=True):
    """Describe one group, its members and the licenses it has already given to them."""

    name: str
    kind: Literal["security", "m365", "dynamic"] = "security"
    licenses: list[str | LicenseEntry] = []
    members: list[int | str | BlockEntry] = []
    nested: list[str] = []
    security_enabled: bool = True
    synced: bool = False


class GroupLicensingEntry(_Entry, frozen=True):
    """Describe how fast the licenses of groups reach their members."""

    delay: str | float = 0
    rate: Literal["instant"] | float = 1000.0


class LocationsEntry(_Entry, frozen=True):
    """Describe which service plans are not to be had in which countries."""

    forbidden: dict[str, list[str]] = {}


class PurchaseEntry(_Entry, frozen=True):
    """Describe how purchases go in this tenant."""

    credit_check: str | float = 0
    visible: bool = True
    one_at_a_time: bool = True
    provisioning: str | float = 0
    cancelled_as: Literal["Suspended", "LockedOut"] = "Suspended"


class LagEntry(_Entry, frozen=True):
    """Describe how late readers learn of writes."""

    primary: str | float = 0
    share: float = 1.0
    advanced: str | float = 0
    consumed: str | float = 0
    usage_location: str | float = "2s"


class RulesEntry(_Entry, frozen=True):
    """Describe which service plans exclude or need each other."""

    profile: Literal["strict", "relaxed", "off"] = "strict"
    conflicts: list[list[str]] = []
    dependencies: dict[str, list[str]] = {}
    dependents: Literal["refuse", "switch_off"] | None = None


class AnswersEntry(_Entry, frozen=True):
    """Choose between the answers on which Microsoft's documents disagree."""

    no_error: Literal["None", "null"] = "None"
    assign_license: Literal["default", "with_licenses"] = "default"
    shuffle_batch: bool = True


class FaultEntry(_Entry, frozen=True):
    """Describe one thing that goes wrong, how often and where."""

    kind: str | int
    on: str | list[str] = []
    rate: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    every: int | None = None
    count: int | None = None
    after: int = 0
    users: list[str] = []
    retry_after: int | None = None
    retry_after_form: Literal["seconds", "date", "none"] = "seconds"
    seconds: float = 5.0
    code: str | int | None = None
    message: str | None = None
    answer: Literal["504", "drop", "line"] = "504"
    applied: bool = True


class TenantEntry(_Entry, frozen=True):
    """Describe one tenant."""

    id: str | None = None
    display_name: str | None = None
    country: str = "US"
    domain: str | None = None
    timezone: str = "UTC"
    tokens: list[str] = []
    granted: list[str] | None = None
    company_skus: list[str] = []
    subscriptions: list[SubscriptionEntry] = []
    groups: list[GroupEntry] = []
    users: list[UserEntry] = []
    purchase: PurchaseEntry = PurchaseEntry()
    lag: LagEntry = LagEntry()
    rules: Literal["strict", "relaxed", "off"] | RulesEntry = RulesEntry()
    locations: LocationsEntry = LocationsEntry()
    group_licensing: GroupLicensingEntry = GroupLicensingEntry()
    answers: AnswersEntry = AnswersEntry()
    azure: AzureEntry = AzureEntry()
    partner: PartnerEntry = PartnerEntry()
    faults: list[FaultEntry] = []


class Scenario(_Entry, frozen=True):
    """Describe a whole simulated world."""

    tenants: dict[str, TenantEntry]
    clock: ClockEntry = ClockEntry()
    seed: int = 0
    quota: Literal["microsoft", "off"] | QuotaEntry = "microsoft"
    quota_clock: Literal["real", "simulated"] = "real"
    quota_scale: float = 1.0
    log_limit: int = 1_000_000
    partner: PartnerWorldEntry = PartnerWorldEntry()
    faults: list[FaultEntry] = []


def read_scenario(mapping: Mapping[str, Any], *, where: str = "scenario") -> Scenario:
    """Return the scenario a mapping describes.

    Raises: ScenarioError naming the place of the first thing that does not fit.
    """
    if not isinstance(mapping, Mapping):
        raise ScenarioError(f"{where}: a scenario is a mapping with the key `tenants`")
    tenants = mapping.get("tenants")
    if not isinstance(tenants, Mapping) or not tenants:
        raise ScenarioError(f"{where}: `tenants` must name at least one tenant")
    for name in tenants:
        if not _NAME.fullmatch(str(name)):
            raise ScenarioError(
                f"{where}: {name!r} cannot be in an address: use a to z, A to Z, 0 to 9, _ - ."
            )
        if str(name) in _TAKEN:
            raise ScenarioError(
                f"{where}: {name!r} is taken by the simulator's own addresses: use another name"
            )
    read = {
        str(name): read_entry(entry or {}, TenantEntry, where=f"{where}: tenant {name}")
        for name, entry in tenants.items()
    }
    rest = {key: value for key, value in mapping.items() if key != "tenants"}
    scenario = read_entry({**rest, "tenants": {}}, Scenario, where=where)
    return msgspec.structs.replace(scenario, tenants=read)


def read_entry(mapping: Any, kind: type[T], *, where: str) -> T:
    """Return the mapping as one kind of entry.

    Raises: ScenarioError naming the place that does not fit.
    """
    try:
        return msgspec.convert(mapping, kind)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{where}: {error}") from None
