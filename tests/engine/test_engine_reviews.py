"""What reviews found in carrying plans out, so that it stays mended."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from runner.model.findings import Unreachable
from runner.model.ids import GroupId, SkuId
from runner.model.outcome import EventKind, Standing
from runner.model.state import SubscriptionState, TenantState
from runner.ports import Question
from runner.steps.holding import holds
from tests.builders import (
    E4,
    E5,
    spec,
    subscription,
    tenant_state,
    users,
    want_active,
    want_cancelled,
)
from tests.engine.runs import Bench, statuses, told
from tests.fakes import FakeDirectory
from tests.planning.changes import bought, ended, reduced


def _grow(bench: Bench, seats: int) -> None:
    """Have somebody buy more seats of every subscription since planning."""

    def grown(each: SubscriptionState) -> SubscriptionState:
        return replace(each, seats=seats)

    bench.world.change(
        lambda state: replace(state, subscriptions=tuple(map(grown, state.subscriptions)))
    )


def test_a_reduction_gives_up_no_more_seats_than_approved() -> None:
    bench = Bench(tenant_state(subscription(E5, 10)), spec(want_active(E5, 4), assignments=()))
    plan = bench.plan()
    _grow(bench, 60)
    result = bench.apply(plan)
    assert result.standing is Standing.REFUSED
    assert result.summary == "Office 365 E5 has 60 seats and had 10 at planning"
    assert bench.commerce.orders == []


def test_a_cancellation_gives_up_no_more_seats_than_approved() -> None:
    have = tenant_state(subscription(E4, 10), subscription(E5, 1))
    bench = Bench(have, spec(want_cancelled(), assignments=()))
    plan = bench.plan()
    _grow(bench, 60)
    result = bench.apply(plan)
    assert result.standing is Standing.REFUSED
    assert "has 60 seats and had 10 at planning" in result.summary
    assert bench.commerce.orders == []


def test_trouble_while_applying_keeps_what_is_waited_for() -> None:
    bench = Bench(tenant_state(subscription(E4, 10), users=users(3, E4)))
    bench.apply()
    before = dict(bench.records.waits)
    assert before
    bench.clock.move(timedelta(hours=3))
    bench.directory.troubles.append(Unreachable("no answer"))
    assert bench.apply().standing is Standing.UNREACHABLE
    assert bench.records.waits == before


def test_a_confirmed_cancellation_stays_confirmed_after_the_reduction_that_precedes_it() -> None:
    have = tenant_state(subscription(E4, 40), subscription(E5, 1))
    bench = Bench(have, spec(want_cancelled(), assignments=()))
    bench.apply()
    (asked,) = bench.records.open.values()
    confirmed = replace(asked, confirmed_at=bench.clock.now() + timedelta(hours=1))
    bench.records.open[asked.step] = confirmed
    bench.clock.move(timedelta(hours=5))
    bench.world.state = reduced(bench.world.state, E4, 25)
    bench.apply()
    assert list(bench.records.open.values()) == [confirmed]
    assert bench.commerce.orders[-1].opened_at == asked.opened_at
    assert bench.commerce.orders[-1].confirmed_at == confirmed.confirmed_at


class _Hiding(FakeDirectory):
    """A directory whose lists show moved users neither under the old nor under the new product."""

    hidden_reads = 0

    async def read(
        self,
        skus: Collection[SkuId],
        *,
        members_of: Collection[GroupId] | None = None,
        question: Question | None = None,
    ) -> TenantState:
        seen = await super().read(skus, members_of=members_of, question=question)
        if not self.writes or not self.hidden_reads:
            return seen
        self.hidden_reads -= 1
        return replace(seen, users={n: p for n, p in seen.users.items() if n not in self.writes})


def _hiding(reads: int) -> Bench:
    have = tenant_state(subscription(E4, 10), subscription(E5, 10), users=users(3, E4))
    bench = Bench(have, spec(want_active()))
    bench.directory = _Hiding(bench.world)
    bench.directory.hidden_reads = reads
    return bench


def test_moved_users_whose_new_list_lags_are_not_refused() -> None:
    bench = _hiding(2)
    assert bench.apply().standing is Standing.DONE
    assert {e.data["status"] for e in told(bench, EventKind.OUTCOME)} == {"changed"}


def test_moved_users_whose_new_list_never_catches_up_are_looked_at_one_by_one() -> None:
    bench = _hiding(1000)
    assert bench.apply().standing is Standing.DONE
    assert set(bench.directory.writes.values()) == {1}


def _both_held(status: str) -> Bench:
    have = tenant_state(
        subscription(E4, 10), subscription(E5, 10, status=status), users=users(3, E4, E5)
    )
    return Bench(have, spec(want_active(E5, 10)))


def test_users_of_both_products_keep_the_source_until_the_target_is_live() -> None:
    bench = _both_held("Suspended")
    assert bench.apply().standing is Standing.WAITING
    assert not bench.directory.writes
    bench.world.buy(E5, 10)
    assert statuses(bench.apply())["move_users"] == "changed"
    assert not any(holds(person, E4) for person in bench.world.state.users.values())


def test_users_of_both_products_keep_the_source_when_the_target_lapsed_since_planning() -> None:
    bench = _both_held("Enabled")
    plan = bench.plan()
    bench.world.change(lambda state: ended(state, "e5-subscription"))
    assert bench.apply(plan).standing is Standing.REFUSED
    assert not bench.directory.writes


def test_users_of_both_products_keep_the_source_while_a_new_target_is_being_set_up() -> None:
    bench = _both_held("Suspended")
    bench.world.state = bought(bench.world.state, E5, 10, is_ready=False)
    assert statuses(bench.apply()) == {"await_ready": "waiting", "move_users": "blocked"}
    assert not bench.directory.writes
