"""Collect the events of plans and runs into one block per tenant, and lay its lines out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runner.model.names import plain_lines, plain_text
from runner.model.outcome import Event, EventKind
from runner.render.folding import Block
from runner.render.words import moment, named

MARKS = {"ok": "✓", "changed": "✓", "waiting": "·", "refused": "✗", "failed": "✗", "blocked": " "}

NAMED_AT_MOST = 20
"""People named below a step; all of them stand in the plan file and in the report."""

Lined = Iterator[tuple[str, str]]


class Blocks:
    """Collects events until a tenant is over."""

    def __init__(self) -> None:
        self._head: dict[str, Mapping[str, Any]] = {}
        self._rows: dict[str, list[Mapping[str, Any]]] = {}
        self._findings: dict[str, list[Mapping[str, Any]]] = {}

    def take(self, event: Event) -> Block | None:
        """Take one event in, and return a tenant that is over."""
        tenant, data = event.tenant, _plain(event.data)
        if event.kind is EventKind.TENANT_STARTED:
            self._head[tenant] = data
            self._rows[tenant], self._findings[tenant] = [], []
        elif event.kind in (EventKind.STEP_PLANNED, EventKind.STEP_FINISHED):
            self._rows[tenant].append(data)
        elif event.kind is EventKind.FINDING:
            self._findings[tenant].append(data)
        elif event.kind is EventKind.TENANT_FINISHED:
            head = self._head.pop(tenant)
            return Block(
                title=tenant,
                name=head["name"],
                head=head,
                rows=self._rows.pop(tenant),
                findings=self._findings.pop(tenant),
                ending=data,
            )
        return None


def _plain(value: Any, *, key: str = "") -> Any:
    """Return values of an event without what would change the look of the screen they are on."""
    if isinstance(value, str):
        return plain_lines(value) if key == "task" else plain_text(value)
    if isinstance(value, Mapping):
        return {name: _plain(each, key=name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def step_lines(rows: Sequence[Mapping[str, Any]], *, shows_origins: bool = False) -> Lined:
    """Yield the symbol and the aligned line of every planned step; repeated words are left out."""
    cells: list[tuple[str, str, str, str, str]] = []
    people: list[str] = []
    whiches: list[str] = []
    before: Mapping[str, Any] = {}
    for row in rows:
        keys = ("verb", "amount", "detail")
        same = row["symbol"] == "~" and before and all(row[k] == before[k] for k in keys)
        amount, detail = row["amount"], row["detail"]
        if same and row["amount"]:
            amount, detail = ", ".join(filter(None, ("the same", row["note"]))), ""
        elif row["note"]:
            detail = "; ".join(filter(None, (detail, row["note"])))
        if shows_origins:
            detail = f"{detail}   ({row['origin']})"
        cells.append((row["symbol"], row["verb"], row["subject"], amount, detail))
        people.append(named(row.get("who", ()), limit=NAMED_AT_MOST))
        whiches.append(row.get("which", ""))
        before = row
    subject = max(len(cell[2]) for cell in cells)
    amount = max((len(cell[3]) for cell in cells if cell[4]), default=0)
    for (symbol, verb, about, much, detail), *below in zip(cells, whiches, people, strict=True):
        line = f"{verb:<8} {about:<{subject}}   {much:<{amount}}   {detail}"
        yield symbol, line.rstrip()
        yield from (("", told) for told in below if told)


def result_lines(rows: Sequence[Mapping[str, Any]], timezone: str) -> Lined:
    """Yield the mark and the line of every step that was carried out; a line without a mark is
    what the one before it has to add.
    """
    for row in rows:
        is_short = row["status"] == "blocked" or not row["amount"]
        amount = "" if is_short else f"   {row['amount']}"
        mark = MARKS.get(row["status"], " ")
        yield mark, f"{row['verb']:<8} {row['subject']}{amount}   {row['detail']}"
        for text in row["task"].splitlines():
            yield "", text
        if row["deadline_at"] and not row["task"]:
            yield "", f"at most until {moment(row['deadline_at'], timezone)}"
        if row["look_again_at"]:
            yield "", f"look again {moment(row['look_again_at'], timezone)}"
