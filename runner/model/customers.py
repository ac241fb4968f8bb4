"""What a partner's list says of a customer, and the little a group of tenants may ask of one."""

from dataclasses import dataclass

from runner.model.ids import SkuId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer of a partner; `relationship` is one word for how the two are bound."""

    tenant_id: TenantId
    name: str
    domain: str
    relationship: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Seats a tenant has of one product: `seats` can be assigned, `used` are."""

    sku: SkuId
    part_number: str
    seats: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFacts:
    """What a light read shows of a tenant; `channel` is `partner`, `direct`, `mixed` or `none`."""

    owned: tuple[Owned, ...]
    channel: str
