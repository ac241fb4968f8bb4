"""What the YAML wants of one tenant, fully resolved, and how to reach that tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from runner.model.findings import Finding, Origin
from runner.model.ids import SkuId, SubscriptionId, TenantId
from runner.model.policy import Rule
from runner.model.prices import Prices


class SubscriptionGoal(StrEnum):
    """What a subscription is in the end."""

    ACTIVE = "active"
    RENEWAL_OFF = "renewal_off"
    CANCELLED = "cancelled"


class Channel(StrEnum):
    """Who can buy, resize and cancel a subscription."""

    AUTO = "auto"
    MANUAL = "manual"
    PARTNER_CENTER = "partner_center"
    AZURE_BILLING = "azure_billing"


class CancelWhen(StrEnum):
    """When a cancelled subscription ends."""

    SOONEST = "soonest"
    NOW = "now"
    END_OF_TERM = "end_of_term"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsExactly:
    """Exactly this many purchased seats."""

    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsMatch:
    """At least as many purchased seats as another SKU has now."""

    sku: SkuId


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsNeeded:
    """As many seats as users end up holding the SKU, plus headroom in seats or in percent."""

    headroom: int = 0
    headroom_percent: float = 0.0


SeatsWanted = SeatsExactly | SeatsMatch | SeatsNeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """How a purchase is to be made: `term`, `billing` and `payment` in the playbook's words."""

    term: str
    billing: str
    payment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionWant:
    """One entry of `desired_state.subscriptions`."""

    sku: SkuId
    goal: SubscriptionGoal
    seats: SeatsWanted | None
    purchase: Purchase | None
    when: CancelWhen
    soak_s: int
    subscription_ids: tuple[SubscriptionId, ...]
    channel: Channel
    where: Origin


class ReferenceKind(StrEnum):
    """What a reference of `who` names."""

    GROUP = "group"
    USER = "user"
    FILTER = "filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A group (object id or name), a user (object id or UPN) or an OData filter, as typed."""

    kind: ReferenceKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Which users an assignment covers; references are as typed (object id, UPN, group name)."""

    is_everyone: bool
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    odata_filter: str | None = None
    except_groups: tuple[str, ...] = ()
    except_users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentWant:
    """One entry of `desired_state.assignments`."""

    sources: tuple[SkuId, ...]
    target: SkuId
    who: Who
    keeps_service_plans: bool
    enables_new_services: bool
    keeps_included_add_ons: bool
    moves_guests: bool
    moves_blocked_accounts: bool
    usage_location: str | None
    where: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Beyond these the plan of a tenant is refused; None means no limit."""

    users: int | None = None
    users_percent: float | None = None
    seats_bought: int | None = None
    where: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """Days (`mon` … `sun`) and local times `HH:MM` between which work may start."""

    days: tuple[str, ...]
    from_time: str
    to_time: str
    timezone: str
    where: Origin


class Gate(StrEnum):
    """What the next wave waits for, besides the budget of failures."""

    VERIFIED = "verified"
    DONE = "done"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When the wave after this one may start: `max_fail_percentage` is the budget, 0 to 100."""

    max_fail_percentage: float = 0.0
    gate: Gate = Gate.VERIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where a secret stands: the name of an environment variable or the path of a file."""

    env: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """How to sign in to a tenant; `method` is one of the language's, secrets by reference only.

    With `refresh_token` an application with a secret acts for the person who has consented to it.
    """

    method: str = "default"
    client_id: str | None = None
    client_secret: SecretRef | None = None
    certificate: SecretRef | None = None
    certificate_password: SecretRef | None = None
    token: SecretRef | None = None
    refresh_token: SecretRef | None = None
    token_file: str | None = None
    where: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerCenter:
    """How to reach Partner Center for a tenant that is the customer of a partner.

    `tenant_id` is the partner's own tenant, where to sign in. `endpoint` is the root without
    version; None means the cloud's own. `country` is the market of the catalog, two letters; None
    means the customer's. `products` maps SKUs to what the catalog calls them, `PRODUCT:SKU`.
    """

    auth: Auth
    tenant_id: TenantId | None = None
    endpoint: str | None = None
    country: str | None = None
    products: Mapping[SkuId, str] = field(default_factory=lambda: MappingProxyType({}))
    where: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureBilling:
    """How to reach Azure billing for a tenant with a Microsoft Customer Agreement of its own.

    `writes` is the opt-in: without it the channel is only read. `billing_account`,
    `billing_profile` and `invoice_section` are names as Azure shows them, needed where there are
    several. `products` maps SKUs to what the catalog calls them, `PRODUCT_TYPE:SKU`.
    """

    auth: Auth
    endpoint: str | None = None
    writes: bool = False
    billing_account: str | None = None
    billing_profile: str | None = None
    invoice_section: str | None = None
    products: Mapping[SkuId, str] = field(default_factory=lambda: MappingProxyType({}))
    where: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One tenant of the inventory and how to reach it.

    `tenant_id` is None where the inventory gives none (allowed with `auth.method: token` on a
    loopback `graph_endpoint` only by what the sign-in itself demands). `graph_endpoint` is the
    whole root with version, such as `https://graph.microsoft.com/v1.0`; None means the cloud's own.
    """

    name: str
    tenant_id: TenantId | None
    cloud: str
    auth: Auth
    graph_endpoint: str | None
    timezone: str
    channel: Channel
    partner_center: PartnerCenter | None = None
    azure_billing: AzureBilling | None = None
    groups: tuple[str, ...]
    where: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSpec:
    """What the YAML wants of one tenant: every play that names it, in playbook order."""

    tenant: Tenant
    plays: tuple[str, ...]
    wave: int
    waves: int
    subscriptions: tuple[SubscriptionWant, ...]
    assignments: tuple[AssignmentWant, ...]
    limits: tuple[Limits, ...]
    windows: tuple[MaintenanceWindow, ...]
    where: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Everything a playbook and an inventory say together.

    `playbook_file` is the path as given, `playbook_digest` `sha256:` and hex of the file's bytes.
    `unread` are tenants of whom nobody knows whether the playbook means them, each with why.
    `prices` are what the owner says seats cost, where that was given. `paces` has one entry per
    wave. `rules` are those of the repository's policies. `rolls_back` is the run whose way back is
    planned, instead of what the playbook wants.
    """

    playbook_file: str
    playbook_digest: str
    specs: tuple[TenantSpec, ...]
    unread: Mapping[str, Finding] = field(default_factory=lambda: MappingProxyType({}))
    prices: Prices = field(default_factory=lambda: MappingProxyType({}))
    paces: tuple[Pace, ...] = ()
    rules: tuple[Rule, ...] = ()
    rolls_back: str = ""
