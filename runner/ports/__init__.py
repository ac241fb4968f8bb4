"""Protocols of the outside: `Directory`, `Commerce`, `Clock`, `Records`, `Listener`."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from runner.model.ids import GroupId, SkuId, TenantId, UserId
from runner.model.orders import Order, Receipt
from runner.model.outcome import Event, TenantStanding, Wait
from runner.model.sales import BillingAccount, Sale
from runner.model.spec import Reference
from runner.model.state import Group, License, Memory, OpenOrder, TenantState, User


class ChangeResult(StrEnum):
    """How a change of one user or group ended."""

    CHANGED = "changed"
    REFUSED = "refused"
    GONE = "gone"
    UNKNOWN = "unknown"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLicenses:
    """Add and remove licenses together."""

    add: tuple[License, ...]
    remove: tuple[SkuId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLocation:
    """Write the usage location: two letters, ISO 3166-1."""

    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprocess:
    """Have Graph try once more to give what the user's groups carry; the answer is its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """One call for one user.

    `is_settled` says whether the user is as the change wants; `misfit` why the change no longer
    fits the user, or nothing.
    """

    user: UserId
    step: str
    request: SetLicenses | SetLocation | Reprocess
    is_settled: Callable[[User], bool]
    misfit: Callable[[User], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange:
    """One call for one group: what its members get and lose together, in the background.

    `is_settled` says whether the group carries what the change wants; `misfit` why the change no
    longer fits the group, or nothing.
    """

    group: GroupId
    step: str
    request: SetLicenses
    is_settled: Callable[[Group], bool]
    misfit: Callable[[Group], str]


C = TypeVar("C", UserChange, GroupChange)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[C]):
    """How one change ended; `reason` is a code of ours, `message` Graph's, with the request id."""

    change: C
    result: ChangeResult
    reason: str = ""
    message: str = ""
    request_id: str = ""


class Clock(Protocol):
    """The tenant's time, and real time to wait in."""

    def now(self) -> datetime:
        """Return the tenant's time, aware UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds of real time since some fixed moment."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What planning asks of a tenant beyond its licenses.

    `references` are those of `who`; `counts_licensed_users` asks for how many users hold anything;
    shared mailboxes and deleted users are told as far as they may be read.
    """

    references: tuple[Reference, ...] = ()
    counts_licensed_users: bool = False


class Listener(Protocol):
    """Hearing how far a directory is, for somebody who waits."""

    def reading(self, tenant: str, users: int) -> None:
        """Take in that so many users of a tenant have been read."""
        ...

    def pausing(self, tenant: str, pause_s: float, refusals: int) -> None:
        """Take in that a tenant's calls pause so long, after so many refusals in a row."""
        ...


class Directory(Protocol):
    """Reading a tenant and changing who holds which license."""

    def only_while(self, may_begin: Callable[[], bool]) -> None:
        """Begin no change from now on unless this says that it may.

        Changes under way are finished; those that were not begun go without an answer.
        """
        ...

    async def read(
        self,
        skus: Collection[SkuId],
        *,
        members_of: Collection[GroupId] | None = None,
        question: Question | None = None,
    ) -> TenantState:
        """Read the whole tenant as far as `skus` are concerned.

        Members are read of every group that carries one of the SKUs, or of `members_of` only.
        Raises: ReadIncomplete when a page is missing, NotAllowed, Unreachable, Throttled.
        """
        ...

    async def look(self, users: Sequence[UserId]) -> Mapping[UserId, User | None]:
        """Read these users now; None stands for one who does not exist, one who may not be read
        is left out.
        """
        ...

    async def names(self, users: Sequence[UserId]) -> Mapping[UserId, str]:
        """Read the user principal names of these users; whoever cannot be read is left out.

        Raises: ReadIncomplete, NotAllowed, Unreachable, Throttled.
        """
        ...

    def change_users(
        self, changes: Sequence[UserChange]
    ) -> AsyncIterator[tuple[Answer[UserChange], ...]]:
        """Carry out the changes, one call per user, and yield every answer once it is certain.

        Raises: NotAllowed, Throttled, Unreachable; what was answered before was yielded.
        """
        ...

    def change_groups(
        self, changes: Sequence[GroupChange]
    ) -> AsyncIterator[tuple[Answer[GroupChange], ...]]:
        """Carry out the changes, one call per group, and yield every answer once it is certain.

        `changed` means that Graph took the order; its members follow in the background.
        Raises: NotAllowed, Throttled, Unreachable; what was answered before was yielded.
        """
        ...


class Commerce(Protocol):
    """Buying, resizing and cancelling subscriptions, through every channel a tenant has."""

    async def read(self, tenant: TenantId) -> tuple[Sale, ...]:
        """Read what the channels sell to the tenant, every page; empty where there is no channel.

        Raises: ReadIncomplete when a page is missing, NotAllowed, Unreachable, Throttled.
        """
        ...

    async def accounts(self) -> tuple[BillingAccount, ...]:
        """Read the billing accounts that the sign-in sees; none where no channel has any.

        Raises: ReadIncomplete when a page is missing, NotAllowed, Unreachable, Throttled.
        """
        return ()

    def place(self, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        """Carry the order on by one act at a time, and yield a receipt before the next act.

        Safe to call again with the last reference, also when the last answer was lost.
        Raises: NotAllowed, Throttled, Unreachable; what was answered before was yielded.
        """
        ...


class Records(Protocol):
    """What a run writes down: intents before acts, outcomes before the next act."""

    def record(self, events: Iterable[Event]) -> None:
        """Write events in one commit; when this returns they are on disk."""
        ...

    def save_snapshot(self, tenant: str, *, at: datetime, users: Sequence[User]) -> None:
        """Keep what users hold before the run changes them; what is kept already stays."""
        ...

    def close_snapshots(self, tenant: str, *, at: datetime) -> None:
        """Record that the upgrade is over, so that what users held before no longer matters."""
        ...

    def open_order(self, tenant: str, order: OpenOrder) -> None:
        """Record the intent and the key of an order; one that is open stays as it is."""
        ...

    def note_reference(self, tenant: str, step: str, reference: str) -> None:
        """Record what the channel calls an open order by."""
        ...

    def close_order(self, tenant: str, step: str, at: datetime) -> None:
        """Record that the tenant shows what was ordered."""
        ...

    def hear_confirmed(self, tenant: str, at: datetime) -> None:
        """Date what persons have said since the last run, by the tenant's clock."""
        ...

    def drop_orders(self, tenant: str, *, keep: Collection[str], at: datetime) -> None:
        """Close the orders of steps that the tenant needs no longer; those in `keep` stay open."""
        ...

    def note_unheld(
        self, tenant: str, *, unheld: Iterable[SkuId], looked_at: Iterable[SkuId], at: datetime
    ) -> None:
        """Record which of the SKUs looked at nobody holds: from the first such look on."""
        ...

    def save_waits(self, tenant: str, waits: Sequence[Wait], *, keep: Collection[str]) -> None:
        """Replace what the tenant waits for, but not of the steps in `keep`.

        A wait that goes on keeps its beginning.
        """
        ...

    def save_standing(self, standing: TenantStanding) -> None:
        """Record how the run left a tenant."""
        ...

    def remember(self, tenant: str) -> Memory:
        """Return what the tenant itself does not show."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside of one tenant."""

    directory: Directory
    commerce: Commerce
    clock: Clock
