"""Ranges in the names of tenants: `web[01:50]`, `db-[a:f]`, `x[0:10:2]`."""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from string import ascii_letters

from runner.model.findings import Origin
from runner.playbook.problems import Problems, problem

MOST_TENANTS = 100_000
_RANGE = re.compile(r"\[(\w*):(\w+)(?::(\d+))?\]")


def expand(name: str, at: Origin, *, problems: Problems) -> Iterator[str]:
    """Yield every name that a name with ranges means, nothing where a problem was told.

    Order: the last range turns fastest. Both ends are part of a range, and a first number with
    leading zeros sets the width.
    Source: ansible-core 2.19, `expand_hostname_range`, read 2026-11-23.
    """
    if "[" not in name:
        yield name
        return
    parts = _RANGE.split(name)
    texts, bounds = parts[::4], zip(parts[1::4], parts[2::4], parts[3::4], strict=True)
    ranges = [_values(first or "0", last, step=int(step or 1)) for first, last, step in bounds]
    count = prod(len(each) for each in ranges if each)
    if not all(ranges):
        _tell("this range names nothing", "begin with the smaller end", at=at, problems=problems)
    elif count > MOST_TENANTS:
        summary = f"this range names {count} tenants, the limit is {MOST_TENANTS}"
        _tell(summary, "write a smaller range", at=at, problems=problems)
    else:
        for chosen in product(*ranges):
            between = zip(chosen, texts[1:], strict=True)
            yield texts[0] + "".join(value + text for value, text in between)


def _values(first: str, last: str, *, step: int) -> Sequence[str]:
    """Return the values of one range, none when it is wrong."""
    if step < 1:
        return ()
    if first.isalpha() and last.isalpha():
        begin, end = ascii_letters.index(first), ascii_letters.index(last)
        return ascii_letters[begin : end + 1 : step]
    width = len(first) if first.startswith("0") and len(first) > 1 else 0
    if width and width != len(last):
        return ()
    numbers = range(int(first), int(last) + 1, step)
    return _Padded(numbers, width)


class _Padded(Sequence[str]):
    """The numbers of a range as text, made when asked for, so that a huge range costs nothing."""

    def __init__(self, numbers: range, width: int) -> None:
        self._numbers = numbers
        self._width = width

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, at: int) -> str:  # type: ignore[override]
        return str(self._numbers[at]).zfill(self._width)


def _tell(summary: str, hint: str, *, at: Origin, problems: Problems) -> None:
    problems.add(problem("tenant-range", summary, at=at, hint=hint))
