"""Fold tenants of the same shape into one entry with counts, ranges and sums."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.render.reasons import Reasons
from runner.render.spreads import Spread, filled, templated
from runner.render.words import counted, named

TROUBLED = ("refused", "failed", "unreachable")
"""Standings of tenants that are named one by one, with reasons, instead of being counted."""

MANY_WAVES = 10
"""Of more waves than this, tenants are told together whichever wave they are in."""

_CELLS = ("subject", "amount", "detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What is shown of one tenant, or of all tenants of one shape.

    `title` and `name` make its first line. `remarks` stand below the rows.
    """

    title: str
    name: str
    head: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    ending: Mapping[str, Any]
    remarks: Sequence[str] = ()

    @property
    def standing(self) -> str:
        """Return how the tenant stands."""
        standing: str = self.ending["standing"]
        return standing

    @property
    def caution(self) -> str:
        """Return what stands above steps that nobody will carry out."""
        is_refused = self.is_plan and self.standing == "refused"
        return "refused, so none of these steps is carried out:" if is_refused else ""

    @property
    def is_plan(self) -> bool:
        """Return whether the rows are steps that are planned, rather than results."""
        return bool(self.rows) and "symbol" in self.rows[0]

    @property
    def untold(self) -> str:
        """Return how the tenant ended where no row says it, such as by an error between steps."""
        summary: str = self.ending.get("summary", "")
        if not self.rows:
            return summary
        is_told = any(row.get("detail") == summary for row in self.rows)
        return "" if self.is_plan or self.standing == "done" or is_told else summary


@dataclass(slots=True)
class _Row:
    """One line of every tenant of a shape; `look_again_at` is the earliest."""

    first: Mapping[str, Any]
    templates: tuple[str, ...]
    spreads: list[Spread]
    details: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    noted: int = 0
    look_again_at: str | None = None

    def add(self, tenant: str, lines: Sequence[Mapping[str, Any]]) -> None:
        values = [templated(*_cells(line))[1] for line in lines]
        for spread, found in zip(self.spreads, zip(*values, strict=True), strict=True):
            spread.add(tenant, found)
        self.details.update(line["detail"] for line in lines)
        notes = {line["note"] for line in lines if line.get("note")}
        self.notes.update(notes)
        self.noted += bool(notes)
        again = [line["look_again_at"] for line in lines if line.get("look_again_at")]
        self.look_again_at = min([*again, *filter(None, [self.look_again_at])], default=None)

    def line(self) -> Mapping[str, Any]:
        """Return the line that stands for all of them."""
        spreads = iter(self.spreads)
        shown = dict(zip(_CELLS, (filled(each, spreads) for each in self.templates), strict=False))
        if _is_change(self.first):
            shown["detail"] = self._most_detail()
        again = {"look_again_at": self.look_again_at, "deadline_at": None, "task": ""}
        return {**self.first, **again, **shown, "note": self._note(), "who": (), "which": ""}

    def _most_detail(self) -> str:
        (most, _), *others = self.details.most_common()
        return f"{most} (and {counted(len(others), 'other way')})" if others else most

    def _note(self) -> str:
        if not self.notes:
            return ""
        what = next(iter(self.notes))
        if len(self.notes) > 1:
            what = f"{len(self.notes)} choices of services stay off"
        return f"{what} in {counted(self.noted, 'tenant')}"


class Fold:
    """All tenants of one shape."""

    def __init__(self, first: Block) -> None:
        self._first = first
        self._names: list[str] = []
        self._waves: set[int] = set()
        self._rows: dict[Any, _Row] = {}
        self._reasons = Reasons(names_everybody=first.standing in TROUBLED)

    def add(self, block: Block) -> None:
        """Add one tenant, with its place in every range and sum."""
        self._names.append(block.title)
        self._waves.add(block.head.get("wave", 1))
        is_told = block.is_plan or block.standing not in TROUBLED
        lines_by_key = _lines_by_key(block.rows) if is_told else {}
        for key, lines in lines_by_key.items():
            row = self._rows.get(key)
            if row is None:
                templates, values = templated(*_cells(lines[0]))
                spreads = [Spread(kind=kind) for kind, _ in values]
                row = self._rows[key] = _Row(lines[0], templates, spreads)
            row.add(block.title, lines)
        for finding in _told(block, has_lines=bool(lines_by_key)):
            self._reasons.add(block.title, finding)

    def block(self) -> Block:
        """Return the one entry that stands for all of the tenants; alone, a tenant is itself."""
        if len(self._names) == 1:
            return self._first
        shown = "" if self._first.standing in TROUBLED else named(sorted(self._names), limit=3)
        return Block(
            title=counted(len(self._names), "tenant"),
            name=shown,
            head={**self._first.head, "wave": _range(self._waves)},
            rows=[row.line() for row in self._rows.values()],
            findings=self._reasons.findings(len(self._names)),
            ending={"standing": self._first.standing},
            remarks=[*self._outliers(), *self._tasks()],
        )

    def _tasks(self) -> list[str]:
        has_task = any(row.first.get("task") for row in self._rows.values())
        return ["`upgrade-runner status -l TENANT` has the task of each tenant"] if has_task else []

    def _outliers(self) -> list[str]:
        rows = sorted(self._rows.values(), key=lambda row: not _is_change(row.first))
        spreads = [each for row in rows for each in row.spreads if each.is_summed]
        if not spreads or spreads[0].least == spreads[0].most:
            return []
        low, high = (f"{t}, {counted(v, spreads[0].kind)}" for v, t in spreads[0].ends)
        return [f"smallest: {low}; largest: {high}"]


class Folding:
    """Sorts tenants by their shape, in the order in which shapes come; troubled ones at the end."""

    def __init__(self) -> None:
        self._folds: dict[Any, Fold] = {}

    def add(self, block: Block) -> None:
        """Add one tenant to those of its shape."""
        fold = self._folds.setdefault(_shape(block), Fold(block))
        fold.add(block)

    def blocks(self) -> Iterator[Block]:
        """Yield the entry of every shape."""
        blocks = [fold.block() for fold in self._folds.values()]
        yield from sorted(blocks, key=lambda block: block.standing in TROUBLED)


def _shape(block: Block) -> Any:
    """Return what tenants have in common that are shown as one."""
    wave = block.head.get("wave") if block.head.get("waves", 1) <= MANY_WAVES else None
    if block.standing in TROUBLED:
        return block.standing, wave
    return block.standing, wave, frozenset(_lines_by_key(block.rows))


def _range(waves: Collection[int]) -> str:
    least, most = min(waves), max(waves)
    return f"{least}" if least == most else f"{least} to {most}"


def _lines_by_key(
    rows: Sequence[Mapping[str, Any]],
) -> Mapping[Any, list[Mapping[str, Any]]]:
    """Return the lines of one tenant, those together that differ in numbers and names only.

    Of a run only what is waited for counts: the rest comes before or after it.
    """
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row.get("status", "waiting") != "waiting":
            continue
        templates, _ = templated(*_cells(row))
        found.setdefault((row.get("symbol"), row["verb"], templates), []).append(row)
    return found


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells that make the shape: what users gain and keep may differ."""
    cells = _CELLS[:2] if _is_change(row) else _CELLS
    return tuple(row[cell] for cell in cells)


def _is_change(row: Mapping[str, Any]) -> bool:
    return row.get("symbol") == "~"


def _told(block: Block, *, has_lines: bool) -> Sequence[Mapping[str, Any]]:
    """Return what is said of one tenant: of a troubled one only what is the trouble."""
    ending = [_ending_as_finding(block)]
    if block.standing in TROUBLED:
        return [each for each in block.findings if _refuses(each)] or ending
    return ending if block.standing == "waiting" and not has_lines else block.findings


def _refuses(finding: Mapping[str, Any]) -> bool:
    return finding["severity"] == "error" and not finding["accepted"]


def _ending_as_finding(block: Block) -> Mapping[str, Any]:
    said = {"summary": block.ending.get("summary", ""), "hint": block.ending.get("hint", "")}
    severity = "error" if block.standing in TROUBLED else "info"
    blank = {"code": "", "where": "", "detail": "", "severity": severity, "accepted": False}
    return {**blank, **said}
