"""Protocols that say what the outside can do for us: `Directory`, `Commerce`, `Clock`."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from runner.model.ids import SkuId, UserId
from runner.model.orders import Order, Receipt
from runner.model.state import License, TenantState, User


class LicenseResult(StrEnum):
    """How a license change of one user ended."""

    CHANGED = "changed"
    REFUSED = "refused"
    GONE = "gone"
    UNKNOWN = "unknown"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseChange:
    """One call for one user: what to add and remove together, and how to see that it is done."""

    user: UserId
    step: str
    add: tuple[License, ...]
    remove: tuple[SkuId, ...]
    is_settled: Callable[[User], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseAnswer:
    """How one change ended; `reason` is a code of ours, `message` Graph's, with the request id."""

    change: LicenseChange
    result: LicenseResult
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


class Directory(Protocol):
    """Reading a tenant and changing who holds which license."""

    async def read(
        self, skus: Collection[SkuId], *, counts_licensed_users: bool = False
    ) -> TenantState:
        """Read the whole tenant as far as `skus` are concerned.

        Raises: ReadIncomplete when a page is missing, NotAllowed, Unreachable, Throttled.
        """
        ...

    async def look(self, users: Sequence[UserId]) -> Mapping[UserId, User | None]:
        """Read these users now; None stands for a user who does not exist."""
        ...

    def change_licenses(
        self, changes: Sequence[LicenseChange]
    ) -> AsyncIterator[tuple[LicenseAnswer, ...]]:
        """Carry out the changes, one call per user, and yield every answer once it is certain.

        Raises: NotAllowed, Throttled, Unreachable; what was answered before was yielded.
        """
        ...


class Commerce(Protocol):
    """Buying, resizing and cancelling subscriptions."""

    async def place(self, order: Order) -> Receipt:
        """Place the order, or write the task for the person who can; safe to call again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside of one tenant."""

    directory: Directory
    commerce: Commerce
    clock: Clock
