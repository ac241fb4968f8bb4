"""Show plans and runs as plain text, aligned and with a last line that is stable for grep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, TextIO

from runner.model.outcome import Event, EventKind
from runner.render.blocks import Blocks, result_lines, step_lines
from runner.render.folding import MANY_WAVES, Block, Folding
from runner.render.words import counted, span
from runner.render.wrapping import wrapped

_COLORS = {"+": "32", "-": "31", "~": "33", "!": "35", "·": "36", "✗": "31", "✓": "32"}
_LEGEND = {
    "+": "add",
    "~": "change",
    "-": "take away",
    "·": "wait",
    "!": "finding",
    "✗": "refuses the tenant",
}
_SIGNS = {"error": "✗", "warning": "!", "info": "!"}
_TENANTS = (
    ("changed", "to change"),
    ("unchanged", "unchanged"),
    ("refused", "refused"),
    ("unread", "not read"),
)
"""Every tenant is one of these; the last line of a plan counts them where there are several."""

NAMES_WIDTH = 110
"""Columns for the names of tenants below a reason."""

_STANDINGS = ("done", "waiting", "refused", "failed", "unreachable")


_STEP, _TASK, _BELOW = 13, 15, 6
"""Columns where what belongs to a step, a line of a task, or a remark goes on below its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What is written on: its columns, where they are known, and the tasks it has shown before."""

    width: int | None = None
    has_color: bool = False
    tasks: frozenset[str] = frozenset()


PLAIN = Screen()


class Text:
    """Prints every tenant when it is over, or folded those of one shape when all are."""

    def __init__(
        self,
        stream: TextIO,
        *,
        screen: Screen = PLAIN,
        shows_origins: bool = False,
        is_folded: bool = False,
    ) -> None:
        self._stream = stream
        self._screen = screen
        self._shows_origins = shows_origins
        self._folding = Folding() if is_folded else None
        self._blocks = Blocks()
        self._standings: dict[str, int] = {}
        self._symbols: set[str] = set()

    def handle(self, event: Event) -> None:
        """Take one event in, and print a tenant that is over."""
        block = self._blocks.take(event)
        if block is not None:
            self._tenant(block)
        elif event.kind is EventKind.WAVE_FINISHED:
            self._wave(event.data)
        elif event.kind is EventKind.RUN_FINISHED:
            self._finish(event.data)

    def close(self) -> None:
        """Write what is still held back."""
        self._stream.flush()

    def _tenant(self, block: Block) -> None:
        self._standings[block.standing] = self._standings.get(block.standing, 0) + 1
        if self._folding is None:
            self._block(block)
        else:
            self._folding.add(block)

    def _block(self, block: Block) -> None:
        head, rows, standing = block.head, block.rows, block.standing
        if not rows and not block.findings and standing in ("unchanged", "done", "not_started"):
            return
        wave = f"   wave {head['wave']} of {head['waves']}" if head.get("waves", 1) > 1 else ""
        result = "" if standing in ("changed", "unchanged") else f"   {standing}"
        name = f"   {block.name}" if block.name else ""
        self._print(f"{block.title}{name}{wave}{result}", hang=2)
        if block.is_plan:
            if block.caution:
                self._print(f"  {block.caution}", hang=2)
            self._steps(rows)
        else:
            self._results(block, rows, head.get("timezone", "UTC"))
        for remark in block.remarks:
            self._below(remark)
        for finding in block.findings:
            self._finding(finding)
        self._write("")

    def _wave(self, data: Mapping[str, Any]) -> None:
        is_well = set(data["standings"]) == {"done"} and not data["held"]
        if self._folding and data["waves"] > MANY_WAVES and is_well:
            return
        told = [
            f"{number:,} {each.replace('_', ' ')}" for each, number in data["standings"].items()
        ]
        held = f": {data['held']}" if data["held"] else ""
        self._print(f"wave {data['wave']} of {data['waves']}   {', '.join(told)}{held}", hang=2)
        self._write("")

    def _steps(self, rows: Sequence[Mapping[str, Any]]) -> None:
        for symbol, line in step_lines(rows, shows_origins=self._shows_origins):
            if symbol:
                self._symbols.add(symbol)
            self._row(symbol, line)

    def _results(self, block: Block, rows: Sequence[Mapping[str, Any]], timezone: str) -> None:
        for mark, line in result_lines(rows, timezone, known_tasks=self._screen.tasks):
            self._row(mark, line, hang=_TASK)
        if block.untold:
            self._print(f"  {block.untold}", hang=2)
        if hint := block.ending.get("hint"):
            self._print(f"  hint: {hint}", hang=2)

    def _row(self, mark: str, line: str, *, hang: int = _BELOW) -> None:
        """Print the line of a step behind its mark, or what belongs to the one before."""
        if not mark:
            self._below(line, hang=hang)
            return
        first, *rest = wrapped(line, width=self._screen.width, hang=_STEP, begun=4)
        self._write(f"  {self._paint(mark, mark)} {first}")
        for each in rest:
            self._write(each)

    def _below(self, line: str, *, hang: int = _BELOW) -> None:
        first, *rest = wrapped(line, width=self._screen.width, hang=hang, begun=_BELOW)
        self._write(f"{'':{_BELOW}}{first}")
        for each in rest:
            self._write(each)

    def _finding(self, finding: Mapping[str, Any]) -> None:
        sign = _SIGNS[finding["severity"]]
        if finding["accepted"]:
            sign = "!"
        self._symbols.add(sign)
        accepted = " (accepted)" if finding["accepted"] else ""
        hint = f": {finding['hint']}" if finding["hint"] and not finding["accepted"] else ""
        where = f"    {finding['where']}" if finding["where"] else ""
        text = f"{finding['summary']}{accepted}{hint}"
        code = f"[{finding['code']}] " if finding["code"] else ""
        first, *rest = wrapped(f"{code}{text}{where}", width=self._screen.width, hang=4, begun=4)
        self._write(f"  {self._paint(sign, sign)} {first}")
        for each in rest:
            self._write(each)
        room = min(NAMES_WIDTH, (self._screen.width or NAMES_WIDTH + _BELOW) - _BELOW)
        names = finding.get("tenants", "")
        for line in wrap(names, max(room, 1), break_on_hyphens=False, break_long_words=False):
            self._write(f"{'':{_BELOW}}{line}")
        if self._shows_origins and finding["detail"]:
            self._below(finding["detail"])

    def _finish(self, data: Mapping[str, Any]) -> None:
        for block in self._folding.blocks() if self._folding else ():
            self._block(block)
        if "summary" in data and isinstance(data["summary"], Mapping):
            shown = [f"{s} {_LEGEND[s]}" for s in _LEGEND if s in self._symbols]
            if shown:
                self._print("   ".join(shown), hang=0)
            self._write(plan_line(data["summary"]))
        else:
            self._write(run_line(data, self._standings))

    def _print(self, line: str, *, hang: int) -> None:
        for each in wrapped(line, width=self._screen.width, hang=hang):
            self._write(each)

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")

    def _paint(self, text: str, symbol: str) -> str:
        if not self._screen.has_color or symbol not in _COLORS:
            return text
        return f"\x1b[{_COLORS[symbol]}m{text}\x1b[0m"


def plan_line(summary: Mapping[str, Any]) -> str:
    """Return the last line of a plan."""
    parts = [
        f"{counted(summary['seats_to_buy'], 'seat')} to buy",
        f"{counted(summary['users_to_move'], 'user')} to move",
        f"{counted(summary['subscriptions_to_cancel'], 'subscription')} to cancel",
        counted(summary["findings"], "finding"),
    ]
    if ending := summary.get("subscriptions_to_end"):
        parts.insert(3, f"{counted(ending, 'subscription')} to let end")
    if summary["seats_to_give_up"]:
        parts.insert(1, f"{counted(summary['seats_to_give_up'], 'seat')} to give up")
    tenants = {word: summary[f"tenants_{key}"] for key, word in _TENANTS}
    if sum(tenants.values()) > 1 or not tenants["to change"]:
        parts += [f"{counted(many, 'tenant')} {word}" for word, many in tenants.items() if many]
    seconds = summary["seconds_of_writes"]
    rest = f" About {span(seconds)} of writes at Microsoft's quota." if seconds else ""
    return f"Plan: {', '.join(parts)}.{rest}"


def run_line(data: Mapping[str, Any], standings: Mapping[str, int]) -> str:
    """Return the last line of a run."""
    told = ", ".join(f"{standings.get(each, 0):,} {each}" for each in _STANDINGS)
    if left_out := standings.get("not_started", 0):
        told = f"{told}, {left_out:,} not started"
    users = counted(data.get("users_changed", 0), "user")
    is_open = standings.get("waiting") or standings.get("not_started")
    again = " Run the same command again to go on." if is_open else ""
    return f"Run: {told}. {users} changed.{again}"
