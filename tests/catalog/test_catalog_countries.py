"""Prove which texts are countries."""

import pytest

from runner.catalog import is_country
from runner.simulator.countries import COUNTRIES


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("IT", True),
        ("GB", True),
        ("UK", False),
        ("gb", False),
        ("EU", False),
        ("ITA", False),
        ("", False),
    ],
)
def test_a_country_is_written_as_its_two_capitals(code: str, is_one: bool) -> None:
    assert is_country(code) is is_one


def test_the_249_codes_are_those_the_simulator_accepts() -> None:
    letters = [chr(letter) for letter in range(ord("A"), ord("Z") + 1)]
    found = {a + b for a in letters for b in letters if is_country(a + b)}
    assert len(found) == 249
    assert found == COUNTRIES
