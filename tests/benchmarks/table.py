"""The sizes that are measured, and the table of what came out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is measured; one round is one look at both sides, the median of rounds counts.

    `moves` stays below what Microsoft lets one application write in 150 s, so that our pace never
    holds a write back.
    """

    rounds: int = 3
    moves: int = 2_000
    reads: int = 3_000
    plans: tuple[int, ...] = (1_000, 10_000, 100_000)
    inventories: tuple[int, int] = (200, 2_000)
    fleets: tuple[int, ...] = (100, 1_000, 5_000)
    targets: int = 1_000


TINY = Sizes(
    rounds=1, moves=30, reads=30, plans=(10, 20), inventories=(2, 4), fleets=(2, 4), targets=2
)
"""Enough to see that everything still runs; the numbers say nothing."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one thing costs here and in the alternative, in the same unit."""

    measured: str
    ours: float
    alternative: str
    theirs: float
    unit: str

    @property
    def ratio(self) -> float:
        """Return how many times as much the alternative costs."""
        return self.theirs / self.ours


def seconds(act: Callable[[], object]) -> float:
    """Return how long an act takes, in seconds."""
    began = perf_counter()
    act()
    return perf_counter() - began


def typical(act: Callable[[], object], *, rounds: int) -> float:
    """Return the median of how long an act takes once it has been done before, in seconds."""
    act()
    return median(seconds(act) for _ in range(rounds))


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a table in Markdown."""
    head = ("measured", "upgrade-runner", "alternative", "alternative's cost", "ratio")
    body = [
        (
            row.measured,
            f"{_number(row.ours)} {row.unit}",
            row.alternative,
            f"{_number(row.theirs)} {row.unit}",
            f"{_number(row.ratio)} ×",
        )
        for row in rows
    ]
    widths = [max(len(line[place]) for line in (head, *body)) for place in range(len(head))]
    lines = [head, tuple("-" * width for width in widths), *body]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
