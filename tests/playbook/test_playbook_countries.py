"""A usage location is a country, which is known before any tenant is asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.catalog import is_country
from tests.playbook.files import INVENTORY, codes, options, problems_of

BOOK = """\
- tenants: contoso
  desired_state:
    assignments:
      - {from: ENTERPRISEWITHSCAL, to: ENTERPRISEPREMIUM, usage_location: "CODE"}
"""

Write = Callable[[str, str], Path]


@pytest.mark.parametrize(("code", "wrong"), [("IT", []), ("UK", ["4:75"]), ("XX", ["4:75"])])
def test_a_usage_location_that_is_no_country_is_told(
    write: Write, code: str, wrong: list[str]
) -> None:
    inventory = write("inventory.yaml", INVENTORY)
    book = write("p.yaml", BOOK.replace("CODE", code))
    found = problems_of(book, options(inventory, is_country=is_country))
    assert codes(found) == [f"unknown-country p.yaml:{place}" for place in wrong]


def test_the_way_to_write_the_united_kingdom_is_told(write: Write) -> None:
    inventory = write("inventory.yaml", INVENTORY)
    book = write("p.yaml", BOOK.replace("CODE", "UK"))
    assert problems_of(book, options(inventory, is_country=is_country))[0].hint == "write `GB`"
