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


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do about a code: look again after so many seconds, or what a person has to do."""

    again_s: int = 0
    act: str = ""


def _table(*rows: tuple[Advice, tuple[str, ...]]) -> Mapping[str, Advice]:
    return {code: advice for advice, codes in rows for code in codes}


ADVICE: Mapping[str, Advice] = _table(
    (Advice(again_s=2 * MINUTES), ("800060", "800064", "800014", "800082", STALE)),
    (Advice(again_s=DAY), ("900278",)),
    (Advice(again_s=HOUR), ("900277", "900279", "900280")),
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
        ("900117", "900213", "800063", "800061"),
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


def code_of(body: Any) -> str:
    """Return the code of an error, whether it comes as a number or as text."""
    return str(body.get("code", "")) if isinstance(body, dict) else ""


def receipt_of(answer: Answered, *, doing: str, reference: str = "") -> Receipt:
    """Return how an order stands that was answered with a no."""
    return receipt_of_code(
        code_of(answer.body), f"{answer.status} {answer.said}".strip(), doing, reference=reference
    )


def receipt_of_code(code: str, said: str, doing: str, *, reference: str = "") -> Receipt:
    """Return how an order stands by the code of its error."""
    advice = ADVICE.get(code, Advice(act="see what Partner Center says, and plan again"))
    return Receipt(
        status=ReceiptStatus.OPEN if advice.again_s else ReceiptStatus.REFUSED,
        summary=f"{doing}: {said}",
        task=advice.act,
        reference=reference,
        again_s=advice.again_s,
    )
