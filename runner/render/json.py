"""Show a run as one JSON document, written when the run is over."""

from typing import Any, TextIO

import msgspec

from runner.model.outcome import Event, EventKind

FORMAT = "upgrade-runner/run"
VERSION = "1.0"


class Json:
    """Collects a run and prints it as one document; users are counted, not listed."""

    def __init__(self, stream: TextIO, *, has_color: bool = False) -> None:
        del has_color
        self._stream = stream
        self._document: dict[str, Any] = {"format": FORMAT, "format_version": VERSION}
        self._tenants: dict[str, dict[str, Any]] = {}

    def handle(self, event: Event) -> None:
        """Take one event in."""
        if event.kind in (EventKind.RUN_STARTED, EventKind.RUN_FINISHED):
            word = "started_at" if event.kind is EventKind.RUN_STARTED else "finished_at"
            self._document[word] = event.at.isoformat()
            self._document.update(event.data)
        elif event.kind is EventKind.WAVE_FINISHED:
            self._document.setdefault("waves", []).append(dict(event.data))
        elif event.tenant:
            self._tenant(event)

    def _tenant(self, event: Event) -> None:
        tenant = self._tenants.setdefault(
            event.tenant, {"tenant": event.tenant, "steps": [], "findings": []}
        )
        if event.kind in (EventKind.TENANT_STARTED, EventKind.TENANT_FINISHED):
            tenant.update(event.data)
        elif event.kind in (EventKind.STEP_FINISHED, EventKind.STEP_PLANNED):
            steps = [each for each in tenant["steps"] if each["id"] != event.step]
            tenant["steps"] = [*steps, {"id": event.step, **event.data}]
        elif event.kind is EventKind.FINDING:
            tenant["findings"].append(dict(event.data))
        elif event.kind is EventKind.OUTCOME and event.data.get("status") in ("failed", "refused"):
            tenant.setdefault("troubled", []).append({"step": event.step, **event.data})

    def close(self) -> None:
        """Print the document."""
        self._document["tenants"] = list(self._tenants.values())
        content = msgspec.json.format(msgspec.json.encode(self._document), indent=2)
        self._stream.write(content.decode() + "\n")
