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
    country: str | None = None
    on_premises: bool = False


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
class Group:
    """Hold one group, the licenses it gives and its members."""

    id: str
    name: str
    created_at: float
    licenses: tuple[Row, ...] = ()
    security_enabled: bool = True
    group_types: tuple[str, ...] = ()
    members: list[int] = field(default_factory=list)
