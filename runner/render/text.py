"""Show plans and runs as plain text, aligned and with a last line that is stable for grep."""

from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from runner.model.outcome import Event, EventKind
from runner.render.words import counted, moment, span

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
_MARKS = {"ok": "✓", "changed": "✓", "waiting": "·", "refused": "✗", "failed": "✗", "blocked": " "}
_STANDINGS = ("done", "waiting", "refused", "failed", "unreachable")


class Text:
    """Collects one tenant at a time and prints it when it is over."""

    def __init__(self, stream: TextIO, *, has_color: bool = False, shows_origins: bool = False):
        self._stream = stream
        self._has_color = has_color
        self._shows_origins = shows_origins
        self._head: dict[str, Mapping[str, Any]] = {}
        self._rows: dict[str, list[Mapping[str, Any]]] = {}
        self._findings: dict[str, list[Mapping[str, Any]]] = {}
        self._standings: dict[str, int] = {}
        self._symbols: set[str] = set()

    def handle(self, event: Event) -> None:
        """Take one event in, and print a tenant that is over."""
        tenant = event.tenant
        if event.kind is EventKind.TENANT_STARTED:
            self._head[tenant] = event.data
            self._rows[tenant], self._findings[tenant] = [], []
        elif event.kind in (EventKind.STEP_PLANNED, EventKind.STEP_FINISHED):
            self._rows[tenant].append(event.data)
        elif event.kind is EventKind.FINDING:
            self._findings[tenant].append(event.data)
        elif event.kind is EventKind.TENANT_FINISHED:
            self._tenant(tenant, event.data)
        elif event.kind is EventKind.WAVE_FINISHED:
            self._wave(event.data)
        elif event.kind is EventKind.RUN_FINISHED:
            self._finish(event.data)

    def close(self) -> None:
        """Write what is still held back."""
        self._stream.flush()

    def _tenant(self, tenant: str, data: Mapping[str, Any]) -> None:
        standing = data["standing"]
        self._standings[standing] = self._standings.get(standing, 0) + 1
        head, rows = self._head.pop(tenant), self._rows.pop(tenant)
        findings = self._findings.pop(tenant)
        if not rows and not findings and standing in ("unchanged", "done", "not_started"):
            return
        wave = f"   wave {head['wave']} of {head['waves']}" if head.get("waves", 1) > 1 else ""
        result = "" if standing in ("changed", "unchanged") else f"   {standing}"
        self._print(f"{tenant}   {head['name']}{wave}{result}")
        if rows and "symbol" in rows[0]:
            self._steps(rows)
        else:
            self._results(rows, data, head.get("timezone", "UTC"))
        for finding in findings:
            self._finding(finding)
        self._print("")

    def _wave(self, data: Mapping[str, Any]) -> None:
        told = [f"{number} {each.replace('_', ' ')}" for each, number in data["standings"].items()]
        held = f": {data['held']}" if data["held"] else ""
        self._print(f"wave {data['wave']} of {data['waves']}   {', '.join(told)}{held}")
        self._print("")

    def _steps(self, rows: list[Mapping[str, Any]]) -> None:
        cells: list[tuple[str, str, str, str, str]] = []
        before: Mapping[str, Any] = {}
        for row in rows:
            keys = ("verb", "amount", "detail")
            same = row["symbol"] == "~" and before and all(row[k] == before[k] for k in keys)
            amount, detail = row["amount"], row["detail"]
            if same and row["amount"]:
                amount, detail = ", ".join(filter(None, ("the same", row["note"]))), ""
            elif row["note"]:
                detail = "; ".join(filter(None, (detail, row["note"])))
            if self._shows_origins:
                detail = f"{detail}   ({row['origin']})"
            cells.append((row["symbol"], row["verb"], row["subject"], amount, detail))
            before = row
        subject = max(len(cell[2]) for cell in cells)
        amount = max((len(cell[3]) for cell in cells if cell[4]), default=0)
        for symbol, verb, about, much, detail in cells:
            self._symbols.add(symbol)
            line = f"{verb:<8} {about:<{subject}}   {much:<{amount}}   {detail}"
            self._print(f"  {self._paint(symbol, symbol)} {line}".rstrip())

    def _results(
        self, rows: Iterable[Mapping[str, Any]], data: Mapping[str, Any], timezone: str
    ) -> None:
        for row in rows:
            mark = _MARKS.get(row["status"], " ")
            is_short = row["status"] == "blocked" or not row["amount"]
            amount = "" if is_short else f"   {row['amount']}"
            line = f"{row['verb']:<8} {row['subject']}{amount}   {row['detail']}"
            self._print(f"  {self._paint(mark, mark)} {line}")
            for text in row["task"].splitlines():
                self._print(f"      {text}")
            if row["deadline_at"] and not row["task"]:
                self._print(f"      at most until {moment(row['deadline_at'], timezone)}")
            if row["look_again_at"]:
                self._print(f"      look again {moment(row['look_again_at'], timezone)}")
        if not rows and data.get("summary"):
            self._print(f"  {data['summary']}")
        if data.get("hint"):
            self._print(f"  hint: {data['hint']}")

    def _finding(self, finding: Mapping[str, Any]) -> None:
        sign = _SIGNS[finding["severity"]]
        if finding["accepted"]:
            sign = "!"
        self._symbols.add(sign)
        accepted = " (accepted)" if finding["accepted"] else ""
        hint = f": {finding['hint']}" if finding["hint"] and not finding["accepted"] else ""
        where = f"    {finding['where']}" if finding["where"] else ""
        text = f"{finding['summary']}{accepted}{hint}"
        self._print(f"  {self._paint(sign, sign)} [{finding['code']}] {text}{where}")
        if self._shows_origins and finding["detail"]:
            self._print(f"      {finding['detail']}")

    def _finish(self, data: Mapping[str, Any]) -> None:
        if "summary" in data and isinstance(data["summary"], Mapping):
            shown = [f"{s} {_LEGEND[s]}" for s in _LEGEND if s in self._symbols]
            if shown:
                self._print("   ".join(shown))
            self._print(plan_line(data["summary"]))
        else:
            told = [f"{self._standings.get(each, 0)} {each}" for each in _STANDINGS]
            if left_out := self._standings.get("not_started"):
                told.append(f"{left_out} not started")
            users = counted(data.get("users_changed", 0), "user")
            again = " Run the same command again to go on." if self._is_to_go_on() else ""
            self._print(f"Run: {', '.join(told)}. {users} changed.{again}")

    def _is_to_go_on(self) -> bool:
        return any(self._standings.get(each) for each in ("waiting", "not_started"))

    def _print(self, line: str) -> None:
        self._stream.write(line + "\n")

    def _paint(self, text: str, symbol: str) -> str:
        if not self._has_color or symbol not in _COLORS:
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
    for key, word in (("unchanged", "unchanged"), ("refused", "refused"), ("unread", "not read")):
        if summary[f"tenants_{key}"]:
            parts.append(f"{counted(summary[f'tenants_{key}'], 'tenant')} {word}")
    seconds = summary["seconds_of_writes"]
    rest = f" About {span(seconds)} of writes at Microsoft's quota." if seconds else ""
    return f"Plan: {', '.join(parts)}.{rest}"
