"""A small tenant in memory behind the ports: it counts seats, lags, refuses, and is bought for."""

from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from runner.model.findings import RunnerError
from runner.model.ids import GroupId, SkuId, TenantId, UserId
from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus
from runner.model.outcome import Event, TenantStanding, Wait
from runner.model.sales import BillingAccount, Sale
from runner.model.spec import Reference
from runner.model.state import Group, Holding, Memory, OpenOrder, Selection, TenantState, User
from runner.ports import (
    Answer,
    ChangeResult,
    GroupChange,
    Question,
    Reprocess,
    SetLicenses,
    SetLocation,
    UserChange,
)
from runner.steps.holding import direct, takes_seat
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

    `lag_reads` is how many reads after a change still show the state before it, and so do looks;
    with `lags_in_users_only` counts are fresh and users old, with `lags_in_lists_only` looks are
    fresh. `refusals` maps users and groups to a
    reason, `doubts` users to why nobody knows what became of them. `troubles` are raised by the
    next reads, `write_troubles` by the batch of that number. `group_lag_reads` is how many reads
    pass before members follow their group, `member_errors` maps members to the error they end with,
    `selections` says whom references mean.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.lag_reads = 0
        self.lags_in_users_only = False
        self.lags_in_lists_only = False
        self.refusals: dict[str, str] = {}
        self.doubts: dict[str, str] = {}
        self.troubles: deque[Exception] = deque()
        self.write_troubles: dict[int, Exception] = {}
        self.writes: Counter[str] = Counter()
        self.group_lag_reads = 0
        self.member_errors: dict[str, str] = {}
        self.selections: dict[Reference, Selection] = {}
        self._old: TenantState | None = None
        self._reads_left = 0
        self._queued: dict[GroupId, int] = {}
        self.may_begin: Callable[[], bool] = lambda: True

    def only_while(self, may_begin: Callable[[], bool]) -> None:
        self.may_begin = may_begin

    async def read(
        self,
        skus: Collection[SkuId],
        *,
        members_of: Collection[GroupId] | None = None,
        question: Question | None = None,
    ) -> TenantState:
        if self.troubles:
            raise self.troubles.popleft()
        self._let_groups_follow()
        seen = replace(self._shown(), read_at=self.world.clock.now())
        groups = seen.groups and tuple(_as_read(each, skus, members_of) for each in seen.groups)
        members = frozenset[UserId]().union(*(each.members or () for each in groups or ()))
        held = {
            name: person
            for name, person in seen.users.items()
            if name in members or any(takes_seat(person, sku) for sku in skus)
        }
        nobody = Selection(problem="there is no such user or group")
        asked = question.references if question else ()
        selections = {each: self.selections.get(each, nobody) for each in asked}
        return replace(seen, users=held, groups=groups, selections=selections)

    def _shown(self) -> TenantState:
        if self._old is None or self._reads_left == 0:
            return self.world.state
        self._reads_left -= 1
        if self.lags_in_users_only:
            return replace(self.world.state, users=self._old.users)
        return self._old

    async def look(self, users: Sequence[UserId]) -> Mapping[UserId, User | None]:
        is_late = self._reads_left and not self.lags_in_lists_only
        shown = self._old if self._old and is_late else self.world.state
        return {name: shown.users.get(name) for name in users}

    async def names(self, users: Sequence[UserId]) -> Mapping[UserId, str]:
        return {name: f"{name}@contoso.example" for name in users}

    async def change_users(
        self, changes: Sequence[UserChange]
    ) -> AsyncIterator[tuple[Answer[UserChange], ...]]:
        self._old, self._reads_left = self.world.state, self.lag_reads
        for batch, place in enumerate(range(0, len(changes), 20)):
            if not self.may_begin():
                return
            if batch in self.write_troubles:
                raise self.write_troubles.pop(batch)
            yield tuple(self._change(each) for each in changes[place : place + 20])

    def _change(self, change: UserChange) -> Answer[UserChange]:
        self.writes[change.user] += 1
        person = self.world.state.users.get(change.user)
        if person is None:
            return Answer(change=change, result=ChangeResult.GONE, reason="user-gone")
        if change.is_settled(person):
            return Answer(change=change, result=ChangeResult.CHANGED)
        if why := self.doubts.get(change.user):
            return Answer(change=change, result=ChangeResult.UNKNOWN, reason=why)
        why = self.refusals.get(change.user) or self._refusal(change)
        if why:
            return Answer(change=change, result=ChangeResult.REFUSED, reason=why)
        self.world.change(lambda state: _after(state, change))
        return Answer(change=change, result=ChangeResult.CHANGED)

    def _refusal(self, change: UserChange) -> str:
        request, person = change.request, self.world.state.users[change.user]
        if isinstance(request, SetLocation):
            is_country = len(request.country) == 2 and request.country.isupper()
            return "" if is_country else "invalid-location"
        if isinstance(request, Reprocess):
            return self._reprocess_refusal(person)
        return self._license_refusal(person, request)

    def _reprocess_refusal(self, person: User) -> str:
        if person.id in self.member_errors:
            return REASONS[self.member_errors[person.id]]
        state = self.world.state
        missing = [h.license for h in person.holdings if h.status == "Error"]
        is_short = any(not _has_seat(state, person, each.sku) for each in missing)
        return REASONS["CountViolation"] if is_short else ""

    def _license_refusal(self, person: User, request: SetLicenses) -> str:
        state = self.world.state
        if any(direct(person, sku) is None for sku in request.remove):
            return "not-held"
        if any(each.sku not in state.skus for each in request.add):
            return "sku-not-in-tenant"
        is_short = any(not _has_seat(state, person, each.sku) for each in request.add)
        return "no-seats" if is_short else ""

    async def change_groups(
        self, changes: Sequence[GroupChange]
    ) -> AsyncIterator[tuple[Answer[GroupChange], ...]]:
        self._old, self._reads_left = self.world.state, self.lag_reads
        for each in changes:
            if not self.may_begin():
                return
            yield (self._change_group(each),)

    def _change_group(self, change: GroupChange) -> Answer[GroupChange]:
        groups = {each.id: each for each in self.world.state.groups or ()}
        group = groups.get(change.group)
        if group is None:
            return Answer(change=change, result=ChangeResult.GONE, reason="group-gone")
        if change.is_settled(group):
            return Answer(change=change, result=ChangeResult.CHANGED)
        if why := change.misfit(group):
            return Answer(change=change, result=ChangeResult.GONE, reason="misfit", message=why)
        self.writes[group.id] += 1
        why = self.refusals.get(group.id) or self._group_refusal(group, change.request)
        if why:
            return Answer(change=change, result=ChangeResult.REFUSED, reason=why)
        self.world.state = carrying(self.world.state, group.id, change.request)
        self._queued[group.id] = self.group_lag_reads
        if not self.group_lag_reads:
            self.process()
        return Answer(change=change, result=ChangeResult.CHANGED)

    def _group_refusal(self, group: Group, request: SetLicenses) -> str:
        if not {each.sku for each in group.licenses}.issuperset(request.remove):
            return "not-held"
        known = self.world.state.skus
        return "" if all(each.sku in known for each in request.add) else "sku-not-in-tenant"

    def _let_groups_follow(self) -> None:
        due = [group for group, reads in self._queued.items() if not reads]
        self._queued = {group: reads - 1 for group, reads in self._queued.items() if reads}
        for group in due:
            self._follow(group)

    def process(self) -> None:
        """Let the members of every group follow it now."""
        queued, self._queued = self._queued, {}
        for group in queued:
            self._follow(group)

    def _follow(self, group: GroupId) -> None:
        self.world.change(lambda state: followed(state, group, errors=self.member_errors))


REASONS = {
    "CountViolation": "no-seats",
    "MutuallyExclusiveViolation": "conflict",
    "DependencyViolation": "dependency",
    "ProhibitedInUsageLocationViolation": "prohibited-in-location",
    "UniquenessViolation": "proxy-address",
    "Other": "unknown",
}


def _as_read(group: Group, skus: Collection[SkuId], only: Collection[GroupId] | None) -> Group:
    is_asked = any(each.sku in skus for each in group.licenses) and (
        only is None or group.id in only
    )
    return group if is_asked else replace(group, members=None)


def _has_seat(state: TenantState, person: User, sku: SkuId) -> bool:
    seats = state.skus[sku]
    return takes_seat(person, sku) or seats.enabled + seats.warning > seats.consumed


def _after(state: TenantState, change: UserChange) -> TenantState:
    request, person = change.request, state.users[change.user]
    if isinstance(request, SetLicenses):
        return reassigned(state, change.user, add=request.add, remove=request.remove)
    if isinstance(request, SetLocation):
        changed = replace(person, usage_location=request.country)
    else:
        changed = _with_groups(state, person)
    return replace(state, users={**state.users, person.id: changed})


def _with_groups(state: TenantState, person: User) -> User:
    """Return the user with what the groups carry that they are in."""
    joined = [g for g in state.groups or () if person.id in (g.members or ())]
    own = {each.id for each in joined}
    kept = (h for h in person.holdings if h.by_group not in own)
    given = [
        Holding(license=each, by_group=group.id, status="Active", error=None)
        for group in joined
        for each in group.licenses
    ]
    return replace(person, holdings=(*kept, *given))


def carrying(state: TenantState, group: GroupId, request: SetLicenses) -> TenantState:
    """Return the tenant whose group carries other licenses, before any member follows."""
    gone = {*request.remove, *(each.sku for each in request.add)}

    def swapped(before: Group) -> Group:
        kept = (each for each in before.licenses if each.sku not in gone)
        return replace(before, licenses=(*kept, *request.add), is_processing=True)

    groups = (swapped(each) if each.id == group else each for each in state.groups or ())
    return replace(state, groups=tuple(groups))


def followed(state: TenantState, group: GroupId, *, errors: Mapping[str, str]) -> TenantState:
    """Return the tenant after the members of a group followed it, one by one.

    Who cannot be given what the group carries ends with nothing of it, in error.
    """
    carrier = next(each for each in state.groups or () if each.id == group)
    inheriting = (n for n, p in state.users.items() if any(h.by_group == group for h in p.holdings))
    members = carrier.members if carrier.members is not None else frozenset(inheriting)
    for name in sorted(members & state.users.keys()):
        person = state.users[name]
        is_short = any(not _has_seat(state, person, each.sku) for each in carrier.licenses)
        error = errors.get(name) or ("CountViolation" if is_short else None)
        status = "Error" if error else "Active"
        given = (
            Holding(license=each, by_group=group, status=status, error=error)
            for each in carrier.licenses
        )
        kept = (each for each in person.holdings if each.by_group != group)
        after = replace(person, holdings=(*kept, *given))
        state = settled(replace(state, users={**state.users, name: after}))
    groups = (
        replace(each, is_processing=False) if each.id == group else each
        for each in state.groups or ()
    )
    return replace(state, groups=tuple(groups))


class FakeCommerce:
    """Keeps the orders it was given, and answers that a person has to act.

    `on_place` is called first, for tests that look at what stands on disk by then.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.orders: list[Order] = []
        self.on_place: Callable[[Order], None] = lambda order: None

    async def read(self, tenant: TenantId) -> tuple[Sale, ...]:
        return ()

    async def accounts(self) -> tuple[BillingAccount, ...]:
        return ()

    async def place(self, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        self.on_place(order)
        self.orders.append(order)
        yield Receipt(
            status=ReceiptStatus.OPEN,
            summary=f"a person has to {order.verb} it",
            task="who  a person",
        )

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
            first = self.saved.setdefault(person.id, person)
            if _skus(first) == _skus(person):
                self.saved[person.id] = person

    def close_snapshots(self, tenant: str, *, at: datetime) -> None:
        self.saved.clear()

    def open_order(self, tenant: str, order: OpenOrder) -> None:
        self.open.setdefault(order.step, order)

    def note_reference(self, tenant: str, step: str, reference: str) -> None:
        self.open[step] = replace(self.open[step], reference=reference)

    def close_order(self, tenant: str, step: str, at: datetime) -> None:
        self.open.pop(step, None)

    def hear_confirmed(self, tenant: str, at: datetime) -> None:
        return None

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

    def recall(self, tenant: str) -> Memory:
        moved = {
            e.data["subject"]
            for e in self.events
            if "/move_users/" in e.step
            if e.data.get("status") == "changed"
        }
        before = {
            name: tuple(h.license for h in person.holdings if h.by_group is None)
            for name, person in self.saved.items()
            if name not in moved
        }
        return replace(self.remember(tenant), before=before)


def _skus(person: User) -> set[SkuId]:
    return {h.license.sku for h in person.holdings if h.by_group is None}


class Trouble(RunnerError):
    """Something that goes wrong in a test."""
