"""What a tenant is: read whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from runner.model.ids import GroupId, ServicePlanId, SkuId, SubscriptionId, TenantId, UserId
from runner.model.sales import BillingAccount, Sale
from runner.model.spec import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlanState:
    """A service plan of a SKU in a tenant; `status` in Graph's words (graph.md 1.4)."""

    id: ServicePlanId
    name: str
    status: str
    applies_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuState:
    """A SKU in a tenant: seats by state, seats in use, service plans.

    Units: seats. Only `enabled` and `warning` seats can be assigned.
    Source: Microsoft Graph v1.0, resource `subscribedSku`, read 2026-11-22.
    """

    id: SkuId
    part_number: str
    applies_to: str
    capability_status: str
    enabled: int
    warning: int
    suspended: int
    locked_out: int
    consumed: int
    service_plans: tuple[ServicePlanState, ...]
    subscription_ids: tuple[SubscriptionId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionState:
    """One subscription as the directory shows it; `status` in Graph's words (graph.md 2)."""

    id: SubscriptionId
    commerce_id: str | None
    sku: SkuId
    part_number: str
    status: str
    is_trial: bool
    seats: int
    created_at: datetime | None
    next_lifecycle_at: datetime | None
    owner_tenant: TenantId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """A SKU with the service plans that are switched off in it, sorted."""

    sku: SkuId
    disabled_plans: tuple[ServicePlanId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One way a user holds a SKU: directly (`by_group` None) or through a group."""

    license: License
    by_group: GroupId | None
    status: str
    error: str | None


@dataclass(frozen=True, slots=True)
class User:
    """A user who holds a SKU the playbook names; users with the same holdings share them."""

    id: UserId
    holdings: tuple[Holding, ...]
    usage_location: str | None
    is_enabled: bool
    is_guest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group that carries licenses to its members.

    `members` are the users directly in it (nested groups inherit nothing); None where they may not
    be read or nobody asked. `is_processing` says that Graph still carries a change to the members,
    `has_failed` that it gave up doing so.
    Source: graph.md 5.1 and 5.2, read 2026-11-22.
    """

    id: GroupId
    name: str
    licenses: tuple[License, ...]
    members: frozenset[UserId] | None = None
    is_processing: bool = False
    has_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The users a reference of `who` means; `problem` says why it means nobody for certain.

    `nested_groups` counts groups inside a group, whose members are not among the users.
    """

    users: frozenset[UserId] = frozenset()
    problem: str = ""
    nested_groups: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order or a human task that was given out and that the tenant does not show yet.

    `reference` is what the channel last called it by, empty before the channel has answered.
    """

    key: str
    step: str
    kind: str
    sku: SkuId
    seats: int
    opened_at: datetime
    confirmed_at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the tenant does not show and the journal knows.

    `orders` are given out and not yet visible. `unheld_since` says since when nobody has been seen
    to hold a SKU, for the soak. `waiting_since` says since when a step has been waiting.
    `confirmed` says when a person said that a subscription does not renew, by step: no tenant shows
    that by itself. `reduced_to` are the seats that a product was last to be reduced to, by which
    a change scheduled for a renewal is known as ours. `ended` are the steps that were ever asked to
    end a subscription, by which one that is listed no more is known as ended; `left` are the
    products of which a run was to end a subscription or to turn it into another. `before` are the
    direct licenses of users before the upgrade that is under way; only planning has them.
    """

    orders: tuple[OpenOrder, ...] = ()
    unheld_since: Mapping[SkuId, datetime] = field(default_factory=lambda: MappingProxyType({}))
    waiting_since: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    confirmed: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    reduced_to: Mapping[SkuId, int] = field(default_factory=lambda: MappingProxyType({}))
    ended: frozenset[str] = frozenset()
    left: frozenset[SkuId] = frozenset()
    before: Mapping[UserId, tuple[License, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantState:
    """A tenant at one moment, every page read.

    `users` holds those who hold any SKU the playbook names, and the members of every group that
    carries one. `groups` is None where the sign-in may not read groups. `selections` holds what was
    asked for of `who`. `licensed_users` is None where nobody asked for it. `read_at` is the
    tenant's own time, aware UTC. `shared_mailboxes` are blocked accounts known to be such,
    `deleted_holders` counts by SKU the users who were deleted and can be restored; both are empty
    where nobody asked or they may not be read. `sales` is what the channels say that the tenant is
    connected to, every page read; empty where there is none. `accounts` are the billing accounts
    that a sign-in sees, empty unless asked for.
    """

    tenant_id: TenantId
    name: str
    country: str | None
    read_at: datetime
    skus: Mapping[SkuId, SkuState]
    subscriptions: tuple[SubscriptionState, ...]
    users: Mapping[UserId, User]
    groups: tuple[Group, ...] | None = ()
    selections: Mapping[Reference, Selection] = field(default_factory=lambda: MappingProxyType({}))
    licensed_users: int | None = None
    shared_mailboxes: frozenset[UserId] = frozenset()
    deleted_holders: Mapping[SkuId, int] = field(default_factory=lambda: MappingProxyType({}))
    sales: tuple[Sale, ...] = ()
    accounts: tuple[BillingAccount, ...] = ()
    memory: Memory = field(default_factory=Memory)
