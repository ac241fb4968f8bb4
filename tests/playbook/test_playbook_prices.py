"""A price file: what it becomes, and every kind of wrong line with its place."""

from decimal import Decimal

import pytest

from runner.model.findings import PlaybookError
from runner.playbook import load_prices
from tests.playbook.files import E4, E5, codes, options

HEADER = "sku,term,billing,price_per_seat_month,currency\n"
ROW = "ENTERPRISEPREMIUM,annual,monthly,38.50,EUR\n"


def problems(path):
    with pytest.raises(PlaybookError) as caught:
        load_prices(path, options=options())
    return caught.value.problems


def test_prices_are_by_product_term_and_billing(write):
    path = write(
        "p.csv",
        HEADER + ROW + f"Office 365 E5,monthly,monthly,46,EUR\n{E4},annual,once,0.125,USD\n",
    )
    assert load_prices(path, options=options()) == {
        (E5, "annual", "monthly"): (Decimal("38.50"), "EUR"),
        (E5, "monthly", "monthly"): (Decimal(46), "EUR"),
        (E4, "annual", "once"): (Decimal("0.125"), "USD"),
    }


def test_columns_stand_in_any_order_and_what_a_spreadsheet_adds_does_not_matter(write):
    columns = "currency, sku ,term,billing,price_per_seat_month"
    lines = f'{columns}\r\n\r\nEUR,"Office 365 E5", annual,monthly,38.50\r\n,,,,\r\n'
    path = write("p.csv", lines.encode("utf-8-sig"))
    assert load_prices(path, options=options()) == {
        (E5, "annual", "monthly"): (Decimal("38.50"), "EUR")
    }


def test_a_file_of_columns_only_holds_no_prices(write):
    assert load_prices(write("p.csv", HEADER), options=options()) == {}


ROWS = [
    ("Ofice 365 E5,annual,monthly,1,EUR", "unknown-sku"),
    ("E5,annual,monthly,1,EUR", "ambiguous-sku"),
    (",annual,monthly,1,EUR", "unknown-sku"),
    ("ENTERPRISEPREMIUM,yearly,monthly,1,EUR", "wrong-value"),
    ("ENTERPRISEPREMIUM,annual,{{ x }},1,EUR", "wrong-value"),
    ("ENTERPRISEPREMIUM,annual,monthly,-1,EUR", "wrong-value"),
    ("ENTERPRISEPREMIUM,annual,monthly,1e3,EUR", "wrong-value"),
    ("ENTERPRISEPREMIUM,annual,monthly,NaN,EUR", "wrong-value"),
    ('ENTERPRISEPREMIUM,annual,monthly,"38,50",EUR', "wrong-value"),
    ("ENTERPRISEPREMIUM,annual,monthly,1,eur", "wrong-value"),
    ("ENTERPRISEPREMIUM,annual,monthly,1,€", "wrong-value"),
    ("ENTERPRISEPREMIUM,annual,monthly,38,50,EUR", "wrong-row"),
    ("ENTERPRISEPREMIUM,annual,monthly,38.50", "wrong-row"),
    ('"ENTERPRISEPREMIUM,annual,monthly,1,EUR', "not-csv"),
    ("Office 365 E5,annual,monthly,39,EUR", "double-price"),
]


@pytest.mark.parametrize(("row", "code"), ROWS)
def test_a_wrong_line_is_told_with_its_place(write, row, code):
    found = problems(write("p.csv", f"{HEADER}{ROW}\n{row}\n"))
    assert codes(found) == [f"{code} p.csv:4:1"]
    assert found[0].hint


def test_every_problem_is_told_and_lines_are_counted_past_a_cell_of_two(write):
    rows = '"Ofice\n365",annual,monthly,1,EUR\nX,year,monthly,free,EUR\n'
    assert codes(problems(write("p.csv", HEADER + rows))) == [
        "unknown-sku p.csv:2:1",
        "unknown-sku p.csv:4:1",
        "wrong-value p.csv:4:1",
        "wrong-value p.csv:4:1",
    ]


HEADERS = [
    ("", ["no-prices"]),
    ("sku,term,billing,price,currency\nx,y", ["unknown-column", "missing-column"]),
    ("sku,term,billing,currency\nx,y", ["missing-column"]),
    ("sku,sku,term,billing,price_per_seat_month,currency\nx,y", ["double-column"]),
    ("sku;term;billing;price_per_seat_month;currency", ["unknown-column", "missing-column"]),
    (b"sku,\x00", ["not-text"]),
    ("sku," + "x" * 200_000, ["not-csv"]),
]


@pytest.mark.parametrize(("content", "expected"), HEADERS)
def test_a_file_without_the_columns_is_told_once(write, content, expected):
    path = write("p.csv", content)
    found = problems(path)
    assert [each.code for each in found] == expected
    assert all(each.where in ("p.csv", "p.csv:1:1") and each.hint for each in found)


def test_the_line_before_is_named_where_a_price_stands_twice(write):
    (found,) = problems(write("p.csv", HEADER + ROW + ROW))
    assert found.summary == "this product has a price for these terms in line 2"


def test_a_missing_file_is_told(tmp_path):
    assert [each.code for each in problems(tmp_path / "none.csv")] == ["missing-file"]


def test_a_file_of_wrong_lines_ends_early(write):
    found = problems(write("p.csv", HEADER + "X,annual,monthly,1,EUR\n" * 5_000))
    assert len(found) == 1_000
