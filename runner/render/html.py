"""Show plans and runs as one HTML file that needs nothing else: on a phone, on paper, by mail."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from markupsafe import Markup, escape

from runner.model.outcome import Event, EventKind
from runner.render.blocks import MARKS, Blocks
from runner.render.folding import TROUBLED, Block, Folding
from runner.render.text import plan_line, run_line
from runner.render.words import moment

STAGES = ("now", "bought", "moved", "ended")
_ORDER = (
    "failed",
    "unreachable",
    "refused",
    "waiting",
    "not_started",
    "changed",
    "done",
    "unchanged",
)
_SIGNS = {
    "failed": "✗",
    "unreachable": "✗",
    "refused": "✗",
    "waiting": "·",
    "not_started": "·",
    "changed": "~",
    "done": "✓",
    "unchanged": "✓",
}
OPEN_AT_MOST = 12
"""With more entries than this, those without trouble are closed at first; paper shows them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Seats and users of a product over all tenants, at every stage."""

    name: str
    seats: tuple[int, ...]
    users: tuple[int, ...]


class Html:
    """Collects a plan or a run and writes it when it is over.

    Nothing that names a person is written: no ids and no details of findings, only counts.
    """

    def __init__(self, stream: TextIO, *, is_folded: bool = True) -> None:
        self._stream = stream
        self._blocks = Blocks()
        self._folding = Folding() if is_folded else None
        self._all: list[Block] = []
        self._started: Event | None = None
        self._finished: Event | None = None

    def handle(self, event: Event) -> None:
        """Take one event in."""
        block = self._blocks.take(event)
        if event.kind is EventKind.RUN_STARTED:
            self._started = event
        elif event.kind is EventKind.RUN_FINISHED:
            self._finished = event
        if block is None:
            return
        self._all.append(block)
        if self._folding is not None:
            self._folding.add(block)

    def close(self) -> None:
        """Write the page."""
        from jinja2 import Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=PackageLoader("runner.render", "."),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(coded=coded, tasked=tasked)
        template = environment.get_template("report.html.jinja")
        self._stream.write(template.render(self._page()))
        self._stream.flush()

    def _page(self) -> dict[str, Any]:
        ending = self._finished.data if self._finished else {}
        standings = Counter(block.standing for block in self._all)
        summary = ending.get("summary")
        is_plan = isinstance(summary, Mapping)
        line = plan_line(summary) if isinstance(summary, Mapping) else run_line(ending, standings)
        shown = list(self._folding.blocks() if self._folding else self._all)
        blocks = [each for each in shown if each.rows or each.findings or _is_told(each)]
        waits = list(_waits(blocks))
        blocks.sort(key=lambda block: _ORDER.index(block.standing))
        return {
            "kind": "Plan" if is_plan else "Run",
            "line": line,
            "at": moment(self._started.at) if self._started else "",
            "about": _about(self._started.data if self._started else {}),
            "fleet": [(each.title, each.standing, _SIGNS[each.standing]) for each in self._all],
            "standings": [(word, standings[word]) for word in _ORDER if standings[word]],
            "signs": _SIGNS,
            "stages": STAGES,
            "products": products_of(self._all),
            "blocks": blocks,
            "waits": waits,
            "has_times": any(row.get("look_again_at") for _, row in waits),
            "is_short": len(blocks) <= OPEN_AT_MOST,
            "troubled": TROUBLED,
            "marks": MARKS,
            "words": {"changed": "to change"} if is_plan else {},
            "moment": moment,
        }


def coded(text: str) -> Markup:
    """Return a text whose words between backticks are shown as code."""
    parts = (escape(part) for part in text.split("`"))
    marked = (Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))
    return Markup("").join(marked)


def tasked(text: str) -> list[tuple[str, list[str]]]:
    """Return the lines of a task below the word each part of it begins with."""
    parts: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word or not parts:
            parts.append((word, []))
        parts[-1][1].append(rest.strip())
    return parts


def _is_told(block: Block) -> bool:
    return block.standing not in ("unchanged", "done")


def _about(start: Mapping[str, Any]) -> list[tuple[str, str]]:
    words = (("playbook", "playbook"), ("plan", "plan"), ("run", "run"))
    return [(word, str(start[key])) for key, word in words if start.get(key)]


def products_of(blocks: Sequence[Block]) -> list[Product]:
    """Return the products that change, summed over all tenants, in the order they come."""
    seats: dict[str, list[int]] = {}
    users: dict[str, list[int]] = {}
    for block in blocks:
        for course in block.head.get("course", ()):
            for sums, key in ((seats, "seats"), (users, "users")):
                before = sums.setdefault(course["product"], [0] * len(STAGES))
                sums[course["product"]] = [a + b for a, b in zip(before, course[key], strict=True)]
    return [
        Product(name=name, seats=tuple(seats[name]), users=tuple(users[name])) for name in seats
    ]


def _waits(blocks: Sequence[Block]) -> Iterator[tuple[Block, Mapping[str, Any]]]:
    """Yield what is waited for: planned waits, and what a run left waiting."""
    for block in blocks:
        for row in block.rows if block.standing not in TROUBLED else ():
            if row.get("symbol") == "·" or row.get("status") == "waiting":
                yield block, row
