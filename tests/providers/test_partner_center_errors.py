"""Every code of Partner Center's error map says what happens next, and to whom."""

import pytest

from runner.model.orders import ReceiptStatus
from runner.providers.partner_center.errors import receipt_of, receipt_of_line
from runner.providers.web import Answered

WAIT = {
    409: (800060, 800064, 800014, 800082, 900278),
    400: (2055, 900277, 900279, 900280),
    403: (800069, 800073, 800074, 800075),
}
STOP = {
    400: (
        *(800002, 3000, 800024, 800026, 800062, 800025, 800090, 900214, 900257, 900117, 900213),
        *(800063, 800061, 2001, 800091, 800012, 2011, 900258, 900259, 900260, 900261, 900236),
        *(900267, 900268, 900269, 900270, 900311),
    ),
    403: (
        *(800020, 2085, 2091, 800023, 900121, 800066, 800067, 800088, 800089, 900150, 900308),
        *(2032, 13605, 900329),
    ),
    404: (400013, 400018, 400019),
    200: (400072,),
}
UNKNOWN = "see what Partner Center says, and plan again"


def _pairs(table: dict[int, tuple[int, ...]]) -> list[tuple[int, int]]:
    return [(status, code) for status, codes in table.items() for code in codes]


def _answer(status: int, code: object) -> Answered:
    return Answered(status=status, body={"code": code, "description": "d"}, said=f"{code}: d")


@pytest.mark.parametrize(("status", "code"), _pairs(WAIT))
def test_what_passes_is_waited_for(status: int, code: int) -> None:
    found = receipt_of(_answer(status, str(code)), doing="doing it")
    assert (found.status, found.again_s > 0) == (ReceiptStatus.OPEN, True)


@pytest.mark.parametrize(("status", "code"), _pairs(STOP))
def test_what_does_not_pass_is_refused_with_what_to_do(status: int, code: int) -> None:
    found = receipt_of(_answer(status, code), doing="doing it")
    assert (found.status, found.task == UNKNOWN) == (ReceiptStatus.REFUSED, False)
    assert str(code) in found.summary


@pytest.mark.parametrize("status", [0, 408, 409, 429, 500, 503])
def test_trouble_without_a_code_is_never_a_refusal(status: int) -> None:
    found = receipt_of(Answered(status=status), doing="doing it", reference="cart:c1")
    assert (found.status, found.reference) == (ReceiptStatus.OPEN, "cart:c1")


def test_an_error_of_a_line_is_read_in_both_spellings() -> None:
    for error in ({"code": 400041, "description": "d"}, {"errorCode": "400041"}):
        found = receipt_of_line(error, doing="doing it")
        assert found.task == "buy what this add-on needs first"
