"""End the record of a run that was killed, so that it can be shown as what it is."""

from collections.abc import Sequence
from dataclasses import replace

from runner.model.outcome import Event, EventKind, Standing

_BACK = "run the same command again to go on"


def ended(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events of a run with an end, whether it came to one or not.

    A run without an end was killed or is still at work: the tenants it has begun and not finished
    end as failed, with what was changed counted from the single outcomes.
    """
    last = events[-1]
    if last.kind is EventKind.RUN_FINISHED:
        return tuple(events)
    over = {each.tenant for each in events if each.kind is EventKind.TENANT_FINISHED}
    begun = [each for each in events if each.kind is EventKind.TENANT_STARTED]
    return (
        *events,
        *(_unfinished(each, events) for each in begun if each.tenant not in over),
        replace(
            last,
            kind=EventKind.RUN_FINISHED,
            tenant="",
            step="",
            data={"users_changed": _changed(events)},
        ),
    )


def _unfinished(begun: Event, events: Sequence[Event]) -> Event:
    changed = _changed([each for each in events if each.tenant == begun.tenant])
    users = "1 user was" if changed == 1 else f"{changed:,} users were"
    return replace(
        begun,
        kind=EventKind.TENANT_FINISHED,
        data={
            "tenant_id": "",
            "name": begun.data["name"],
            "standing": Standing.FAILED.value,
            "summary": f"the run has no end on record: {users} changed by then",
            "hint": _BACK,
        },
    )


def _changed(events: Sequence[Event]) -> int:
    found = (each for each in events if each.kind is EventKind.OUTCOME)
    return len({(e.tenant, e.data["subject"]) for e in found if e.data.get("status") == "changed"})
