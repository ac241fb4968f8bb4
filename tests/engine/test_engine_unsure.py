"""Users nobody is sure about wait, users without a location stay, and circles are told."""

from dataclasses import replace
from datetime import timedelta

from runner.model.ids import user_id
from runner.model.outcome import EventKind, Standing
from runner.model.spec import Reference, ReferenceKind, Who
from runner.model.state import Selection, TenantState
from runner.steps.holding import holds
from tests.builders import (
    E3,
    E4,
    E5,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
    want_moved,
)
from tests.engine.runs import Bench, statuses, told
from tests.fakes import Trouble
from tests.planning.changes import reassigned, reduced

MINUTE = timedelta(minutes=1)
FIRST, SECOND = user_id("user-1"), user_id("user-2")


def _bench() -> Bench:
    state = tenant_state(subscription(E4, 10), subscription(E5, 10), users=users(3, E4))
    return Bench(state, spec(assignments=(want_moved(),), subscriptions=()))


def _holders(bench: Bench, sku: str) -> set[str]:
    return {n for n, u in bench.world.state.users.items() if holds(u, sku)}  # type: ignore[arg-type]


def test_a_user_nobody_is_sure_about_waits_and_is_no_failure() -> None:
    bench = _bench()
    bench.directory.doubts[FIRST] = "usage-location-lag"
    result = bench.apply()
    assert result.standing is Standing.WAITING
    assert statuses(result) == {"move_users": "waiting"}
    assert result.summary == "1 user could not be changed yet, most often: usage-location-lag"
    assert _holders(bench, E5) == {"user-2", "user-3"}


def test_the_next_run_tries_again_at_once() -> None:
    bench = _bench()
    bench.directory.doubts[FIRST] = "usage-location-lag"
    bench.apply()
    bench.directory.doubts.clear()
    assert bench.apply().standing is Standing.DONE
    assert len(_holders(bench, E5)) == 3


def test_a_doubt_that_stays_for_more_than_an_hour_is_a_failure() -> None:
    bench = _bench()
    plan = bench.plan()
    bench.directory.doubts[FIRST] = "no-answer"
    assert bench.apply(plan).standing is Standing.WAITING
    bench.clock.move(61 * MINUTE)
    result = bench.apply(plan)
    assert result.standing is Standing.FAILED
    assert "most often: no-answer, and should have been over by" in result.summary


def test_a_failure_beside_a_doubt_is_a_failure() -> None:
    bench = _bench()
    bench.directory.doubts[FIRST] = "no-answer"
    bench.directory.refusals[SECOND] = "conflict"
    result = bench.apply()
    assert result.standing is Standing.FAILED
    assert result.summary == "1 user could not be changed, most often: conflict"


def test_patience_tries_again_after_some_minutes() -> None:
    bench = _bench()
    bench.directory.doubts[FIRST] = "no-answer"
    bench.clock.plan(4 * MINUTE, bench.directory.doubts.clear)
    assert bench.apply(patience_s=1800).standing is Standing.DONE
    assert bench.directory.writes[FIRST] == 2


def _end_of_the_day() -> None:
    raise Trouble("the run goes on and on")


def test_patience_ends_although_users_are_tried_again() -> None:
    bench = _bench()
    bench.directory.doubts[FIRST] = "no-answer"
    bench.clock.plan(timedelta(hours=3), _end_of_the_day)
    before = bench.clock.now()
    assert bench.apply(patience_s=1800).standing is Standing.WAITING
    assert bench.clock.now() - before < 40 * MINUTE
    assert bench.directory.writes[FIRST] > 3


def _nowhere() -> Bench:
    people = (*users(2, E4), *(user(f"nowhere-{n}", E4, location=None) for n in (1, 2, 3)))
    state = tenant_state(subscription(E4, 5), subscription(E5, 5), users=people)
    moving = want_moved(usage_location="DE")
    return Bench(state, spec(assignments=(moving,), subscriptions=()))


def test_a_location_that_may_not_be_written_holds_back_that_user_alone() -> None:
    bench = _nowhere()
    bench.directory.refusals["nowhere-2"] = "not-allowed"
    result = bench.apply()
    assert result.standing is Standing.FAILED
    assert result.summary == "1 user could not be changed, most often: not-allowed"
    assert _holders(bench, E5) == {"user-1", "user-2", "nowhere-1", "nowhere-3"}
    assert bench.directory.writes["nowhere-2"] == 1
    left = {e.data["subject"]: e.data.get("detail") for e in told(bench, EventKind.OUTCOME)}
    assert left["nowhere-2"] == "has no usage location"


def test_where_no_location_may_be_written_the_others_move() -> None:
    bench = _nowhere()
    bench.directory.refusals |= dict.fromkeys(("nowhere-1", "nowhere-2", "nowhere-3"), "unknown")
    assert bench.apply().standing is Standing.FAILED
    assert _holders(bench, E5) == {"user-1", "user-2"}
    assert set(bench.directory.writes.values()) == {1}


def test_a_location_nobody_is_sure_about_waits_before_the_license() -> None:
    bench = _nowhere()
    bench.directory.doubts["nowhere-2"] = "no-answer"
    assert bench.apply().standing is Standing.WAITING
    bench.directory.doubts.clear()
    assert bench.apply().standing is Standing.DONE
    assert len(_holders(bench, E5)) == 5


def _exchange(*, seats: int = 4, wanted: int = 0) -> Bench:
    up, down = users(3, E3, prefix="up"), users(3, E5, prefix="down")
    state = tenant_state(subscription(E3, 3), subscription(E5, seats), users=(*up, *down))
    names = {"Up": up, "Down": down}
    chosen = {
        Reference(kind=ReferenceKind.GROUP, text=name): Selection(
            users=frozenset(person.id for person in people)
        )
        for name, people in names.items()
    }
    moves = (
        want_moved(E3, to=E5, who=Who(is_everyone=False, groups=("Up",))),
        want_moved(E5, to=E3, who=Who(is_everyone=False, groups=("Down",))),
    )
    bought = (want_active(E4, wanted),) if wanted else ()
    return Bench(replace(state, selections=chosen), spec(assignments=moves, subscriptions=bought))


def _take_seat(state: TenantState) -> TenantState:
    return reduced(state, E5, 3)


def test_who_waits_for_one_anothers_seats_in_vain_is_refused() -> None:
    bench = _exchange()
    plan = bench.plan()
    bench.world.change(_take_seat)
    result = bench.apply(plan)
    assert result.standing is Standing.REFUSED
    assert set(statuses(result).values()) == {"refused"}
    assert result.summary == (
        "Office 365 E5: 3 users in need of a seat and 0 free until others give theirs back, "
        "and nobody is left to do so: plan again"
    )
    assert not bench.directory.writes


def test_patience_is_not_spent_on_a_circle() -> None:
    bench = _exchange()
    plan = bench.plan()
    bench.world.change(_take_seat)
    before = bench.clock.now()
    assert bench.apply(plan, patience_s=7200).standing is Standing.REFUSED
    assert bench.clock.now() - before < 3 * MINUTE


def test_a_seat_that_comes_free_while_the_run_looks_is_used() -> None:
    bench = _exchange()
    plan = bench.plan()
    bench.world.change(_take_seat)
    bench.clock.plan(timedelta(seconds=20), lambda: bench.world.buy(E5, 4))
    assert bench.apply(plan).standing is Standing.DONE
    assert _holders(bench, E5) == {"up-1", "up-2", "up-3"}


def test_seats_that_are_gone_on_the_way_are_refused_too() -> None:
    bench = _exchange()
    plan = bench.plan()
    bench.world.change(lambda state: reassigned(state, user_id("up-1"), add=(), remove=(E3,)))
    bench.world.change(_take_seat)
    bench.world.change(lambda state: reduced(state, E3, 2))
    assert bench.apply(plan).standing is Standing.REFUSED
    assert _holders(bench, E5) == {"down-1", "down-2", "down-3"}


def test_who_waits_for_seats_while_something_else_waits_is_not_refused() -> None:
    bench = _exchange(wanted=2)
    plan = bench.plan()
    bench.world.change(_take_seat)
    result = bench.apply(plan)
    assert result.standing is Standing.WAITING
    assert statuses(result)["buy_seats"] == "waiting"
