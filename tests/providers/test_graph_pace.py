"""The quotas are spent whole and never exceeded."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.catalog import GRAPH_QUOTAS
from runner.catalog.quotas import Quota
from runner.providers.graph.pace import ApplicationPace, Cost, Pace, Window

WRITES = GRAPH_QUOTAS.writes_per_app_and_tenant
BATCH = Cost(units=20, writes=20)


@dataclass(slots=True)
class Service:
    """A server that counts calls at the moment it gets them."""

    counted: list[tuple[float, int]] = field(default_factory=list)

    def most_in(self, window_s: float) -> int:
        """Return the most that was counted in any window of this length."""
        self.counted.sort()
        most = total = first = 0
        for at, cost in self.counted:
            total += cost
            while self.counted[first][0] + window_s <= at:
                total -= self.counted[first][1]
                first += 1
            most = max(most, total)
        return most


def _simulate(
    window: Window, calls: Sequence[tuple[int, float, float]], *, lanes: int
) -> tuple[Service, float]:
    """Send calls of cost, latency and share of it on the way; return what was seen and when."""
    service, now = Service(), 0.0
    under_way: list[tuple[float, int]] = []
    for cost, latency_s, share in calls:
        while len(under_way) >= lanes or (wait_s := window.wait_s(cost, now=now)) > 0:
            if under_way and (len(under_way) >= lanes or under_way[0][0] <= now + wait_s):
                now, settled = max(now, under_way[0][0]), heapq.heappop(under_way)[1]
                window.settle(settled, now=now)
            else:
                now += wait_s
        window.reserve(cost)
        service.counted.append((now + latency_s * share, cost))
        heapq.heappush(under_way, (now + latency_s, cost))
    return service, now


_CALLS = st.lists(
    st.tuples(
        st.integers(min_value=1, max_value=20),
        st.floats(min_value=0.0, max_value=25.0),
        st.floats(min_value=0.0, max_value=1.0),
    ),
    min_size=1,
    max_size=60,
)


@given(calls=_CALLS, amount=st.integers(20, 60), lanes=st.integers(1, 8))
@settings(max_examples=300, deadline=None)
def test_no_window_of_the_service_holds_more_than_the_quota(
    calls: list[tuple[int, float, float]], amount: int, lanes: int
) -> None:
    window = Window(Quota(amount=amount, window_s=10))
    service, _ = _simulate(window, calls, lanes=lanes)
    assert service.most_in(10.0) <= amount


def test_microsofts_write_quota_holds_over_ten_thousand_writes() -> None:
    calls = [(20, 0.05 + (place % 7) / 3, (place % 5) / 4) for place in range(500)]
    service, took_s = _simulate(Window(WRITES), calls, lanes=6)
    assert service.most_in(150.0) <= 3_000
    assert took_s < 4 * 150


def test_the_whole_quota_may_be_spent_in_the_first_moment() -> None:
    pace = Pace(ApplicationPace())
    pace.set_size(10_000)
    for _ in range(150):
        assert pace.wait_s(BATCH, now=0.0) == 0.0
        pace.reserve(BATCH)
        pace.settle(BATCH, now=0.0)
    assert pace.wait_s(BATCH, now=0.0) == 150.0


def test_reads_go_on_while_writes_wait() -> None:
    pace = Pace(ApplicationPace())
    pace.set_size(10_000)
    pace.reserve(Cost(units=3_000, writes=3_000))
    pace.settle(Cost(units=3_000, writes=3_000), now=0.0)
    assert pace.wait_s(Cost(units=1), now=1.0) == 0.0
    assert pace.wait_s(BATCH, now=1.0) == 149.0


def test_a_pause_holds_every_call_back() -> None:
    pace = Pace(ApplicationPace())
    pace.pause(7.0, now=100.0)
    pace.pause(3.0, now=101.0)
    assert pace.wait_s(Cost(units=1), now=100.0) == 7.0
    assert pace.wait_s(Cost(units=1), now=107.0) == 0.0


def test_tenants_share_the_quota_of_the_application() -> None:
    application = ApplicationPace()
    spent = Cost(units=1, writes=GRAPH_QUOTAS.writes_per_app.amount)
    first, second = Pace(application), Pace(application)
    application.writes.reserve(spent.writes)
    assert first.wait_s(BATCH, now=0.0) > 0.0
    application.writes.settle(spent.writes, now=0.0)
    assert second.wait_s(BATCH, now=0.0) == 300.0


@dataclass(slots=True)
class Sender:
    """A tenant with so many batches to send, several lanes asking at once."""

    pace: Pace
    left: int
    lanes: int
    sent_at: list[float] = field(default_factory=list)


def _send_all(senders: Sequence[Sender], *, latency_s: float = 0.1) -> None:
    """Let every lane ask, wait as it is told, send and ask again, until all have sent all."""
    lanes = [
        (0.0, place, sender) for place, sender in enumerate(senders) for _ in range(sender.lanes)
    ]
    agenda = [(at, order, sender, False) for order, (at, _, sender) in enumerate(lanes)]
    heapq.heapify(agenda)
    order = len(agenda)
    while agenda:
        now, _, sender, is_answer = heapq.heappop(agenda)
        if is_answer:
            sender.pace.settle(BATCH, now=now)
        if not sender.left:
            continue
        wait_s = sender.pace.wait_s(BATCH, now=now)
        if not wait_s:
            sender.pace.reserve(BATCH)
            sender.left -= 1
            sender.sent_at.append(now)
        order += 1
        heapq.heappush(agenda, (now + (wait_s or latency_s), order, sender, not wait_s))


def test_a_large_tenant_cannot_starve_small_ones() -> None:
    application = ApplicationPace()
    application.writes = Window(Quota(amount=200, window_s=10))
    large = [Sender(pace=Pace(application), left=120, lanes=16) for _ in range(2)]
    small = [Sender(pace=Pace(application), left=4, lanes=1) for _ in range(3)]
    _send_all([*large, *small])
    assert not any(each.left for each in (*large, *small))
    windows = max(each.sent_at[-1] for each in small) / 10
    assert windows < 5, "each has a turn in every window, and needs four"
    gaps = [b - a for each in large for a, b in zip(each.sent_at, each.sent_at[1:], strict=False)]
    assert max(gaps) < 12, "the large ones have one, too"


def test_a_tenant_that_has_gone_holds_nobody_up_for_long() -> None:
    application = ApplicationPace()
    application.writes = Window(Quota(amount=20, window_s=10))
    first, gone, last = (Pace(application) for _ in range(3))
    first.reserve(BATCH)
    first.settle(BATCH, now=0.0)
    assert gone.wait_s(BATCH, now=1.0) == 9.0
    assert last.wait_s(BATCH, now=2.0) > 0.0
    assert last.wait_s(BATCH, now=12.0) > 0.0
    assert last.wait_s(BATCH, now=16.0) == 0.0


def test_a_read_between_writes_keeps_the_place_of_the_writes() -> None:
    application = ApplicationPace()
    application.writes = Window(Quota(amount=20, window_s=10))
    spent, first, second = (Pace(application) for _ in range(3))
    spent.reserve(BATCH)
    spent.settle(BATCH, now=0.0)
    assert first.wait_s(BATCH, now=1.0) > 0.0
    assert second.wait_s(BATCH, now=2.0) > 0.0
    assert first.wait_s(Cost(units=1), now=3.0) == 0.0
    first.reserve(Cost(units=1))
    assert second.wait_s(BATCH, now=10.0) > 0.0
    assert first.wait_s(BATCH, now=10.0) == 0.0


def test_a_large_tenant_has_more_resource_units() -> None:
    pace = Pace(ApplicationPace())
    asked = Cost(units=8_000)
    pace.set_size(501)
    assert pace.wait_s(asked, now=0.0) == 0.0
    pace.set_size(500)
    assert pace.wait_s(Cost(units=5_000), now=0.0) == 0.0
    pace.reserve(Cost(units=5_000))
    assert pace.wait_s(Cost(units=1), now=0.0) > 0.0
