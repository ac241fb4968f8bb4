"""Tell the webhooks of the settings what happens in a run, without ever holding it up."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from runner.cli.options import configuration
from runner.engine import Handle
from runner.model.findings import RunnerError
from runner.model.notice import Webhook
from runner.model.outcome import Event, EventKind
from runner.model.plan import Plan
from runner.planning import plan_events
from runner.playbook import read_webhooks
from runner.providers.webhooks import Outbox
from runner.render.messages import message
from runner.render.notices import Notices
from runner.render.words import counted

FLUSH_S = 5.0
"""How long the end of a run waits for messages that are under way."""


@contextmanager
def notifying() -> Iterator[tuple[Handle, ...]]:
    """Yield what tells events to the webhooks; what does not arrive is a line on stderr.

    Raises: PlaybookError when the settings name them wrongly.
    """
    boxes = [(webhook, _open(webhook)) for webhook in read_webhooks(configuration())]
    open_boxes = [(webhook, box) for webhook, box in boxes if box]
    flush_s = 0.0
    try:
        yield (_Telling(open_boxes).tell,) if open_boxes else ()
        flush_s = FLUSH_S
    finally:
        at_s = time.monotonic() + flush_s
        for _, box in open_boxes:
            box.end(at_s)
        for _, box in open_boxes:
            _say_lost(box)


def tell_plan(made: Plan) -> None:
    """Tell the webhooks of a plan, of its tenants with something to do; of an empty one nothing."""
    events = [each for each in plan_events(made) if each.data.get("standing") != "unchanged"]
    if not any(each.kind is EventKind.TENANT_FINISHED for each in events):
        return
    with notifying() as told:
        for event in events:
            for tell in told:
                tell(event)


def _open(webhook: Webhook) -> Outbox | None:
    try:
        return Outbox(webhook)
    except RunnerError as error:
        hint = f": {error.hint}" if error.hint else ""
        said = f"note: the webhook of {webhook.where} is told nothing: {error.summary}{hint}"
        click.echo(said, err=True)
        return None


def _say_lost(box: Outbox) -> None:
    lost = box.lost()
    if lost:
        of = f"{lost:,} of {counted(box.taken, 'notification')}"
        why = box.why or "no answer in time"
        click.echo(f"note: {of} did not reach the webhook of {box.where}: {why}", err=True)


class _Telling:
    """Passes events on to those who asked for their kind."""

    def __init__(self, boxes: Sequence[tuple[Webhook, Outbox]]) -> None:
        self._boxes = boxes
        self._notices = Notices()

    def tell(self, event: Event) -> None:
        """Queue what there is to say of an event."""
        notice = self._notices.take(event)
        for webhook, box in self._boxes:
            if _is_asked(webhook, event):
                box.put(message(webhook.form, notice, event))


def _is_asked(webhook: Webhook, event: Event) -> bool:
    if event.kind not in webhook.kinds:
        return False
    is_tenant = event.kind is EventKind.TENANT_FINISHED
    return not (is_tenant and webhook.only and event.data["standing"] not in webhook.only)
