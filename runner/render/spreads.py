"""Take numbers, dates and names out of a line, and put their ranges and sums back in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PARTS = re.compile(
    r'"(?P<name>[^"]*)"'
    r"|(?P<date>\b\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)"
    r"|(?<![\w.-])(?P<number>\d[\d,]*)"
    r"(?: (?P<noun>seat|user|member)s?\b|(?= → \d[\d,]* seats?\b)|(?= in all\b))"
)
_MARK = re.compile("\0([^\0]+)\0")

Part = tuple[str, int | str]
"""What stood in a place of a line: `seat`, `user`, `member`, `number`, `date` or `name`, and it."""


@dataclass(slots=True)
class Spread:
    """What stands in one place of a line over all tenants: the ends with their tenants, and a sum.

    Units: `total` adds numbers up, and counts how often a date or a name stood there.
    """

    kind: str
    least: int | str = ""
    most: int | str = ""
    least_in: str = ""
    most_in: str = ""
    total: int = 0

    @property
    def is_summed(self) -> bool:
        """Return whether the numbers of a place are counts of one thing."""
        return self.kind not in ("number", "date", "name")

    @property
    def ends(self) -> tuple[tuple[int, str], tuple[int, str]]:
        """Return the smallest and the largest number, each with its tenant."""
        return (int(self.least), self.least_in), (int(self.most), self.most_in)

    def add(self, tenant: str, parts: Sequence[Part]) -> None:
        """Add what stood in this place in the lines of one tenant."""
        numbers = [value for _, value in parts if isinstance(value, int)]
        self.total += sum(numbers) if numbers else len(parts)
        found = [sum(numbers)] if numbers else sorted(str(value) for _, value in parts)
        if not self.least_in or found[0] < self.least:  # type: ignore[operator]
            self.least, self.least_in = found[0], tenant
        if not self.most_in or found[-1] > self.most:  # type: ignore[operator]
            self.most, self.most_in = found[-1], tenant

    def words(self) -> str:
        """Return the range, and the sum where there is one."""
        if self.kind == "name":
            more = f" and {self.total - 1:,} more" if self.total > 1 else ""
            return f'"{self.least}"{more}'
        least, most = (f"{e:,}" if isinstance(e, int) else e for e in (self.least, self.most))
        span = most if least == most else f"{least} to {most}"
        if not self.is_summed:
            return span
        things = f"{span} {self.kind}{'' if most == '1' else 's'}"
        each = " each" if least == most else ""
        return f"{things}{each} ({self.total:,} in all)"


def templated(*cells: str) -> tuple[tuple[str, ...], tuple[Part, ...]]:
    """Return cells without what differs between tenants of one shape, and what stood there."""
    found: list[Part] = []

    def mark(match: re.Match[str]) -> str:
        kind = match["noun"] or str(match.lastgroup)
        value = match[match.lastgroup or 0]
        found.append((kind, int(match["number"].replace(",", "")) if match["number"] else value))
        return f"\0{kind}\0"

    templates = tuple(_PARTS.sub(mark, cell) for cell in cells)
    return templates, tuple(found)


def filled(template: str, spreads: Iterator[Spread]) -> str:
    """Return a template with the ranges and sums of its places."""
    return _MARK.sub(lambda _: next(spreads).words(), template)
