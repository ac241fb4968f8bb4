"""Waves: one after the other, a budget of failures, and gates between them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.model.outcome import EventKind
from runner.model.spec import Gate
from tests.engine.fleets import Fleet

SetUp = Callable[..., Fleet]


@pytest.fixture
def fleet_of(tmp_path: Path) -> Iterator[SetUp]:
    """Yield a function that makes a fleet of waves given as words of one-letter names."""
    made: list[Fleet] = []

    def make(*waves: str, **pace: Any) -> Fleet:
        made.append(Fleet(waves, tmp_path, **pace))
        return made[-1]

    yield make
    for each in made:
        each.store.close()


def test_waves_come_one_after_the_other(fleet_of: SetUp) -> None:
    fleet = fleet_of("ab", "cd", "e")
    assert set(fleet.standings().values()) == {"done"}
    kinds = (EventKind.TENANT_STARTED, EventKind.TENANT_FINISHED)
    order = [event.tenant for event in fleet.events if event.kind in kinds]
    assert [set(order[:4]), set(order[4:8]), set(order[8:])] == [{"a", "b"}, {"c", "d"}, {"e"}]


def test_any_failure_stops_the_next_wave_unless_there_is_a_budget(fleet_of: SetUp) -> None:
    fleet = fleet_of("abcd", "ef")
    fleet.fails("b")
    results = fleet.apply()
    assert [each.standing for each in results.values()] == [
        "done", "failed", "done", "done", "not_started", "not_started",
    ]  # fmt: skip
    why = "not started: wave 1 had 1 of 4 failed or unreachable, the limit is 0 %"
    assert results["e"].summary == why
    assert not fleet.benches["e"].directory.writes
    standings = {row.name: row.standing.value for row in fleet.store.notes.tenants()}
    assert standings["b"] == "failed" and standings["f"] == "not_started"


@pytest.mark.parametrize(("most", "last"), [(24, "not_started"), (25, "done"), (100, "done")])
def test_a_share_equal_to_the_budget_is_within_it(fleet_of: SetUp, most: float, last: str) -> None:
    fleet = fleet_of("abcd", "e", max_fail_percentage=most)
    fleet.fails("a")
    assert fleet.standings()["e"] == last


def test_tenants_without_an_answer_count_at_planning_and_later(fleet_of: SetUp) -> None:
    for most, last in ((49, "not_started"), (50, "done")):
        fleet = fleet_of("abcd", "e", max_fail_percentage=most)
        fleet.unread.add("a")
        fleet.vanishes("b")
        found = fleet.standings()
        assert (found["a"], found["b"], found["e"]) == ("unreachable", "unreachable", last)


def test_a_wave_of_unread_tenants_alone_stops_the_next(fleet_of: SetUp) -> None:
    fleet = fleet_of("a", "b", "c")
    fleet.unread.add("b")
    assert list(fleet.standings().values()) == ["done", "unreachable", "not_started"]


def test_failures_count_over_all_waves_so_far(fleet_of: SetUp) -> None:
    fleet = fleet_of("abcd", "ef", "g", max_fail_percentage=50)
    fleet.paces = (fleet.paces[0], type(fleet.paces[0])(max_fail_percentage=20), fleet.paces[2])
    fleet.fails("a", "b")
    results = fleet.apply()
    assert (results["e"].standing, results["g"].standing) == ("done", "not_started")
    assert "waves 1 to 2 had 2 of 6" in results["g"].summary


def test_who_waits_or_is_refused_holds_up_nobody(fleet_of: SetUp) -> None:
    fleet = fleet_of("abc", "d")
    fleet.waits("a")
    found = fleet.standings()
    assert found == {"a": "waiting", "b": "done", "c": "done", "d": "done"}


def test_who_waited_is_picked_up_by_the_next_run(fleet_of: SetUp) -> None:
    fleet = fleet_of("ab", "c")
    fleet.waits("a")
    fleet.apply()
    fleet.benches["a"].commerce.fulfil()
    assert set(fleet.standings().values()) == {"done"}


def test_the_gate_done_waits_for_everybody(fleet_of: SetUp) -> None:
    fleet = fleet_of("ab", "c", gate=Gate.DONE)
    fleet.waits("a")
    results = fleet.apply()
    assert results["c"].standing == "not_started"
    assert results["c"].summary == "not started: wave 1 has 1 of 2 not done"
    fleet.benches["a"].commerce.fulfil()
    assert set(fleet.standings().values()) == {"done"}


def test_the_gate_confirm_asks_a_person_before_each_wave(fleet_of: SetUp) -> None:
    fleet = fleet_of("a", "b", "c", gate=Gate.CONFIRM)
    for done in ("a", "ab"):
        for _ in range(2):
            found = fleet.standings()
            assert "".join(name for name in found if found[name] == "done") == done
        (wait,) = fleet.store.notes.waits()
        assert f"upgrade-runner confirm {wait.step}" in wait.why
        assert fleet.store.notes.confirm_order(wait.step)
    assert set(fleet.standings().values()) == {"done"}
    assert fleet.store.notes.waits() == ()
    assert fleet.store.notes.remember("gate").orders == ()


def test_a_confirmation_does_not_hold_for_another_first_wave(fleet_of: SetUp) -> None:
    fleet = fleet_of("a", "b", gate=Gate.CONFIRM)
    fleet.apply()
    (wait,) = fleet.store.notes.waits()
    fleet.store.notes.confirm_order(wait.step)
    other = fleet_of("ax", "b", gate=Gate.CONFIRM)
    assert other.standings()["b"] == "not_started"


def test_nobody_is_asked_where_nothing_is_left_to_start(fleet_of: SetUp) -> None:
    fleet = fleet_of("a", "b", gate=Gate.CONFIRM)
    fleet.benches["b"].apply()
    assert set(fleet.standings().values()) == {"done"}
    assert fleet.store.notes.waits() == ()


def test_failures_come_before_the_question(fleet_of: SetUp) -> None:
    fleet = fleet_of("a", "b", gate=Gate.CONFIRM)
    fleet.fails("a")
    assert "the limit is 0 %" in fleet.apply()["b"].summary
    assert fleet.store.notes.waits() == ()


def test_waves_are_told_with_how_they_ended(fleet_of: SetUp) -> None:
    fleet = fleet_of("ab", "c")
    fleet.fails("a")
    fleet.apply()
    started = [
        (each.data["wave"], each.data["tenants"]) for each in fleet.told(EventKind.WAVE_STARTED)
    ]
    assert started == [(1, 2), (2, 1)]
    ends = [dict(each.data["standings"]) for each in fleet.told(EventKind.WAVE_FINISHED)]
    assert ends == [{"done": 1, "failed": 1}, {"not_started": 1}]


def test_a_single_wave_is_not_told(fleet_of: SetUp) -> None:
    fleet = fleet_of("ab")
    fleet.fails("a")
    assert list(fleet.standings().values()) == ["failed", "done"]
    assert not fleet.told(EventKind.WAVE_STARTED)


def test_a_bug_at_one_tenant_leaves_the_others_alone(fleet_of: SetUp) -> None:
    fleet = fleet_of("abc", max_fail_percentage=100)
    fleet.benches["b"].directory.troubles.append(ZeroDivisionError("oh"))
    results = fleet.apply()
    assert [each.standing for each in results.values()] == ["done", "failed", "done"]
    assert "bug in runner" in results["b"].summary
