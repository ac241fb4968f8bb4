"""Ask how far Partner Center has set up what was bought, which it tells users of the partner."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from runner.model.findings import NotAllowed, Unreachable
from runner.providers.moments import moment
from runner.providers.partner_center.calls import Calls

NEW = timedelta(days=3)
"""How long after it was made a subscription may still be being set up.

Source: commerce.md S09 (up to two business days), read 2026-11-23.
"""

FULFILLED = "fulfilled"
READY = "success"


async def read_fulfilment(calls: Calls, order: str) -> str:
    """Return how far an order is that is not fulfilled, empty where it is or that is not told.

    Source: commerce.md 3.4 (`orders/{id}/provisioningstatus`, app and user only), read 2026-11-23.
    """
    body = await _told(calls, f"orders/{order}/provisioningstatus")
    lines = [str(each.get("status") or "").lower() for each in body.get("items") or ()]
    left = [status for status in lines if status != FULFILLED]
    return f"{len(lines) - len(left)} of {len(lines)} lines fulfilled" if left else ""


async def read_setup(calls: Calls, row: Mapping[str, Any], *, now: datetime) -> str:
    """Return how far a new subscription is set up, empty where it is or that is not told.

    Source: commerce.md 3.4 (`subscriptions/{id}/provisioningstatus`: `success`, `pending`,
    `failed`, app and user only), read 2026-11-23.
    """
    made_at = moment(row.get("creationDate"))
    is_new = made_at is not None and now - made_at < NEW
    if not is_new or str(row.get("status") or "").lower() not in ("active", "pending"):
        return ""
    body = await _told(calls, f"subscriptions/{row['id']}/provisioningstatus")
    status = str(body.get("status") or "").lower()
    return "" if status == READY else status


async def _told(calls: Calls, path: str) -> Mapping[str, Any]:
    """Return what is told, nothing where it is not: the order and Graph say what counts.

    A sign-in without a user is refused (900329), as is one without a role in the directory.
    """
    try:
        answer = await calls.get(path)
    except (NotAllowed, Unreachable):
        return {}
    return answer.body if answer.is_ok and isinstance(answer.body, dict) else {}
