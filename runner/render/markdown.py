"""Show plans and runs as Markdown for a comment: folded, colored as a diff, never too long."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, TextIO

from runner.model.outcome import Event, EventKind
from runner.render.blocks import Blocks, result_lines, step_lines
from runner.render.folding import TROUBLED, Block, Folding
from runner.render.text import plan_line, run_line
from runner.render.words import counted

LONGEST = 65_000
"""Characters of a comment.

Source: GitHub refuses comments beyond 65,536 characters, GitLab beyond 1,000,000; read 2026-11-23.
"""

OPEN_AT_MOST = 3
"""With more entries than this, all of them are closed at first."""

_RESERVED = 400
_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+|~>-])")
_IN_DIFF = {"+": "+", "-": "-", "~": "!", "·": "#", "✗": "-", "✓": "+"}
_SIGNS = {"error": "✗", "warning": "!", "info": "!"}


class Markdown:
    """Collects a plan or a run and writes it when it is over."""

    def __init__(self, stream: TextIO, *, is_folded: bool = True) -> None:
        self._stream = stream
        self._blocks = Blocks()
        self._folding = Folding() if is_folded else None
        self._alone: list[Block] = []
        self._standings: dict[str, int] = {}
        self._ending: Mapping[str, Any] = {}

    def handle(self, event: Event) -> None:
        """Take one event in."""
        block = self._blocks.take(event)
        if event.kind is EventKind.RUN_FINISHED:
            self._ending = event.data
        if block is None:
            return
        self._standings[block.standing] = self._standings.get(block.standing, 0) + 1
        if self._folding is None:
            self._alone.append(block)
        else:
            self._folding.add(block)

    def close(self) -> None:
        """Write what was collected, those in trouble first."""
        blocks = self._folding.blocks() if self._folding else self._alone
        told = [each for each in blocks if _has_something(each)]
        told.sort(key=lambda block: block.standing not in TROUBLED)
        self._stream.write("".join(_within(self._head(), told)))
        self._stream.flush()

    def _head(self) -> str:
        summary = self._ending.get("summary")
        if isinstance(summary, Mapping):
            return f"### {plan_line(summary)}\n\n"
        return f"### {run_line(self._ending, self._standings)}\n\n"


def _within(head: str, blocks: Sequence[Block]) -> Iterator[str]:
    """Yield the head and as many blocks as fit, then how many do not."""
    yield head
    left = LONGEST - _RESERVED - len(head)
    is_open = len(blocks) <= OPEN_AT_MOST
    for place, block in enumerate(blocks):
        text = _block(block, is_open=is_open, longest=left)
        if len(text) > left:
            rest = counted(len(blocks) - place, "entry", "entries")
            yield f"{rest} more would not fit here; `upgrade-runner show` has all of them.\n"
            return
        left -= len(text)
        yield text


def _has_something(block: Block) -> bool:
    return bool(block.rows or block.findings) or block.standing not in ("unchanged", "done")


def _block(block: Block, *, is_open: bool, longest: int) -> str:
    head = block.head
    wave = f" · wave {head['wave']} of {head['waves']}" if head.get("waves", 1) > 1 else ""
    standing = "" if block.standing in ("changed", "unchanged") else f" · {block.standing}"
    name = f" {_html(block.name)}" if block.name else ""
    lines = [
        f"<details{' open' if is_open else ''}>",
        f"<summary><b>{_html(block.title)}</b>{name}{wave}{standing}</summary>",
        "",
        *([block.caution, ""] if block.caution else ()),
        *_fenced(block, longest=longest // 2),
        *(f"- {_plain(remark)}" for remark in block.remarks),
        *(_finding(each) for each in block.findings),
        *_said(block),
        "",
        "</details>",
        "",
    ]
    return "\n".join(lines) + "\n"


def _fenced(block: Block, *, longest: int) -> Iterator[str]:
    """Yield the lines of the steps in a block that is colored as a diff."""
    if not block.rows:
        return
    timezone = block.head.get("timezone", "UTC")
    lines = step_lines(block.rows) if block.is_plan else result_lines(block.rows, timezone)
    shown = [f"{_IN_DIFF.get(sign, ' ')} {line}".rstrip() for sign, line in lines]
    kept: list[str] = []
    for line in shown:
        longest -= len(line) + 1
        if longest < 0:
            kept.append(f"# … and {counted(len(shown) - len(kept), 'line')} more")
            break
        kept.append(line)
    most = max((len(each) for line in kept for each in re.findall("`+", line)), default=0)
    fence = "`" * max(3, most + 1)
    yield f"{fence}diff"
    yield from kept
    yield fence
    yield ""


def _finding(finding: Mapping[str, Any]) -> str:
    sign = "!" if finding["accepted"] else _SIGNS[finding["severity"]]
    code = f"**{finding['code']}** " if finding["code"] else ""
    accepted = " (accepted)" if finding["accepted"] else ""
    hint = f": {finding['hint']}" if finding["hint"] and not finding["accepted"] else ""
    where = f" ({_plain(finding['where'])})" if finding["where"] else ""
    tenants = f"<br>{_plain(finding['tenants'])}" if finding.get("tenants") else ""
    return f"- {sign} {code}{_plain(finding['summary'] + accepted + hint)}{where}{tenants}"


def _said(block: Block) -> Iterator[str]:
    if block.untold:
        yield f"- {_plain(block.untold)}"
    if block.ending.get("hint"):
        yield f"- hint: {_plain(block.ending['hint'])}"


def _html(text: str) -> str:
    return _unlinked(escape(_one_line(text)))


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is, but for code: no mention and no reference."""
    parts = _CODE.split(_one_line(text))
    shown = (f"`{part}`" if place % 2 else _escaped(part) for place, part in enumerate(parts))
    return "".join(shown)


def _escaped(text: str) -> str:
    return _unlinked(_SPECIAL.sub(r"\\\1", escape(text, quote=False)))


def _unlinked(text: str) -> str:
    """Part what would be a mention or a reference with a space of no width."""
    return re.sub(r"([@#])(?=\w)(?!\w+;)", r"\1&#8203;", text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
