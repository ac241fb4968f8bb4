"""Say in a few lines what happened in a run, for people who are not at its terminal."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from runner.model.names import plain_lines, plain_text
from runner.model.notice import Notice
from runner.model.outcome import Event, EventKind
from runner.render.blocks import Blocks, result_lines, step_lines
from runner.render.folding import Block
from runner.render.text import plan_line, run_line
from runner.render.words import counted

NAMED = 30
"""How many tenants that are not done the message on the end of a run names."""

_OF_PEOPLE = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[^\s@\"'<>(]+@[^\s@\"'<>,;)]+", re.IGNORECASE
)
"""Object ids and addresses: an answer of Graph may name the user it is about."""

_STANDINGS = {"changed": "to change"}

_NOT_OF_PEOPLE = ("run", "plan", "tenant_id")


class Notices:
    """Follows the events of a run and says what each means."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._standings: Counter[str] = Counter()
        self._not_done: list[str] = []
        self._run = ""
        self._playbook = ""

    def take(self, event: Event) -> Notice:
        """Take an event in and return what there is to say of it."""
        block = self._blocks.take(event)
        if block:
            return _impersonal(self._tenant(block))
        if event.kind is EventKind.RUN_STARTED:
            self._run = event.data.get("run", "")
            self._playbook = event.data.get("playbook", "")
            if not self._run:
                return Notice(title=f"{self._playbook} was planned")
            return Notice(title=f"run {self._run} has started")
        if event.kind is EventKind.RUN_FINISHED:
            return _impersonal(self._end(event.data))
        return _impersonal(_said(event))

    def _tenant(self, block: Block) -> Notice:
        standing, ending = block.standing, block.ending
        self._standings[standing] += 1
        said = _STANDINGS.get(standing, standing).replace("_", " ")
        if standing not in ("done", "unchanged"):
            why = f": {ending['summary']}" if ending.get("summary") else ""
            self._not_done.append(f"{block.title}   {said}{why}")
        lines = [*_laid_out(block), *_found(block)]
        if block.untold:
            lines = [*lines, block.untold] if block.rows else [block.untold]
        if ending.get("hint"):
            lines.append(f"hint: {ending['hint']}")
        name = f" ({block.name})" if block.name else ""
        return Notice(title=f"{block.title}{name}: {said}", lines=tuple(lines))

    def _end(self, ending: Mapping[str, Any]) -> Notice:
        left = len(self._not_done) - NAMED
        more = [f"and {counted(left, 'tenant')} more"] if left > 0 else []
        summary = ending.get("summary")
        title, line = f"run {self._run} is over", run_line(ending, self._standings)
        if isinstance(summary, Mapping):
            title, line = f"plan of {self._playbook}", plan_line(summary)
        return Notice(title=title, lines=(line, *self._not_done[:NAMED], *more))


def _said(event: Event) -> Notice:
    said = event.data
    if event.kind is EventKind.STEP_FINISHED:
        title = f"{event.tenant}: {said['verb']} {said['subject']}: {said['status']}"
        return Notice(title=title, lines=tuple(_results([said], "UTC")))
    if event.kind is EventKind.STEP_STARTED:
        lines = (said["amount"],) if said["amount"] else ()
        title = f"{event.tenant}: {said['verb']} {said['subject']} has started"
        return Notice(title=title, lines=lines)
    if event.kind is EventKind.WAVE_FINISHED:
        told = [f"{number} {each.replace('_', ' ')}" for each, number in said["standings"].items()]
        lines = (", ".join(told), *filter(None, [said["held"]]))
        return Notice(title=f"wave {said['wave']} of {said['waves']} is over", lines=lines)
    if event.kind is EventKind.WAVE_STARTED:
        lines = (counted(said["tenants"], "tenant"),)
        return Notice(title=f"wave {said['wave']} of {said['waves']} has started", lines=lines)
    return Notice(title=f"{event.tenant}: {event.kind.value.replace('_', ' ')}")


def _laid_out(block: Block) -> list[str]:
    if block.is_plan:
        return [
            f"{sign} {line}" if sign else f"    {line}" for sign, line in step_lines(block.rows)
        ]
    return _results(block.rows, block.head.get("timezone", "UTC"))


def _found(block: Block) -> Iterator[str]:
    """Yield the findings of a planned tenant; a run that is carried out has told of them before."""
    for each in block.findings:
        sign = "✗" if each["severity"] == "error" and not each["accepted"] else "!"
        hint = f": {each['hint']}" if each["hint"] and not each["accepted"] else ""
        yield f"{sign} {each['code']}: {each['summary']}{hint}"


def _results(rows: Iterable[Mapping[str, Any]], timezone: str) -> list[str]:
    lined = result_lines(list(rows), timezone)
    return [f"{mark} {line}" if mark else f"    {line}" for mark, line in lined]


def _impersonal(notice: Notice) -> Notice:
    lines = tuple(plain_lines(_OF_PEOPLE.sub("…", line)) for line in notice.lines)
    return replace(notice, title=plain_text(notice.title), lines=lines)


def impersonal_values(value: Any, *, key: str = "") -> Any:
    """Return JSON values without object ids and addresses of people."""
    if key == "user":
        return "…"
    if isinstance(value, str) and key not in _NOT_OF_PEOPLE:
        return _OF_PEOPLE.sub("…", value)
    if isinstance(value, Mapping):
        return {name: impersonal_values(each, key=name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [impersonal_values(each) for each in value]
    return value
