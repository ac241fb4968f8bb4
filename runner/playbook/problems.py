"""What is wrong in people's files, collected so that everything is told at once."""

import difflib
from collections.abc import Iterable

from runner.model.findings import Finding, Origin, PlaybookError, Severity

MOST_SHOWN = 60


def problem(code: str, summary: str, *, at: Origin, hint: str = "", detail: str = "") -> Finding:
    """Return one problem at a place, as `file:line:column`."""
    return Finding(
        severity=Severity.ERROR,
        code=code,
        summary=summary,
        detail=detail,
        hint=hint,
        where=spot(at),
    )


def note(code: str, summary: str, *, at: Origin) -> Finding:
    """Return what is no problem and yet worth knowing."""
    return Finding(severity=Severity.INFO, code=code, summary=summary, where=spot(at))


def spot(at: Origin) -> str:
    """Return the place as `file:line:column`, the file alone where no line of it is meant."""
    return f"{at}:{at.column}" if at.line else at.file


def nearest(word: str, known: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """Return the known words that look most like a word, the best first."""
    spelled = {each.lower(): each for each in known}
    close = difflib.get_close_matches(word.lower()[:100], spelled, n=most, cutoff=0.6)
    return tuple(spelled[each] for each in close)


def short(text: str) -> str:
    """Return a text as it may stand in a message: one line and not long."""
    clean = "".join(char if char.isprintable() else "?" for char in text[: MOST_SHOWN + 1])
    return clean if len(text) <= MOST_SHOWN else f"{clean[:MOST_SHOWN]}…"


def or_list(words: Iterable[str]) -> str:
    """Return words as code in a list that reads `a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _line_order(found: Finding) -> tuple[str, int, int]:
    file, *place = found.where.rsplit(":", 2)
    if len(place) < 2 or not all(each.isdigit() for each in place):
        return found.where, 0, 0
    return file, int(place[0]), int(place[1])


class Problems:
    """The problems found so far; the same one at the same place counts once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Finding] = {}
        self._unclear: set[str] = set()
        self._notes: dict[str, Finding] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, found: Finding) -> None:
        """Keep a problem unless it is known; a value nobody reads alike has no other problem."""
        if found.code == "ambiguous-scalar":
            self._unclear.add(found.where)
        if found.code == "wrong-value" and found.where in self._unclear:
            return
        self._found.setdefault((found.code, found.summary, found.where), found)

    def add_note(self, found: Finding) -> None:
        """Keep what is no problem, once per place."""
        self._notes.setdefault(found.where, found)

    def notes(self) -> tuple[Finding, ...]:
        """Return what is no problem and yet worth knowing, in the order it was found."""
        return tuple(self._notes.values())

    def all(self) -> tuple[Finding, ...]:
        """Return every problem, in the order of the lines of each file."""
        return tuple(sorted(self._found.values(), key=_line_order))

    def refuse(self) -> None:
        """Stop when there are problems.

        Raises: PlaybookError with all of them, when there is at least one.
        """
        if self._found:
            raise PlaybookError(self.all())
