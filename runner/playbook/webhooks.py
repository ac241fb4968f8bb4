"""The `notify` of settings files to webhooks, with every problem."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.model.notice import Webhook
from runner.model.outcome import EventKind, Standing
from runner.playbook.complaints import schema_problems
from runner.playbook.parse import parse_file
from runner.playbook.problems import Problems
from runner.playbook.schemas import validator
from runner.playbook.signing import secret_of
from runner.playbook.tree import MarkedMap

USUAL_KINDS = (EventKind.TENANT_FINISHED.value, EventKind.RUN_FINISHED.value)


def load_webhooks(settings: Iterable[Path]) -> tuple[Webhook, ...]:
    """Return the webhooks of the last settings file that names any.

    Raises: PlaybookError with all problems, when there is any.
    """
    problems = Problems()
    found: tuple[Webhook, ...] = ()
    for path in settings:
        tree = parse_file(path, problems)
        if not isinstance(tree, MarkedMap) or "notify" not in tree:
            continue
        wrong = list(schema_problems(tree, validator("settings")))
        for each in wrong:
            problems.add(each)
        found = () if wrong else tuple(_webhooks(tree["notify"]))
    problems.refuse()
    return found


def _webhooks(entries: Iterable[MarkedMap]) -> Iterator[Webhook]:
    for entry in entries:
        yield Webhook(
            url=secret_of(entry["url"], entry.at),
            kinds=frozenset(map(EventKind, entry.get("on", USUAL_KINDS))),
            only=frozenset(map(Standing, entry.get("only", ()))),
            form=entry.get("format", "json"),
            where=entry.at,
        )
