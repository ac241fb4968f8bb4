"""The error map of Partner Center, row by row: what the runner does about each code."""

import re
from pathlib import Path

import pytest

from runner.model.orders import ReceiptStatus
from runner.providers.partner_center.errors import receipt_of, receipt_of_line
from runner.providers.web import Answered

MINUTE, DAY = 60, 24 * 3600
SHEET = Path(__file__).resolve().parents[2] / "docs" / "reference" / "commerce.md"

ROWS: list[tuple[int, str, int, str]] = [
    *((409, code, 2 * MINUTE, "") for code in ("800060", "800064", "800014", "800082")),
    (409, "900278", DAY, ""),
    (400, "2055", 2 * MINUTE, ""),
    *((400, code, 0, "the call was not understood") for code in ("800002", "3000")),
    *((400, code, 0, "support") for code in ("800024", "800026", "800062")),
    *((403, code, 0, "name another product") for code in ("800020", "2085", "2091")),
    (200, "400072", 0, "name another product"),
    *((404, code, 0, "name another product") for code in ("400013", "400018", "400019")),
    (400, "400041", 0, "buy what this add-on needs first"),
    *((403, code, 0, "credit line") for code in ("800023", "900121")),
    (400, "800025", 0, "credit line"),
    *((403, code, 4 * 3600, "review") for code in ("800069", "800073", "800074", "800075")),
    *((400, code, 0, "at its renewal") for code in ("800090", "900214", "900257")),
    *((400, code, 0, "let it end with its term") for code in ("900117", "900213")),
    *((400, code, 0, "change the subscription") for code in ("800063", "800061")),
    *((400, code, 0, "not active") for code in ("2001", "800091", "800012", "2011")),
    *((403, code, 0, "a limit") for code in ("800066", "800067", "800088", "800089")),
    (400, "900311", 0, "a limit"),
    *(
        (400, code, 0, "choose another target, term or billing")
        for code in (
            *("900258", "900259", "900260", "900261", "900236"),
            *("900267", "900268", "900269", "900270"),
        )
    ),
    *((400, code, DAY, "renewal") for code in ("900277", "900279", "900280")),
    *((403, code, 0, "role") for code in ("900150", "900308", "2032")),
    *((403, code, 0, "role") for code in ("900329", "900309", "900316")),
    (401, "800001", 0, "role"),
    (403, "13605", 0, "Customer Agreement"),
    *((status, "", 2 * MINUTE, "") for status in (0, 408, 409, 429, 500, 502, 503, 504)),
]
"""Status and code, how soon to look again, what a person is told to do.

Source: commerce.md 3.4 (error map), read 2026-11-23.
"""


FOLLOWED = {"800065", "60000"}
"""A cart that was submitted is looked for, users that were not moved are: no advice, but acts.

See `test_partner_center.py` and `test_partner_center_transitions.py`.
"""


def _sheet() -> set[str]:
    """Return every code of the map as the fact sheet has it, with its ranges written out."""
    rows = SHEET.read_text(encoding="utf-8").split("**Error map**")[1].split("\n### ")[0]
    cells = [line.split("|")[1] for line in rows.splitlines() if line.startswith("| ")][1:]
    codes = set[str]()
    for first, last in re.findall(r"\b(\d{4,6})(?:-(\d{4,6}))?\b", " ".join(cells)):
        codes |= {str(code) for code in range(int(first), int(last or first) + 1)}
    return codes


def test_the_map_of_the_fact_sheet_has_no_row_without_a_test() -> None:
    found = _sheet()
    assert len(found) == 60
    assert found - {code for _, code, _, _ in ROWS} - FOLLOWED == set()


@pytest.mark.parametrize("kind", [str, int])
@pytest.mark.parametrize(("status", "code", "again_s", "act"), ROWS)
def test_every_row_of_the_map_is_followed(
    status: int, code: str, again_s: int, act: str, kind: type
) -> None:
    body = {"code": kind(code), "description": "d"} if code else None
    found = receipt_of(Answered(status=status, body=body, said=f"{code}: d"), doing="doing it")
    assert found.again_s == again_s
    assert found.status is (ReceiptStatus.OPEN if again_s else ReceiptStatus.REFUSED)
    assert act in found.task if act else not found.task
    if code and status == 200:
        assert receipt_of_line(body, doing="doing it").task == found.task


@pytest.mark.parametrize("status", [0, 408, 409, 429, 500, 503])
def test_trouble_without_a_code_keeps_what_is_under_way(status: int) -> None:
    found = receipt_of(Answered(status=status), doing="doing it", reference="cart:c1")
    assert (found.status, found.reference) == (ReceiptStatus.OPEN, "cart:c1")


@pytest.mark.parametrize("code", ["400041", 400041])
def test_a_code_is_read_in_the_envelope_of_azure_too(code: str | int) -> None:
    body = {"error": {"code": code, "message": "m"}}
    found = receipt_of(Answered(status=400, body=body), doing="doing it")
    assert found.task == "buy what this add-on needs first"


def test_an_error_of_a_line_is_read_in_both_spellings() -> None:
    for error in ({"code": 400041, "description": "d"}, {"errorCode": "400041"}):
        found = receipt_of_line(error, doing="doing it")
        assert found.task == "buy what this add-on needs first"
