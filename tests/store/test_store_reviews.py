"""What reviews found in the records, so that it stays mended."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from runner.model.outcome import Event, EventKind
from runner.store import Store
from runner.store.tables import EVENTS
from tests.builders import LONG_AGO, NOW

WINDOW_S = 150


def _outcome(seq: int, at: datetime) -> Event:
    return Event(seq=seq, at=at, kind=EventKind.OUTCOME, tenant="contoso", step="one", data={})


@pytest.mark.parametrize("tenants_time", [LONG_AGO, NOW + timedelta(days=4000)])
def test_changes_of_a_moment_ago_count_whatever_time_the_tenant_says_it_is(
    store: Store, tenants_time: datetime
) -> None:
    store.journal.record("run-1", [_outcome(1, tenants_time), _outcome(2, tenants_time)])
    assert store.journal.count_changes("contoso", WINDOW_S) == 2
    assert store.journal.count_changes("fabrikam", WINDOW_S) == 0


def test_changes_of_an_hour_ago_do_not_count_although_the_tenants_clock_stands_still(
    store: Store,
) -> None:
    store.journal.record("run-1", [_outcome(1, NOW)])
    with store.journal._db.writing() as connection:
        connection.execute(update(EVENTS).values(stored_at=EVENTS.c.stored_at - 3600))
    store.journal.record("run-2", [_outcome(1, NOW)])
    assert store.journal.count_changes("contoso", WINDOW_S) == 1
