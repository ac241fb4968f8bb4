"""What Partner Center's error codes mean for an order: wait, or have somebody mend it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runner.model.orders import Receipt, ReceiptStatus
from runner.providers.web import Answered

MINUTES = 60
HOUR = 3600
DAY = 24 * HOUR

SUBMITTED = "800065"
STALE = "2055"
NO_AVAILABILITY = "400019"
NOT_MOVED = "60000"
NO_CUSTOMER = "20002"
"""No relationship between caller and account.

Source: microsoft/Partner-Smart-Office issue 12, read 2026-11-23.
"""

BUSY = frozenset({"800060", "800064", "800014", "800082"})
"""Something of this order or this cart may be under way. Source: commerce.md 3.4, read 2026-11-23.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do about a code: look again after so many seconds, or what a person has to do."""

    again_s: int = 0
    act: str = ""


def _table(*rows: tuple[Advice, tuple[str, ...]]) -> Mapping[str, Advice]:
    return {code: advice for advice, codes in rows for code in codes}


ADVICE: Mapping[str, Advice] = _table(
    (Advice(again_s=2 * MINUTES), (*sorted(BUSY), STALE)),
    (Advice(again_s=DAY), ("900278",)),
    (
        Advice(again_s=DAY, act="wait until its renewal is through, or change it there"),
        ("900277", "900279", "900280"),
    ),
    (
        Advice(act="plan again, and report it if it stays: the call was not understood"),
        ("800002", "3000"),
    ),
    (
        Advice(act="ask Partner Center's support why the customer may not buy this"),
        ("800024", "800026", "800062"),
    ),
    (
        Advice(act="name another product under `partner_center.products`: this one is not sold"),
        ("800020", "2085", "2091", "400072", "400013", "400018", NO_AVAILABILITY),
    ),
    (Advice(act="buy what this add-on needs first"), ("400041",)),
    (Advice(act="have the credit line of the partner raised"), ("800023", "800025", "900121")),
    (
        Advice(act="wait for Microsoft's review of the customer, or ask for it", again_s=4 * HOUR),
        ("800069", "800073", "800074", "800075"),
    ),
    (
        Advice(act="reduce it at its renewal: its window for giving seats up has passed"),
        ("800090", "900214", "900257"),
    ),
    (
        Advice(act="let it end with its term: its window for cancelling has passed"),
        ("900117", "900213"),
    ),
    (
        Advice(act="change the subscription in Partner Center: its order cannot be cancelled"),
        ("800063", "800061"),
    ),
    (
        Advice(act="plan again: the subscription is not active"),
        ("2001", "800091", "800012", "2011"),
    ),
    (
        Advice(act="a limit of the partner or the customer is reached: ask for more"),
        ("800066", "800067", "800088", "800089", "900311"),
    ),
    (
        Advice(act="choose another target, term or billing"),
        (
            *("900258", "900259", "900260", "900261", "900236"),
            *("900267", "900268", "900269", "900270"),
        ),
    ),
    (
        Advice(act="give the sign-in the role Admin agent, or sign in as a user of the partner"),
        ("900150", "900308", "800001", "2032", "900329", "900309", "900316"),
    ),
    (
        Advice(act="have the customer accept the Microsoft Customer Agreement"),
        ("13605",),
    ),
)
"""Source: commerce.md 3.4 (error map), read 2026-11-23."""

_UNKNOWN = Advice(act="see what Partner Center says, and plan again")
_PASSING = Advice(again_s=2 * MINUTES)
_CONFLICT = 409


def code_of(body: Any) -> str:
    """Return the code of an error, as number or text, of an answer or of a line in a good one.

    A gateway before the service may wrap it in `error`, as Azure does (commerce.md 3.6).
    """
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    error = inner if isinstance(inner, dict) else body
    return str(error.get("code") or error.get("errorCode") or "")


def said_of(body: Any) -> str:
    """Return code and words of an error in a line of a cart or an order."""
    if not isinstance(body, dict):
        return str(body)
    said = body.get("description") or body.get("errorDescription") or body.get("message")
    return ": ".join(str(word) for word in (code_of(body), said) if word)


def receipt_of(answer: Answered, *, doing: str, reference: str = "") -> Receipt:
    """Return how an order stands whose call was answered with a no, or with nothing.

    Source: commerce.md 3.4 (409 stands for something under way), read 2026-11-23.
    """
    is_passing = answer.is_passing or answer.status == _CONFLICT
    said = f"{answer.status or 'no answer'} {answer.said}".strip()
    advice = ADVICE.get(code_of(answer.body), _PASSING if is_passing else _UNKNOWN)
    return _receipt(advice, f"{doing}: {said}", reference)


def receipt_of_line(error: Any, *, doing: str, reference: str = "") -> Receipt:
    """Return how an order stands by the error of one line in a good answer."""
    advice = ADVICE.get(code_of(error), _UNKNOWN)
    return _receipt(advice, f"{doing}: {said_of(error)}", reference)


def _receipt(advice: Advice, summary: str, reference: str) -> Receipt:
    return Receipt(
        status=ReceiptStatus.OPEN if advice.again_s else ReceiptStatus.REFUSED,
        summary=summary,
        task=advice.act,
        reference=reference,
        again_s=advice.again_s,
    )
