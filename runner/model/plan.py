"""The plan as a value: steps with absolute targets, what was observed, what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runner.model.findings import Finding
from runner.model.ids import SkuId, TenantId, UserId
from runner.model.spec import MaintenanceWindow, Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What every step has; the fields of its kind come on top.

    `id` is the same in every plan that wants the same thing. `needs` are ids of steps that must
    be settled first. `origin` is `file:line` of the YAML that wanted it.
    """

    id: str
    needs: tuple[str, ...] = ()
    reason: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCount:
    """How many seats of a product there are, those in grace included, and how many are in use."""

    sku: SkuId
    product: str
    seats: int
    in_use: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the plan rests on: counts, and a digest of the state read."""

    read_at: datetime
    users: int
    licensed_users: int | None
    seats: Mapping[str, str]
    digest: str
    products: tuple[ProductCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPlan:
    """The plan of one tenant; `names` are those of the people in it, where they were asked for."""

    tenant: str
    tenant_id: TenantId
    name: str
    wave: int
    waves: int
    timezone: str
    observed: Observed
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    windows: tuple[MaintenanceWindow, ...] = ()
    names: Mapping[UserId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadTenant:
    """A tenant that could not be read and so has no plan."""

    tenant: str
    wave: int
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is missing in every tenant, as approved or refused by a person.

    `paces` has one entry per wave of the whole playbook. `rules` are the codes of the policies
    that judged it. `rolls_back` is the run that this is the way back from, if any.
    """

    id: str
    made_at: datetime
    runner_version: str
    playbook_file: str
    playbook_digest: str
    tenants: tuple[TenantPlan, ...]
    unread: tuple[UnreadTenant, ...] = ()
    accepted: tuple[str, ...] = ()
    paces: tuple[Pace, ...] = ()
    rules: tuple[str, ...] = ()
    rolls_back: str = ""
