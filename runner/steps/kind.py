"""What a step kind consists of, and the line that describes a step to a person."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runner.model.catalog import Catalog
from runner.model.ids import SkuId
from runner.model.outcome import Check, Outcome
from runner.model.plan import Step
from runner.model.spec import TenantSpec
from runner.model.state import TenantState
from runner.ports import Ports
from runner.steps.cohorts import Sorting
from runner.steps.upgrade import VendorUpgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A step in words: the symbol and verb, what it is about, how much, and the rest.

    `note` is what sets a step apart from the one before it when all the rest is the same. `which`
    names the one subscription that is meant, which no two tenants have in common.
    """

    symbol: str
    verb: str
    subject: str
    amount: str = ""
    detail: str = ""
    note: str = ""
    which: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a step adds to the summary of a plan; `writes` are calls on Graph's write quota."""

    seats_bought: int = 0
    subscriptions_cancelled: int = 0
    subscriptions_ending: int = 0
    seats_given_up: int = 0
    writes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What planning a step may look at, besides the spec and the state.

    `upgrades` are those that the vendor carries out; the spec is without them.
    """

    catalog: Catalog
    sorting: Sorting
    earlier: tuple[Step, ...]
    upgrades: tuple[VendorUpgrade, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A step kind: how it is planned, checked, performed and described.

    `ordered_seats` is given by a step that spends or gives up money, so that its key is recorded
    before the call: the total of seats it orders, by which one order is told from another.
    `skus` names the SKUs whose holders must be read to check the step. `is_background` says that
    a call only begins what Graph then carries to the step's users, one by one. `is_per_user` says
    that the steps after it go on with the users for whom it was done, and check that themselves.
    """

    name: str
    step: type[Step]
    plan: Callable[[TenantSpec, TenantState, Context], Iterable[Step]]
    check: Callable[[Any, TenantState, datetime], Check]
    perform: Callable[[Sequence[Any], TenantState, Ports], AsyncIterator[tuple[Outcome, ...]]]
    describe: Callable[[Any], Line]
    totals: Callable[[Any], Totals]
    skus: Callable[[Any], tuple[SkuId, ...]]
    ordered_seats: Callable[[Any], int] | None = None
    is_background: bool = False
    is_per_user: bool = False

    @property
    def is_order(self) -> bool:
        """Return whether the step spends or gives up money."""
        return self.ordered_seats is not None
