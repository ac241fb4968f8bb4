"""Write every event as one line of JSON, at once."""

from typing import Any, TextIO

import msgspec

from runner.model.outcome import Event

FORMAT = "upgrade-runner/event"
VERSION = "1.0"


def event_document(event: Event) -> dict[str, Any]:
    """Return an event as plain JSON values."""
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "seq": event.seq,
        "at": event.at.isoformat(),
        "kind": event.kind.value,
        "tenant": event.tenant,
        "step": event.step,
        "data": dict(event.data),
    }


class Lines:
    """One event, one line; what was written stays when the process ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def handle(self, event: Event) -> None:
        """Write one event."""
        document = event_document(event)
        self._stream.write(msgspec.json.encode(document).decode() + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Write what is still held back."""
        self._stream.flush()
