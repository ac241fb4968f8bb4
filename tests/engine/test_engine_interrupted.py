"""A run that is asked to end: what is under way is finished, nothing more begins."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from runner.model.outcome import EventKind
from tests.builders import E4, E5, subscription, tenant_state, users, want_active
from tests.engine.fleets import Fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Yield two waves, the first tenant with three batches of users."""
    made = Fleet(("ab", "c"), tmp_path)
    made.benches["a"].world.state = tenant_state(
        subscription(E4, 50),
        subscription(E5, 50),
        users=users(50, E4),
        tenant_id=made.benches["a"].world.state.tenant_id,
    )
    seats = (want_active(E5, 50),)
    made.wants["a"] = replace(made.wants["a"], subscriptions=seats)
    yield made
    made.store.close()


def _stop_at(fleet: Fleet, kind: EventKind) -> None:
    """Have the run asked to end when this is told for the first time."""

    class Listening(list):  # type: ignore[type-arg]
        def append(self, event: object) -> None:
            super().append(event)
            if event.kind is kind:  # type: ignore[attr-defined]
                fleet.stop.ask()

    fleet.benches["a"].events = Listening()


def test_no_batch_no_tenant_and_no_wave_begins_after_it(fleet: Fleet) -> None:
    _stop_at(fleet, EventKind.OUTCOME)
    results = fleet.apply(forks=1)
    assert [each.standing for each in results.values()] == [
        "waiting", "not_started", "not_started",
    ]  # fmt: skip
    assert results["a"].summary == "interrupted; what was done is recorded"
    assert results["c"].summary == "not started: the run was interrupted"
    changed = {each.data["subject"] for each in fleet.told(EventKind.OUTCOME)}
    assert changed == set(fleet.benches["a"].directory.writes) and len(changed) == 20


def test_a_tenant_that_was_done_before_stays_done(fleet: Fleet) -> None:
    fleet.benches["b"].world.state = replace(fleet.benches["b"].world.state, users={})
    _stop_at(fleet, EventKind.OUTCOME)
    standings = {name: each.standing for name, each in fleet.apply(forks=1).items()}
    assert standings == {"a": "waiting", "b": "done", "c": "not_started"}


def test_the_next_run_goes_on_where_it_ended(fleet: Fleet) -> None:
    _stop_at(fleet, EventKind.OUTCOME)
    fleet.apply(forks=1)
    fleet.stop = type(fleet.stop)()
    fleet.benches["a"].events = []
    assert set(fleet.standings().values()) == {"done"}
    assert set(fleet.benches["a"].directory.writes.values()) == {1}


def test_a_look_is_given_up(fleet: Fleet) -> None:
    _stop_at(fleet, EventKind.TENANT_STARTED)
    results = fleet.apply(forks=1)
    assert results["a"].standing == "waiting"
    assert not fleet.benches["a"].directory.writes


def test_waiting_is_given_up_and_stays_on_record(fleet: Fleet) -> None:
    fleet.waits("b")
    clock = fleet.benches["b"].clock
    clock.plan(timedelta(minutes=5), fleet.stop.ask)
    results = fleet.apply(patience_s=3600, forks=1)
    assert results["b"].standing == "waiting"
    assert clock.monotonic_s() < 3600
    assert any(wait.step.startswith("b/buy_seats") for wait in fleet.store.notes.waits())


def test_who_waits_lets_the_others_have_the_turn(fleet: Fleet) -> None:
    fleet.wants = dict(reversed(fleet.wants.items()))
    fleet.waits("b")
    fleet.apply(patience_s=600, forks=1)
    kinds = (EventKind.TENANT_STARTED, EventKind.TENANT_FINISHED)
    order = [(each.kind.value, each.tenant) for each in fleet.events if each.kind in kinds]
    assert order.index(("tenant_started", "b")) < order.index(("tenant_started", "a"))
    assert order.index(("tenant_finished", "a")) < order.index(("tenant_finished", "b"))
