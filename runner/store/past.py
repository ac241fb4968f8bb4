"""Read back from the record of a run what it did in a tenant."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import msgspec

from runner.model.findings import NotOnRecord
from runner.model.outcome import Event, EventKind, Status
from runner.model.plan import Step
from runner.steps import KINDS

_KINDS = {kind.name: kind.step for kind in KINDS}


def tenants_of_run(events: Iterable[Event]) -> Mapping[str, str]:
    """Return the tenants of a run by name, and their ids as far as the run wrote them down."""
    found: dict[str, str] = {}
    for event in events:
        if event.kind in (EventKind.TENANT_STARTED, EventKind.TENANT_FINISHED):
            known = found.get(event.tenant, "")
            found[event.tenant] = str(event.data.get("tenant_id", known))
    return found


def steps_done(events: Iterable[Event], tenant: str) -> tuple[tuple[Step, ...], frozenset[str]]:
    """Return the steps that were begun in a tenant, and the ids of those that changed it.

    The users of a step are those whom it did change.
    Raises: NotOnRecord when an earlier version of the program left out what a step was to do.
    """
    begun: dict[str, Event] = {}
    changed: dict[str, set[str]] = {}
    done: set[str] = set()
    for event in events:
        if event.tenant != tenant:
            continue
        if event.kind is EventKind.STEP_STARTED:
            begun.setdefault(event.step, event)
        elif event.data.get("status") == Status.CHANGED.value:
            if event.kind is EventKind.OUTCOME:
                changed.setdefault(event.step, set()).add(event.data["subject"])
            elif event.kind is EventKind.STEP_FINISHED:
                done.add(event.step)
    return tuple(_steps(begun, changed)), frozenset(done)


def _steps(begun: Mapping[str, Event], changed: Mapping[str, set[str]]) -> Iterator[Step]:
    for step, event in begun.items():
        kind = _KINDS.get(event.data.get("kind", ""))
        planned: dict[str, Any] = dict(event.data.get("planned", {}))
        if kind is None or not planned:
            raise _unreadable(step)
        if any(field.name == "users" for field in fields(kind)):
            planned["users"] = sorted(changed.get(step, set()) - {step})
        try:
            yield msgspec.convert(planned, kind)
        except msgspec.ValidationError as error:
            raise _unreadable(step) from error


def _unreadable(step: str) -> NotOnRecord:
    return NotOnRecord(
        f"the record does not say what step {step} was to do",
        hint="another version of upgrade-runner wrote it; write the way back as a playbook",
    )
