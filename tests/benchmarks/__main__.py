"""Measure everything and print one table: `python -m tests.benchmarks`."""

import sys
from collections.abc import Iterator

from tests.benchmarks.fleet import fleet_rows
from tests.benchmarks.graph import graph_rows
from tests.benchmarks.inventories import inventory_rows
from tests.benchmarks.planned import planning_rows
from tests.benchmarks.startup import startup_rows
from tests.benchmarks.table import TINY, Row, Sizes, table


def measure(sizes: Sizes) -> Iterator[Row]:
    """Yield a row for each thing, the cheap ones first."""
    yield from startup_rows(sizes)
    yield from inventory_rows(sizes)
    yield from planning_rows(sizes)
    yield from graph_rows(sizes)
    yield from fleet_rows(sizes)


if __name__ == "__main__":
    print(table(measure(TINY if "--tiny" in sys.argv[1:] else Sizes())))
