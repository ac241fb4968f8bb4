"""Spend Microsoft's quotas whole and never exceed them: arithmetic with an explicit `now`."""

from collections import deque
from dataclasses import dataclass

from runner.catalog import GRAPH_QUOTAS
from runner.catalog.quotas import Quota

BUSY_WAIT_S = 0.02
"""How soon to ask again when only calls under way stand in the way."""

QUEUE_WAIT_S = 1.0
"""How soon at least to ask again behind more than a whole window holds."""

LATE_S = 5.0
"""How late a tenant may ask again without losing its place in the queue."""


class Window:
    """At most so much in any window of time, however the calls are spread.

    A call counts from the moment it is reserved until a window's length after its answer: the
    service cannot have counted it later than it answered, so none of its windows can hold more.
    """

    def __init__(self, quota: Quota) -> None:
        self.limit = quota.amount
        self.seconds = quota.window_s
        self._under_way = 0
        self._answered: deque[tuple[float, int]] = deque()
        self._recent = 0

    def wait_s(self, cost: int, *, now: float) -> float:
        """Return how long to wait before `cost` fits; 0 means now."""
        self._forget(now)
        room = self.limit - self._under_way - self._recent
        if cost <= room:
            return 0.0
        for answered_at, spent in self._answered:
            room += spent
            if cost <= room:
                return max(answered_at + self.seconds - now, BUSY_WAIT_S)
        return BUSY_WAIT_S

    def reserve(self, cost: int) -> None:
        """Count a call that is about to be sent."""
        self._under_way += cost

    def settle(self, cost: int, *, now: float) -> None:
        """Count a reserved call as answered now, rejected or not."""
        self._under_way -= cost
        self._answered.append((now, cost))
        self._recent += cost

    def _forget(self, now: float) -> None:
        while self._answered and self._answered[0][0] + self.seconds <= now:
            self._recent -= self._answered.popleft()[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a call costs: resource units, and writes."""

    units: int
    writes: int = 0


class ApplicationPace:
    """The quotas of one application over all tenants, shared by their paces in turn.

    Who finds no room queues up, once for reads and once for writes of a tenant, however many calls
    it has: whoever was served goes to the end, so that a large tenant cannot starve small ones. Who
    does not come back in time loses the place, so that nobody waits for a tenant that has gone.
    """

    def __init__(self) -> None:
        self.writes = Window(GRAPH_QUOTAS.writes_per_app)
        self.units = Window(GRAPH_QUOTAS.units_per_app)
        self._queue: dict[object, _Place] = {}

    def wait_s(self, who: object, cost: Cost, *, now: float) -> float:
        """Return how long a tenant is to wait, behind those that came earlier; 0 means now."""
        self._queue = {each: p for each, p in self._queue.items() if p.kept_until > now}
        ahead: list[Cost] = []
        for each, place in self._queue.items():
            if each == who:
                break
            ahead.append(place.cost)
        wait_s = self._room_s(cost, ahead, now=now)
        if wait_s > 0.0:
            self._queue[who] = _Place(cost=cost, kept_until=now + wait_s + LATE_S)
        return wait_s

    def _room_s(self, cost: Cost, ahead: list[Cost], *, now: float) -> float:
        """Return how long until the cost fits after those ahead; reads wait for no writes."""
        needs = [(self.units, cost.units + sum(each.units for each in ahead))]
        if cost.writes:
            needs.append((self.writes, cost.writes + sum(each.writes for each in ahead)))
        return max(
            window.wait_s(need, now=now)
            if need <= window.limit
            else max(window.wait_s(window.limit, now=now), QUEUE_WAIT_S)
            for window, need in needs
        )

    def leave(self, who: object) -> None:
        """Give a tenant's place up: it was served, or waits for something of its own."""
        self._queue.pop(who, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A tenant's place in the queue, and how long it is kept."""

    cost: Cost
    kept_until: float


class Pace:
    """The quotas of one tenant, and the pauses the service asks for."""

    def __init__(self, application: ApplicationPace) -> None:
        self._writes = Window(GRAPH_QUOTAS.writes_per_app_and_tenant)
        self._units = Window(GRAPH_QUOTAS.units_small_tenant)
        self._application = application
        self._paused_until = 0.0

    def set_size(self, users: int) -> None:
        """Take the quota of resource units that fits the number of users."""
        self._units.limit = GRAPH_QUOTAS.units_per_tenant(users).amount

    def pause(self, seconds: float, *, now: float) -> None:
        """Send nothing for so long: the service said so."""
        self._paused_until = max(self._paused_until, now + seconds)

    def spend_before(self, writes: int, *, now: float) -> None:
        """Count writes that an earlier process made a moment ago."""
        for window in (self._writes, self._application.writes):
            window.reserve(writes)
            window.settle(writes, now=now)

    def wait_s(self, cost: Cost, *, now: float) -> float:
        """Return how long to wait before a call of this cost may be sent; 0 means now."""
        waits = [window.wait_s(spent, now=now) for window, spent in self._own(cost)]
        if (own_s := max(0.0, self._paused_until - now, *waits)) > 0.0:
            self._application.leave(self._queued(cost))
            return own_s
        return self._application.wait_s(self._queued(cost), cost, now=now)

    def reserve(self, cost: Cost) -> None:
        """Count a call that is about to be sent."""
        self._application.leave(self._queued(cost))
        for window, spent in self._windows(cost):
            window.reserve(spent)

    def settle(self, cost: Cost, *, now: float) -> None:
        """Count a reserved call as answered."""
        for window, spent in self._windows(cost):
            window.settle(spent, now=now)

    def _windows(self, cost: Cost) -> list[tuple[Window, int]]:
        shared = [(self._application.units, cost.units)]
        if cost.writes:
            shared.append((self._application.writes, cost.writes))
        return [*self._own(cost), *shared]

    def _queued(self, cost: Cost) -> object:
        return self, cost.writes > 0

    def _own(self, cost: Cost) -> list[tuple[Window, int]]:
        units = [(self._units, cost.units)]
        return [*units, (self._writes, cost.writes)] if cost.writes else units
