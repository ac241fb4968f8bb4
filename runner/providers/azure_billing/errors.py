"""What Azure billing's refusals mean for an order: wait, or have somebody mend it."""

from collections.abc import Mapping
from types import MappingProxyType

from runner.model.orders import Receipt, ReceiptStatus
from runner.providers.web import Answered

MINUTES = 60

WAITS_S: Mapping[int, int] = MappingProxyType(
    {409: 5 * MINUTES, 412: 2 * MINUTES, 423: 5 * MINUTES}
)
"""Refusals that pass by themselves: something else is under way.

Source: commerce.md 3.6 (`LockedForUpdate`) and edge case 36, read 2026-11-23.
"""

ACTS: Mapping[int, str] = MappingProxyType(
    {
        400: "see what Azure says, change the playbook or do it in the admin center, then plan",
        402: "have the payment method of the billing profile mended, and run it again",
        403: "give the sign-in the role owner or contributor of the billing account or profile",
        404: "plan again: the billing account shows it no more",
        405: "do it in the admin center: this Azure billing has no such call",
    }
)
"""What a person does, by status: the codes of these refusals are in no document.

Source: commerce.md 3.6 (billing roles), read 2026-11-23.
"""

OTHERWISE = "see what Azure says, and plan again"


def receipt_of(answer: Answered, *, doing: str, reference: str = "") -> Receipt:
    """Return how an order stands whose write was answered with a no."""
    again_s = WAITS_S.get(answer.status, 0)
    return Receipt(
        status=ReceiptStatus.OPEN if again_s else ReceiptStatus.REFUSED,
        summary=_said(answer, doing),
        task="" if again_s else ACTS.get(answer.status, OTHERWISE),
        reference=reference,
        again_s=again_s,
    )


def came_to_nothing(answer: Answered, *, doing: str, reference: str = "") -> Receipt:
    """Return how an order stands whose write was accepted, and then ended with an error."""
    return Receipt(
        status=ReceiptStatus.REFUSED,
        summary=f"{_said(answer, doing)}, after it had been accepted",
        task=ACTS.get(answer.status, OTHERWISE),
        reference=reference,
    )


def refusal(summary: str, task: str, *, reference: str = "") -> Receipt:
    """Return that an order is not sent at all, or not again."""
    return Receipt(status=ReceiptStatus.REFUSED, summary=summary, task=task, reference=reference)


def _said(answer: Answered, doing: str) -> str:
    return f"{doing}: {answer.status or 'no answer'} {answer.said}".strip()
