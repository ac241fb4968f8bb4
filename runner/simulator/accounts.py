"""Hold users, their licenses by source, and everything they held before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

ACTIVE = ("Active", "ActiveWithError")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Hold one license from one source: given directly, or by a group."""

    sku_id: str
    disabled: tuple[str, ...] = ()
    group_id: str | None = None
    state: str = "Active"
    error: str | None = None
    at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class AccountState:
    """Hold all of a user that can change; users with equal states may share one."""

    usage_location: str | None = None
    account_enabled: bool = True
    rows: tuple[Row, ...] = ()
    deleted_at: float | None = None

    @cached_property
    def held(self) -> frozenset[str]:
        """Return the SKUs the user effectively holds, whatever their source."""
        return frozenset(row.sku_id for row in self.rows if row.state in ACTIVE)

    @cached_property
    def direct(self) -> dict[str, Row]:
        """Return the directly given licenses by SKU."""
        return {row.sku_id: row for row in self.rows if row.group_id is None}

    @cached_property
    def disabled(self) -> dict[str, tuple[str, ...]]:
        """Return per held SKU the plans that no source of it leaves on."""
        found: dict[str, set[str]] = {}
        for row in self.rows:
            if row.state in ACTIVE:
                off = set(row.disabled)
                found[row.sku_id] = found[row.sku_id] & off if row.sku_id in found else off
        return {sku_id: tuple(sorted(off)) for sku_id, off in found.items()}

    @cached_property
    def wire(self) -> dict[str, bytes]:
        """Return the place where answers made from this state are kept."""
        return {}

    def with_changes(self, **changes: object) -> AccountState:
        """Return a copy that differs in these fields."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(slots=True, kw_only=True)
class Profile:
    """Hold what users of one scenario entry have in common."""

    user_type: str = "Member"
    department: str | None = None
    on_premises: bool = False
    shared_mailbox: bool = False
    proxy_conflict: bool = False


@dataclass(slots=True, kw_only=True)
class User:
    """Hold one account, its state now and each state it left."""

    index: int
    id: str
    upn: str
    display_name: str
    profile: Profile
    created_at: float
    state: AccountState
    past: list[tuple[float, AccountState]] = field(default_factory=list)

    def at(self, moment: float) -> AccountState:
        """Return the state the user was in at a moment."""
        for until, state in self.past:
            if until > moment:
                return state
        return self.state

    def states(self) -> list[AccountState]:
        """Return every state the user was ever in, oldest first."""
        return [*(state for _, state in self.past), self.state]


@dataclass(slots=True, kw_only=True)
class Job:
    """Hold members whose licenses are to follow their group's, one after another."""

    group: Group
    members: tuple[int, ...]
    queued_at: float
    starts_at: float
    step_s: float
    done: int = 0

    @property
    def due_at(self) -> float:
        """Return when the next member's turn is over."""
        return self.starts_at + (self.done + 1) * self.step_s

    @property
    def ends_at(self) -> float:
        """Return when the last member's turn is over."""
        return self.starts_at + len(self.members) * self.step_s


@dataclass(slots=True, kw_only=True)
class Group:
    """Hold one group, the licenses it gives, its members and the work not done on them."""

    id: str
    name: str
    created_at: float
    kind: str = "security"
    licenses: tuple[Row, ...] = ()
    security_enabled: bool = True
    synced: bool = False
    members: dict[int, None] = field(default_factory=dict)
    nested: list[Group] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    past: list[tuple[float, tuple[Row, ...]]] = field(default_factory=list)

    def gives(self, index: int) -> tuple[Row, ...]:
        """Return the licenses a user is to have from it: first-level members only."""
        return self.licenses if self.security_enabled and index in self.members else ()

    def licenses_at(self, moment: float) -> tuple[Row, ...]:
        """Return the licenses it gave at a moment."""
        return next((rows for until, rows in self.past if until > moment), self.licenses)

    def processing_at(self, moment: float) -> str | None:
        """Return how far its licenses had reached its members, in Graph's word.

        Source: Microsoft Graph v1.0, resource `licenseProcessingState`, read 2026-11-22.
        """
        begun = [job for job in self.jobs if job.queued_at <= moment]
        if any(job.starts_at <= moment < job.ends_at for job in begun):
            return "ProcessingInProgress"
        if any(moment < job.starts_at for job in begun):
            return "QueuedForProcessing"
        return "ProcessingComplete" if begun or self.licenses else None
