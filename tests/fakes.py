"""A small tenant in memory behind the ports: it counts seats, lags, refuses, and is bought for."""

from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from runner.model.findings import RunnerError
from runner.model.ids import SkuId, UserId
from runner.model.orders import Order, OrderVerb, Receipt
from runner.model.outcome import Event, TenantStanding, Wait
from runner.model.state import Memory, OpenOrder, TenantState, User
from runner.ports import LicenseAnswer, LicenseChange, LicenseResult
from runner.steps.cohorts import direct
from tests.builders import NOW, settled
from tests.planning.changes import bought, ended, reassigned, reduced


class FakeClock:
    """A clock that moves only when somebody sleeps or moves it; plans of the day run then."""

    def __init__(self, now: datetime = NOW) -> None:
        self._start = now
        self._passed = timedelta(0)
        self._planned: list[tuple[datetime, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._start + self._passed

    def monotonic_s(self) -> float:
        return self._passed.total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.move(timedelta(seconds=seconds))

    def move(self, span: timedelta) -> None:
        """Let time pass, and do what was planned for it."""
        self._passed += span
        due = [each for each in self._planned if each[0] <= self.now()]
        self._planned = [each for each in self._planned if each[0] > self.now()]
        for _, act in due:
            act()

    def plan(self, after: timedelta, act: Callable[[], None]) -> None:
        """Have something done once so much time has passed."""
        self._planned.append((self.now() + after, act))


@dataclass
class World:
    """The tenant as it is; everybody who looks at it or changes it shares this."""

    state: TenantState
    clock: FakeClock = field(default_factory=FakeClock)

    def change(self, how: Callable[[TenantState], TenantState]) -> None:
        self.state = settled(how(self.state))

    def buy(self, sku: SkuId, total: int) -> None:
        """Buy as an administrator does: ready at once."""
        self.state = bought(self.state, sku, total, at=self.clock.now())


class FakeDirectory:
    """Reads and changes a world as Graph does: whole calls, one seat per user, old reads.

    `lag_reads` is how many reads after a change still show the state before it; with
    `lags_in_users_only` counts are fresh and users old. `refusals` maps users to a reason.
    `troubles` are raised by the next reads, `write_troubles` by the batch of that number.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.lag_reads = 0
        self.lags_in_users_only = False
        self.refusals: dict[str, str] = {}
        self.troubles: deque[Exception] = deque()
        self.write_troubles: dict[int, Exception] = {}
        self.writes: Counter[str] = Counter()
        self._old: TenantState | None = None
        self._reads_left = 0

    async def read(
        self, skus: Collection[SkuId], *, counts_licensed_users: bool = False
    ) -> TenantState:
        if self.troubles:
            raise self.troubles.popleft()
        seen = replace(self._shown(), read_at=self.world.clock.now())
        held = {
            name: person
            for name, person in seen.users.items()
            if any(each.license.sku in skus for each in person.holdings)
        }
        return replace(seen, users=held)

    def _shown(self) -> TenantState:
        if self._old is None or self._reads_left == 0:
            return self.world.state
        self._reads_left -= 1
        if self.lags_in_users_only:
            return replace(self.world.state, users=self._old.users)
        return self._old

    async def look(self, users: Sequence[UserId]) -> Mapping[UserId, User | None]:
        return {name: self.world.state.users.get(name) for name in users}

    async def change_licenses(
        self, changes: Sequence[LicenseChange]
    ) -> AsyncIterator[tuple[LicenseAnswer, ...]]:
        self._old, self._reads_left = self.world.state, self.lag_reads
        for batch, place in enumerate(range(0, len(changes), 20)):
            if batch in self.write_troubles:
                raise self.write_troubles.pop(batch)
            yield tuple(self._change(each) for each in changes[place : place + 20])

    def _change(self, change: LicenseChange) -> LicenseAnswer:
        self.writes[change.user] += 1
        person = self.world.state.users.get(change.user)
        if person is None:
            return LicenseAnswer(change=change, result=LicenseResult.GONE, reason="user-gone")
        if change.is_settled(person):
            return LicenseAnswer(change=change, result=LicenseResult.CHANGED)
        why = self.refusals.get(change.user) or self._refusal(change)
        if why:
            return LicenseAnswer(change=change, result=LicenseResult.REFUSED, reason=why)
        self.world.change(
            lambda state: reassigned(state, change.user, add=change.add, remove=change.remove)
        )
        return LicenseAnswer(change=change, result=LicenseResult.CHANGED)

    def _refusal(self, change: LicenseChange) -> str:
        state = self.world.state
        person = state.users[change.user]
        if any(direct(person, sku) is None for sku in change.remove):
            return "not-held"
        for each in change.add:
            sku = state.skus.get(each.sku)
            if sku is None:
                return "sku-not-in-tenant"
            if sku.enabled <= sku.consumed and not direct(person, each.sku):
                return "no-seats"
        return ""


class FakeCommerce:
    """Keeps the orders it was given, and answers that a person has to act.

    `on_place` is called first, for tests that look at what stands on disk by then.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.orders: list[Order] = []
        self.on_place: Callable[[Order], None] = lambda order: None

    async def place(self, order: Order) -> Receipt:
        self.on_place(order)
        self.orders.append(order)
        return Receipt(summary=f"a person has to {order.verb} it", task="who  a person")

    def fulfil(self) -> None:
        """Do what the latest order of every key asks for, as the person would."""
        for order in {each.key: each for each in self.orders}.values():
            if order.verb is OrderVerb.BUY:
                self.world.buy(order.sku, order.seats)
            elif order.verb is OrderVerb.RESIZE:
                self.world.state = reduced(self.world.state, order.sku, order.seats)
            else:
                self.world.state = ended(self.world.state, str(order.subscription))
        self.orders.clear()


class MemoryRecords:
    """Records of one tenant in memory, true to the store's promises."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.open: dict[str, OpenOrder] = {}
        self.waits: dict[str, Wait] = {}
        self.unheld: dict[SkuId, datetime] = {}
        self.saved: dict[UserId, User] = {}
        self.standings: dict[str, TenantStanding] = {}

    def record(self, events: Iterable[Event]) -> None:
        self.events.extend(events)

    def save_snapshot(self, tenant: str, *, at: datetime, users: Sequence[User]) -> None:
        for person in users:
            self.saved.setdefault(person.id, person)

    def open_order(self, tenant: str, order: OpenOrder) -> None:
        before = self.open.get(order.step)
        if before is None or before.seats != order.seats:
            self.open[order.step] = order

    def close_order(self, tenant: str, step: str, at: datetime) -> None:
        self.open.pop(step, None)

    def drop_orders(self, tenant: str, *, keep: Collection[str], at: datetime) -> None:
        for step in self.open.keys() - set(keep):
            del self.open[step]

    def note_unheld(
        self, tenant: str, *, unheld: Iterable[SkuId], looked_at: Iterable[SkuId], at: datetime
    ) -> None:
        now = set(unheld)
        kept = {sku: since for sku, since in self.unheld.items() if sku not in set(looked_at) - now}
        self.unheld = dict.fromkeys(now, at) | kept

    def save_waits(self, tenant: str, waits: Sequence[Wait], *, keep: Collection[str]) -> None:
        before = self.waits
        kept = {step: wait for step, wait in before.items() if step in keep}
        self.waits = kept | {
            wait.step: replace(
                wait, since=before[wait.step].since if wait.step in before else wait.since
            )
            for wait in waits
        }

    def save_standing(self, standing: TenantStanding) -> None:
        self.standings[standing.tenant] = standing

    def remember(self, tenant: str) -> Memory:
        return Memory(
            orders=tuple(self.open.values()),
            unheld_since=dict(self.unheld),
            waiting_since={step: wait.since for step, wait in self.waits.items()},
        )


class Trouble(RunnerError):
    """Something that goes wrong in a test."""
