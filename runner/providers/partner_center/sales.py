"""Put subscriptions as Partner Center shows them into the words of the port."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from runner.model.ids import SkuId
from runner.model.sales import Sale, SaleStatus, Upgrade
from runner.model.spec import Channel
from runner.providers.moments import moment

CONVERSION = "conversion"
NEW_COMMERCE = "OnlineServicesNCE"
TERMS = {"P1M": "monthly", "P1Y": "annual", "P3Y": "triennial"}
BILLINGS = {"monthly": "monthly", "annual": "annual", "onetime": "once", "one_time": "once"}
RENEWING = timedelta(days=2)
"""How long after the day its term ends a renewal may take: it begins a day later, for up to 24 h.

Source: commerce.md 3.4 (At renewal), read 2026-11-23.
"""

STATUSES = {
    "pending": SaleStatus.PENDING,
    "none": SaleStatus.PENDING,
    "active": SaleStatus.LIVE,
    "expired": SaleStatus.LAPSED,
    "suspended": SaleStatus.SUSPENDED,
    "disabled": SaleStatus.SUSPENDED,
    "deleted": SaleStatus.OVER,
}
"""Source: commerce.md 4.1 (states side by side), read 2026-11-23."""


def sale_of(row: Mapping[str, Any], skus: Mapping[str, SkuId], *, now: datetime) -> Sale:
    """Return what a subscription is; `skus` maps `PRODUCT:SKU` to the SKUs it stands for."""
    offer = str(row.get("offerId") or "")
    legacy, renews = is_legacy(row), bool(row.get("autoRenewEnabled"))
    return Sale(
        channel=Channel.PARTNER_CENTER,
        id=str(row["id"]).lower(),
        product=offer,
        sku=skus.get(product_of(offer)),
        status=status_of(row),
        seats=int(row.get("quantity") or 0),
        is_trial=bool(row.get("isTrial")),
        is_legacy=legacy,
        term=TERMS.get(str(row.get("termDuration") or "").upper(), ""),
        billing=BILLINGS.get(str(row.get("billingCycle") or "").lower(), ""),
        renews=renews,
        ends_at_term=not renews and (legacy or is_cancelled_at_term(row)),
        term_ends_at=term_end(row),
        refundable_until=moment(row.get("cancellationAllowedUntilDate")),
        refundable_seats=refundable_seats(row),
        has_scheduled_change=is_scheduled(row),
        next_seats=next_seats(row),
        locked=_lock(row, now),
        version=etag_of(row),
        parent=str(row.get("parentSubscriptionId") or "").lower(),
    )


def status_of(row: Mapping[str, Any]) -> SaleStatus:
    """Return where a subscription stands; what is not known counts as not delivered yet."""
    return STATUSES.get(str(row.get("status") or "").lower(), SaleStatus.PENDING)


def etag_of(row: Mapping[str, Any]) -> str:
    """Return what a change of a subscription as it was read must name."""
    return str((row.get("attributes") or {}).get("etag") or "")


def term_end(row: Mapping[str, Any]) -> datetime | None:
    """Return when the term of a subscription ends."""
    return moment(row.get("commitmentEndDateTime") or row.get("commitmentEndDate"))


def duration(term: str) -> str:
    """Return a term of the playbook as Partner Center writes it."""
    return next((key for key, word in TERMS.items() if word == term), term)


def billing_cycle(billing: str) -> str:
    """Return a billing of the playbook as Partner Center writes it."""
    return next((key for key, word in BILLINGS.items() if word == billing), billing)


def _lock(row: Mapping[str, Any], now: datetime) -> str:
    """Return why a subscription cannot be changed now, empty where it can.

    Source: commerce.md R03 and R07 (only an active one is changed) and 3.4 (At renewal), read
    2026-11-23.
    """
    name, status = str(row["id"]).lower(), str(row.get("status") or "none")
    if status.lower() not in STATUSES:
        return f"subscription {name} has a status that is not known, {status!r}: nothing is changed"
    if status_of(row) is SaleStatus.PENDING:
        return f"subscription {name} is not delivered yet"
    ends = term_end(row)
    if not row.get("autoRenewEnabled") or ends is None or not ends <= now < ends + RENEWING:
        return ""
    return f"subscription {name} is being renewed"


def product_of(offer: str) -> str:
    """Return `PRODUCT:SKU` of an offer, whose third part is an availability that changes."""
    return ":".join(offer.upper().split(":")[:2])


def is_legacy(row: Mapping[str, Any]) -> bool:
    """Return whether a subscription was bought before new commerce.

    Source: commerce.md 3.1 (`productType.id`, INFERRED from samples) and 3.4 (an offer of new
    commerce has colons), read 2026-11-23.
    """
    kind = row.get("productType")
    named = kind.get("id") if isinstance(kind, dict) else None
    return named != NEW_COMMERCE and ":" not in str(row.get("offerId") or "")


def refundable_seats(row: Mapping[str, Any]) -> tuple[tuple[int, datetime], ...]:
    """Return the seats that can be given up with a refund, each lot with the end of its window.

    Source: commerce.md 3.4 (`refundableQuantity.details`), read 2026-11-23.
    """
    details = (row.get("refundableQuantity") or {}).get("details") or ()
    lots = ((each.get("quantity"), moment(each.get("allowedUntilDateTime"))) for each in details)
    return tuple((seats, until) for seats, until in lots if isinstance(seats, int) and until)


def is_cancelled_at_term(row: Mapping[str, Any]) -> bool:
    """Return whether it is set to end with its term, so that no Extended Service Term follows.

    Source: commerce.md 3.4 (`scheduledActions`, SECONDARY), read 2026-11-23.
    """
    return any(_action(each) == "cancel" for each in row.get("scheduledActions") or ())


def is_scheduled(row: Mapping[str, Any]) -> bool:
    """Return whether anything but its end is to happen at the renewal."""
    actions = {_action(each) for each in row.get("scheduledActions") or ()}
    return bool(row.get("scheduledNextTermInstructions")) or bool(actions - {"cancel"})


def next_seats(row: Mapping[str, Any]) -> int | None:
    """Return the seats from the renewal on, None where none or more than those are to change.

    Source: commerce.md 3.4 (At renewal), read 2026-11-23.
    """
    instructions = row.get("scheduledNextTermInstructions") or {}
    terms = instructions.get("product") or {}
    offer = f"{terms.get('productId')}:{terms.get('skuId')}".upper()
    is_same = offer == product_of(str(row.get("offerId") or "")) and all(
        str(terms.get(key)).lower() == str(row.get(key)).lower()
        for key in ("termDuration", "billingCycle")
    )
    seats = instructions.get("quantity")
    has_actions = any(_action(each) != "cancel" for each in row.get("scheduledActions") or ())
    return seats if is_same and isinstance(seats, int) and not has_actions else None


def _action(scheduled: Mapping[str, Any]) -> str:
    return str(scheduled.get("actionType") or "").lower()


def upgrades_of(items: list[Any], skus: Mapping[str, SkuId]) -> tuple[Upgrade, ...]:
    """Return the products that eligibilities name, if this whole subscription may become them.

    Source: commerce.md 3.4 (`transitionEligibilities`), read 2026-11-23.
    """
    found = []
    for item in items:
        product = str(item.get("catalogItemId") or "")
        kinds = {
            each.get("transitionType")
            for each in item.get("eligibilities") or ()
            if each.get("isEligible")
        }
        sku = skus.get(product_of(product))
        if sku is not None and kinds:
            moves_users = "transition_with_license_transfer" in kinds
            found.append(Upgrade(sku=sku, product=product, moves_users=moves_users))
    return tuple(found)


def under_way(items: list[Any], skus: Mapping[str, SkuId]) -> tuple[Upgrade, ...]:
    """Return the products that a subscription with these transitions is being turned into.

    Source: commerce.md 3.4 (`transitions` and their events), read 2026-11-23.
    """
    found = []
    for item in items:
        product = str(item.get("toCatalogItemId") or "")
        events = last_events([item])
        sku = skus.get(product_of(product))
        turned = str(events.get(CONVERSION, {}).get("status") or "").lower()
        if sku is not None and turned == "started":
            found.append(Upgrade(sku=sku, product=product, moves_users=True))
    return tuple(found)


def last_events(items: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the last event of each kind by its name in lower case."""
    rows = (row for each in items for row in each.get("events") or each.get("Events") or ())
    return {str(row.get("name") or "").lower(): row for row in rows}
