"""What users held before an upgrade, for as long as it is under way."""

from datetime import timedelta

from sqlalchemy import func, select

from runner.model.outcome import Event, EventKind
from runner.model.state import User
from runner.store import Store
from runner.store.tables import SNAPSHOTS
from tests.builders import CONTOSO, E3, E4, E5, NOW, holding, license, user, users

QUIET = license(E4, "SWAY")
PLAYBOOK = "book.yaml"
DAY = timedelta(days=1)


def _save(store: Store, *people: User, playbook: str = PLAYBOOK, tenant: str = CONTOSO) -> None:
    store.snapshots.save("run-1", tenant, playbook=playbook, at=NOW, users=people)


def _outcome(seq: int, subject: str, *, kind: str = "move_users", days: int = 0) -> Event:
    return Event(
        seq=seq,
        at=NOW + days * DAY,
        kind=EventKind.OUTCOME,
        tenant="contoso",
        step=f"contoso/{kind}/0a1b2c3d",
        data={"subject": subject, "status": "changed"},
    )


def _count(store: Store) -> int:
    with store.snapshots._db.reading() as connection:
        return connection.scalar(select(func.count()).select_from(SNAPSHOTS)) or 0


def test_planning_recalls_what_users_held_directly(store: Store) -> None:
    both = user("both", QUIET, holding(E3, by_group="group-1"))
    _save(store, *users(2, E4), both)
    assert store.recall(CONTOSO).before == {
        "user-1": (license(E4),),
        "user-2": (license(E4),),
        "both": (QUIET,),
    }
    assert store.recall("another").before == {}


def test_a_run_does_not_recall_what_only_planning_needs(store: Store) -> None:
    _save(store, user("quiet", QUIET))
    assert store.notes.remember(CONTOSO).before == {}


def test_who_is_kept_already_is_not_kept_again(store: Store) -> None:
    for _ in range(3):
        _save(store, user("quiet", QUIET))
    assert _count(store) == 1
    _save(store, user("quiet", QUIET), user("later", E4))
    assert (_count(store), len(store.recall(CONTOSO).before)) == (2, 2)


def test_the_earliest_that_is_known_of_a_user_counts(store: Store) -> None:
    _save(store, user("quiet", QUIET))
    _save(store, user("quiet", E5))
    assert (_count(store), store.recall(CONTOSO).before) == (2, {"quiet": (QUIET,)})


def test_snapshots_of_an_upgrade_that_is_over_are_kept_and_not_recalled(store: Store) -> None:
    _save(store, user("quiet", QUIET))
    _save(store, user("foreign", QUIET), tenant="another")
    store.snapshots.close(CONTOSO, playbook=PLAYBOOK, at=NOW)
    assert store.recall(CONTOSO).before == {}
    assert set(store.recall("another").before) == {"foreign"}
    _save(store, user("quiet", QUIET))
    assert (_count(store), set(store.recall(CONTOSO).before)) == (3, {"quiet"})


def test_another_playbook_ends_no_upgrade(store: Store) -> None:
    _save(store, user("quiet", QUIET))
    _save(store, user("quiet", QUIET), playbook="other.yaml")
    store.snapshots.close(CONTOSO, playbook="other.yaml", at=NOW)
    assert set(store.recall(CONTOSO).before) == {"quiet"}


def test_users_whom_a_run_has_moved_are_not_recalled(store: Store) -> None:
    _save(store, *users(4, QUIET))
    store.journal.record("run-0", [_outcome(1, "user-1", days=-1)])
    store.journal.record("run-1", [_outcome(1, "user-2"), _outcome(2, "user-3", days=1)])
    store.journal.record("run-2", [_outcome(1, "user-4", kind="set_usage_location")])
    assert set(store.recall(CONTOSO).before) == {"user-1", "user-4"}
