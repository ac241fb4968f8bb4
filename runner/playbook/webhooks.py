"""The `notify` of settings to webhooks."""

from collections.abc import Iterator, Mapping
from typing import Any

from runner.model.notice import Webhook
from runner.model.outcome import EventKind
from runner.playbook.signing import secret_of

USUAL_KINDS = (EventKind.TENANT_FINISHED.value, EventKind.RUN_FINISHED.value)


def read_webhooks(settings: Mapping[str, Any]) -> Iterator[Webhook]:
    """Yield the webhooks that settings name, which fit their schema."""
    for entry in settings.get("notify", ()):
        yield Webhook(
            url=secret_of(entry["url"], entry.at),
            kinds=frozenset(map(EventKind, entry.get("on", USUAL_KINDS))),
            only=frozenset(entry.get("only", ())),
            form=entry.get("format", "json"),
            where=entry.at,
        )
