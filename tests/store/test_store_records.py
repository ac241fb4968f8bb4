"""What the records keep, and since when."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from runner.model.ids import SkuId
from runner.model.outcome import Event, EventKind, Standing, TenantStanding, Wait
from runner.model.state import OpenOrder
from runner.store import Store, state_folder, state_place
from runner.store.place import StateError
from tests.builders import CONTOSO, E3, E4, NOW
from tests.store.older import VERSION_1, VERSION_2

DAY = timedelta(days=1)


def _event(seq: int, **details: object) -> Event:
    return Event(
        seq=seq, at=NOW, kind=EventKind.OUTCOME, tenant="contoso", step="one", data=details
    )


def _order(step: str = "one", *, at: timedelta = DAY * 0) -> OpenOrder:
    return OpenOrder(
        key=f"{step} {at}", step=step, kind="buy_seats", sku=E4, seats=10, opened_at=NOW + at
    )


def _open(store: Store, order: OpenOrder, tenant: str, playbook: str = "book.yaml") -> None:
    store.notes.open_order(tenant, order, playbook=playbook)


def _look(store: Store, unheld: list[SkuId], *, days: int = 0, tenant: str = CONTOSO) -> None:
    """Note a look at E3 and E4."""
    at = NOW + days * DAY
    store.notes.note_unheld(tenant, unheld=unheld, looked_at=[E3, E4], at=at)


def _wait(step: str = "one", *, at: timedelta = DAY * 0, why: str = "why") -> Wait:
    return Wait(tenant=CONTOSO, step=step, since=NOW + at, why=why, look_again_at=NOW + 2 * DAY)


def test_events_are_read_back_as_they_were_recorded(store: Store) -> None:
    events = (_event(1, subject="user-1", count=3), _event(2, list=[1, None], text="è"))
    store.journal.record("run-1", events)
    store.journal.record("run-2", [_event(1)])
    assert store.journal.events("run-1") == events


def test_events_survive_the_process_that_wrote_them(store: Store, place: Path | str) -> None:
    store.journal.record("run-1", [_event(1)])
    again = Store(place)
    assert again.journal.events("run-1") == (_event(1),)
    again.close()


def test_a_run_that_was_killed_has_no_end(store: Store) -> None:
    for run in ("killed", "ended"):
        store.journal.start_run(run, plan="plan-1", playbook="book.yaml", at=NOW)
    store.journal.finish_run("ended", exit_code=4, at=NOW + DAY)
    runs = {run.id: (run.finished_at, run.exit_code) for run in store.journal.runs()}
    assert runs == {"killed": (None, None), "ended": (NOW + DAY, 4)}


def test_a_plan_has_begun_when_a_step_of_it_is_on_record(store: Store) -> None:
    store.journal.start_run("run-1", plan="plan-1", playbook="book.yaml", at=NOW)
    assert not store.journal.has_begun("plan-1")
    store.journal.record("run-1", [replace(_event(1), kind=EventKind.STEP_STARTED)])
    assert store.journal.has_begun("plan-1")


def test_an_open_order_stays_as_it_was_first_opened(store: Store) -> None:
    _open(store, _order(), CONTOSO)
    _open(store, _order(at=DAY), CONTOSO)
    assert store.notes.remember(CONTOSO).orders == (_order(),)


def test_a_closed_order_is_forgotten_and_the_next_one_is_another(store: Store) -> None:
    _open(store, _order(), CONTOSO)
    store.notes.close_order(CONTOSO, "one", NOW)
    assert store.notes.remember(CONTOSO).orders == ()
    _open(store, _order(at=DAY), CONTOSO)
    assert store.notes.remember(CONTOSO).orders == (_order(at=DAY),)


def test_an_order_that_a_person_confirms_says_when(store: Store) -> None:
    _open(store, _order(), CONTOSO)
    assert store.notes.confirm_order("one")
    store.notes.hear_confirmed(CONTOSO, NOW + DAY)
    store.notes.hear_confirmed(CONTOSO, NOW + 2 * DAY)
    assert [o.confirmed_at for o in store.notes.remember(CONTOSO).orders] == [NOW + DAY]


def test_confirming_what_is_not_open_is_told(store: Store) -> None:
    _open(store, _order(), CONTOSO)
    store.notes.close_order(CONTOSO, "one", NOW)
    assert not store.notes.confirm_order("one")


def test_orders_of_steps_no_longer_planned_are_dropped(store: Store) -> None:
    for step in ("one", "two"):
        _open(store, _order(step), CONTOSO)
    store.notes.drop_orders(CONTOSO, keep={"two"}, at=NOW, playbook="book.yaml")
    assert store.notes.remember(CONTOSO).orders == (_order("two"),)


def test_what_was_asked_to_end_is_remembered_after_the_order_is_closed(store: Store) -> None:
    for kind in ("buy_seats", "cancel_subscription", "stop_renewal"):
        _open(store, replace(_order(kind), kind=kind), CONTOSO)
        store.notes.close_order(CONTOSO, kind, NOW)
    assert store.notes.remember(CONTOSO).ended == {"cancel_subscription", "stop_renewal"}
    assert store.notes.remember("another").ended == frozenset()


def test_orders_of_another_tenant_are_not_remembered(store: Store) -> None:
    _open(store, _order(), "another")
    assert store.notes.remember(CONTOSO).orders == ()


def test_a_product_is_unheld_since_the_first_look_that_says_so(store: Store) -> None:
    for days in range(3):
        _look(store, [E4], days=days)
    assert store.notes.remember(CONTOSO).unheld_since == {E4: NOW}


def test_a_product_that_is_held_again_starts_anew(store: Store) -> None:
    _look(store, [E4, E3])
    _look(store, [E3], days=1)
    _look(store, [E4, E3], days=2)
    assert store.notes.remember(CONTOSO).unheld_since == {E4: NOW + 2 * DAY, E3: NOW}


def test_a_look_at_other_products_says_nothing_of_this_one(store: Store) -> None:
    _look(store, [E4])
    store.notes.note_unheld(CONTOSO, unheld=[], looked_at=[E3], at=NOW + DAY)
    assert store.notes.remember(CONTOSO).unheld_since == {E4: NOW}


def test_what_one_tenant_holds_says_nothing_of_another(store: Store) -> None:
    _look(store, [E4])
    _look(store, [], days=1, tenant="another")
    assert store.notes.remember(CONTOSO).unheld_since == {E4: NOW}


def test_an_order_makes_room_for_another_only_when_it_is_closed(store: Store) -> None:
    _open(store, _order(), CONTOSO)
    more = replace(_order(at=DAY), seats=12)
    _open(store, more, CONTOSO)
    assert store.notes.remember(CONTOSO).orders == (_order(),)
    store.notes.close_order(CONTOSO, "one", NOW)
    _open(store, more, CONTOSO)
    assert store.notes.remember(CONTOSO).orders == (more,)


def test_an_order_that_its_channel_has_taken_is_not_dropped_at_once(store: Store) -> None:
    _open(store, _order(), CONTOSO)
    store.notes.note_reference(CONTOSO, "one", "order-7")
    store.notes.drop_orders(CONTOSO, keep=(), at=NOW + DAY, playbook="book.yaml")
    (order,) = store.notes.remember(CONTOSO).orders
    assert order.reference == "order-7"
    store.notes.drop_orders(CONTOSO, keep=(), at=NOW + 5 * DAY, playbook="book.yaml")
    assert store.notes.remember(CONTOSO).orders == ()


def test_what_a_person_said_of_a_renewal_is_remembered_after_its_order(store: Store) -> None:
    order = replace(_order(), kind="stop_renewal")
    _open(store, order, CONTOSO)
    store.notes.confirm_order("one")
    store.notes.hear_confirmed(CONTOSO, NOW + DAY)
    store.notes.drop_orders(CONTOSO, keep=(), at=NOW + DAY, playbook="book.yaml")
    memory = store.notes.remember(CONTOSO)
    assert (memory.orders, dict(memory.confirmed)) == ((), {"one": NOW + DAY})


def test_another_playbook_leaves_orders_and_waits_alone(store: Store) -> None:
    _open(store, _order(), CONTOSO, playbook="other.yaml")
    store.notes.save_waits(CONTOSO, [_wait()], playbook="other.yaml")
    store.notes.drop_orders(CONTOSO, keep=(), at=NOW, playbook="book.yaml")
    store.notes.save_waits(CONTOSO, [], playbook="book.yaml")
    memory = store.notes.remember(CONTOSO)
    assert (memory.orders, dict(memory.waiting_since)) == ((_order(),), {"one": NOW})


def test_a_wait_that_goes_on_keeps_its_beginning(store: Store) -> None:
    store.notes.save_waits(CONTOSO, [_wait()], playbook="book.yaml")
    store.notes.save_waits(
        CONTOSO, [_wait(at=DAY, why="still"), _wait("two", at=DAY)], playbook="book.yaml"
    )
    found = [(wait.step, wait.since, wait.why) for wait in store.notes.waits()]
    assert found == [("one", NOW, "still"), ("two", NOW + DAY, "why")]


def test_a_wait_that_is_over_is_forgotten(store: Store) -> None:
    store.notes.save_waits(CONTOSO, [_wait()], playbook="book.yaml")
    store.notes.save_waits(CONTOSO, [], playbook="book.yaml")
    store.notes.save_waits(CONTOSO, [_wait(at=DAY)], playbook="book.yaml")
    assert store.notes.remember(CONTOSO).waiting_since == {"one": NOW + DAY}


def test_waits_of_other_tenants_stay(store: Store) -> None:
    store.notes.save_waits("another", [_wait()], playbook="book.yaml")
    store.notes.save_waits(CONTOSO, [], playbook="book.yaml")
    assert [wait.tenant for wait in store.notes.waits()] == ["another"]


def test_the_last_run_of_a_tenant_is_what_counts(store: Store) -> None:
    for run, standing in (("run-1", Standing.WAITING), ("run-2", Standing.DONE)):
        row = TenantStanding(
            tenant=CONTOSO, name="contoso", run=run, at=NOW, standing=standing, summary=run
        )
        store.notes.save_tenant(row)
    assert store.notes.tenants() == (row,)


def test_only_the_owner_may_read_the_records(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.journal.record("run-1", [_event(1)])
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    store.close()
    assert set(modes.values()) == {0o600}


def test_records_of_another_version_are_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.sqlite") as db:
        db.execute("PRAGMA user_version=9")
    db.close()
    with pytest.raises(StateError, match="is of version 9"):
        Store(tmp_path)


def test_a_journal_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"junk" * 1000)
    with pytest.raises(StateError, match="cannot be opened"):
        Store(tmp_path)


def test_records_live_beside_the_playbook_unless_told_otherwise(tmp_path: Path) -> None:
    assert state_folder(tmp_path, None) == tmp_path / ".upgrade-runner"
    assert state_folder(tmp_path, f"sqlite:///{tmp_path}/one") == tmp_path / "one"
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o700


def test_records_in_a_database_of_another_make_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="records in mysql are not supported"):
        state_place(tmp_path, "mysql://somewhere/records")


def _made_by(script: str, folder: Path) -> None:
    """Make a journal as an older program left it, with an order and a snapshot."""
    with sqlite3.connect(folder / "journal.sqlite") as db:
        db.executescript(script)
        db.execute(
            "INSERT INTO orders(tenant, step, key, kind, sku, seats, opened_at, playbook)"
            " VALUES ('t', 's', 'k', 'buy_seats', 'sku', 5, '2026-11-20T09:00:00+00:00', 'p')"
        )
        body = b'{"holdings": [[]], "users": [["user-1", 0]]}'
        db.execute(
            "INSERT INTO snapshots(run, tenant, at, body) VALUES ('r', 't', ?, ?)",
            ("2026-11-20T09:00:00+00:00", body),
        )
        db.execute(
            "INSERT INTO events(run, seq, at, kind, tenant, step, data)"
            " VALUES ('r', 1, '2026-11-20T09:00:00+00:00', 'outcome', 'contoso', 'x', ?)",
            ('{"subject":"user-9","text":"è"}',),
        )
    db.close()


@pytest.mark.parametrize(
    ("script", "past"), [(VERSION_1, set()), (VERSION_2, {"user-1"})], ids=["1", "2"]
)
def test_records_of_an_older_version_are_brought_up_to_date(
    tmp_path: Path, script: str, past: set[str]
) -> None:
    _made_by(script, tmp_path)
    opened = Store(tmp_path)
    opened.notes.note_reference("t", "s", "cart-1")
    opened.journal.record("run-2", [_event(1)])
    opened.close()
    again = Store(tmp_path)
    (order,) = again.notes.remember("t").orders
    assert (order.key, order.seats, order.reference) == ("k", 5, "cart-1")
    assert set(again.recall("t").before) == past
    assert [event.data for event in again.journal.events("r")] == [
        {"subject": "user-9", "text": "è"}
    ]
    assert again.journal.count_changes("contoso", 150) == 2
    again.close()


def test_how_a_run_left_its_tenants_is_read_by_their_names(store: Store) -> None:
    for seq, (name, word) in enumerate((("a", "done"), ("b", "not_started"), ("c", "failed")), 1):
        end = Event(
            seq=seq, at=NOW, kind=EventKind.TENANT_FINISHED, tenant=name, data={"standing": word}
        )
        store.journal.record("run-1", [end])
    store.journal.record("run-2", [_event(1)])
    assert dict(store.journal.endings("run-1")) == {
        "a": Standing.DONE,
        "b": Standing.NOT_STARTED,
        "c": Standing.FAILED,
    }
    assert store.journal.endings("run-2") == {}
