"""The record of a run that was killed is shown with the end it has."""

from datetime import UTC, datetime
from typing import Any

from runner.cli.unended import ended
from runner.model.outcome import Event, EventKind

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _event(kind: EventKind, tenant: str = "", **data: Any) -> Event:
    return Event(seq=1, at=AT, kind=kind, tenant=tenant, data=data)


def _outcome(tenant: str, user: str, status: str = "changed") -> Event:
    return _event(EventKind.OUTCOME, tenant, subject=user, status=status)


BEGUN = [
    _event(EventKind.RUN_STARTED, run="r", plan="p"),
    _event(EventKind.TENANT_STARTED, "a", name="A"),
    _event(EventKind.TENANT_STARTED, "b", name="B"),
    _outcome("a", "1"),
    _outcome("b", "1"),
    _outcome("b", "1"),
    _outcome("b", "2", "refused"),
    _event(EventKind.TENANT_FINISHED, "a", standing="done"),
]


def test_tenants_that_were_begun_and_not_finished_have_failed() -> None:
    *_, tenant, run = ended(BEGUN)
    assert (tenant.tenant, tenant.kind) == ("b", EventKind.TENANT_FINISHED)
    assert tenant.data["standing"] == "failed"
    assert tenant.data["summary"] == "the run has no end on record: 1 user was changed by then"
    assert (run.kind, run.tenant, run.data) == (EventKind.RUN_FINISHED, "", {"users_changed": 2})
    assert ended(BEGUN)[: len(BEGUN)] == tuple(BEGUN)


def test_a_run_with_an_end_is_shown_as_it_is() -> None:
    whole = [*BEGUN, _event(EventKind.RUN_FINISHED, users_changed=7)]
    assert ended(whole) == tuple(whole)
