"""A price file to what a seat of each product costs in a month, every problem with its line."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from runner.model.findings import Origin
from runner.model.ids import SkuId
from runner.model.prices import Prices
from runner.playbook.complaints import MOST_PROBLEMS, schema_problems
from runner.playbook.names import Names
from runner.playbook.options import LoadOptions
from runner.playbook.problems import Problems, nearest, problem, short
from runner.playbook.schemas import validator
from runner.playbook.text import read_text
from runner.playbook.tree import MarkedMap

COLUMNS = ("sku", "term", "billing", "price_per_seat_month", "currency")
_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_FIRST_LINE = f"let the first line be `{','.join(COLUMNS)}`"


def load_prices(path: Path, *, options: LoadOptions) -> Prices:
    """Return the prices of a CSV file whose first line names its columns.

    Raises: PlaybookError with all problems, when there is any.
    """
    problems = Problems()
    reader = _PriceReader(Names(options, problems))
    text = read_text(path, problems)
    for row in () if text is None else _rows(text, str(path), problems=problems):
        reader.take(row)
        if len(problems) >= MOST_PROBLEMS:
            break
    problems.refuse()
    return MappingProxyType(reader.prices)


def _rows(text: str, file: str, *, problems: Problems) -> Iterator[MarkedMap]:
    """Yield each line as its cells by column, lines without any cell left out."""
    columns: list[str] = []
    for cells, at in _lines(text, file, problems=problems):
        if not columns:
            if not _is_header(cells, at, problems=problems):
                return
            columns = cells
        elif len(cells) == len(columns):
            row = MarkedMap(at)
            for column, cell in zip(columns, cells, strict=True):
                row.put(column, cell, key_at=at, value_at=at)
            yield row
        else:
            summary = f"this line has {len(cells)} cells, the first line has {len(columns)}"
            hint = "write decimals with a point, and names with commas in quotes"
            problems.add(problem("wrong-row", summary, at=at, hint=hint))
    if not columns and not problems:
        at = Origin(file=file)
        problems.add(problem("no-prices", "this file is empty", at=at, hint=_FIRST_LINE))


def _lines(text: str, file: str, *, problems: Problems) -> Iterator[tuple[list[str], Origin]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield stripped, Origin(file=file, line=line)
            line = reader.line_num + 1
    except csv.Error:
        at = Origin(file=file, line=line)
        hint = 'close every quote, and write `""` for a quote in a name'
        problems.add(problem("not-csv", "this line is not CSV", at=at, hint=hint))


def _is_header(cells: list[str], at: Origin, *, problems: Problems) -> bool:
    told = len(problems)
    for column in dict.fromkeys(cells):
        if column not in COLUMNS:
            close = nearest(column, COLUMNS, most=1)
            hint = f"did you mean `{close[0]}`" if close else _FIRST_LINE
            summary = f"`{short(column)}` is not a column of a price file"
            problems.add(problem("unknown-column", summary, at=at, hint=hint))
        elif cells.count(column) > 1:
            summary = f"the column `{column}` is there {cells.count(column)} times"
            problems.add(problem("double-column", summary, at=at, hint="keep one of them"))
    missing = [column for column in COLUMNS if column not in cells]
    if missing:
        summary = f"{len(missing)} of {len(COLUMNS)} columns are missing: {', '.join(missing)}"
        problems.add(problem("missing-column", summary, at=at, hint=_FIRST_LINE))
    return len(problems) == told


class _PriceReader:
    """Makes prices of rows, telling what is wrong with a row."""

    def __init__(self, names: Names) -> None:
        self.prices: dict[tuple[SkuId, str, str], tuple[Decimal, str]] = {}
        self._names = names
        self._places: dict[tuple[SkuId, str, str], Origin] = {}

    def take(self, row: MarkedMap) -> None:
        """Keep the price of a row unless something is wrong with it."""
        problems = self._names.problems
        told = len(problems)
        sku = self._names.sku(row["sku"], row.at)
        self._check(row)
        if sku is None or len(problems) > told:
            return
        key = (sku, row["term"], row["billing"])
        if key in self.prices:
            summary = f"this product has a price for these terms in line {self._places[key].line}"
            hint = "keep one line for each product, term and billing"
            problems.add(problem("double-price", summary, at=row.at, hint=hint))
            return
        self.prices[key] = Decimal(row["price_per_seat_month"]), row["currency"]
        self._places[key] = row.at

    def _check(self, row: MarkedMap) -> None:
        terms = MarkedMap(row.at)
        terms.take(row, ("term", "billing"))
        check = validator("playbook", part="purchase", is_rendered=True)
        for wrong in schema_problems(terms, check):
            self._names.problems.add(wrong)
        if not _PRICE.fullmatch(row["price_per_seat_month"]):
            self._refuse(row, "price_per_seat_month", hint="write a number such as `38.50`")
        if not _CURRENCY.fullmatch(row["currency"]):
            self._refuse(row, "currency", hint="write three capital letters such as `EUR`")

    def _refuse(self, row: MarkedMap, column: str, *, hint: str) -> None:
        summary = f'`{column}` is "{short(row[column])}"'
        self._names.problems.add(problem("wrong-value", summary, at=row.at, hint=hint))
