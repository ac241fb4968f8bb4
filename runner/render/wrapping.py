"""Break lines at the width of a screen, never inside a command, an id or an address."""

import re
from collections.abc import Iterator

NARROWEST = 40
"""Columns below which nothing is laid out any more: the terminal breaks such lines itself."""

_CELLS = re.compile(r"( {3,})")
_KEY = re.compile(r"\w+ {2,}")
_WORDS = re.compile(r"`[^`]*`\S*|upgrade-runner .*|\S+")
"""What stays in one piece: what stands in backticks, a command to the end of its cell, a word."""


def wrapped(line: str, *, width: int | None, hang: int, begun: int = 0) -> Iterator[str]:
    """Yield a line in as many as it takes; those after the first are indented by `hang`.

    `begun` are the columns that something else takes before the line. Cells stand three blanks
    apart; one that does not fit beside the one before goes to a line of its own. Without a width,
    or where the line fits, it stays as it is.
    """
    if width is None or width < NARROWEST or begun + len(line) <= width:
        yield line
        return
    shown, room = "", width - begun
    parts = ["", *_CELLS.split(line)]
    for gap, cell in zip(parts[::2], parts[1::2], strict=True):
        is_whole = len(gap) + len(cell) <= room
        if shown and not is_whole:
            yield shown
            shown, room = " " * hang, width - hang
        elif is_whole or not shown:
            shown, room = shown + gap, room - len(gap)
        for place, word in enumerate(_WORDS.findall(cell)):
            blank = " " if place else ""
            if blank and len(blank + word) > room:
                yield shown
                shown, room, blank = " " * hang, width - hang, ""
            shown, room = f"{shown}{blank}{word}", room - len(blank + word)
    yield shown


def fitted(line: str, *, width: int | None) -> Iterator[str]:
    """Yield a line that is indented already in as many as it takes, further in than it begins.

    What has a word in front, such as a line of a task, goes on beside that word.
    """
    text = line.lstrip(" ")
    indent = len(line) - len(text)
    key = _KEY.match(text) if indent else None
    hang = indent + (key.end() if key else 2)
    for place, each in enumerate(wrapped(text, width=width, hang=hang, begun=indent)):
        yield each if place else f"{'':{indent}}{each}"
