"""Buy a new subscription under a name that is always the same, so that it is bought once."""

import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from runner.model.ids import TenantId
from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.model.sales import SaleStatus
from runner.providers.azure_billing.calls import RUNNING, Calls, Row, operation_of
from runner.providers.azure_billing.errors import came_to_nothing, receipt_of, refusal
from runner.providers.azure_billing.sales import (
    has_ended,
    is_of_another,
    status_of,
    suspended_for,
)
from runner.providers.graph.reading import backoff_s
from runner.providers.manual import human_task
from runner.providers.moments import moment
from runner.providers.web import Answered, refused

TRIES = 3
SOON_S = 300
LATER_S = 900
MOST_ALIASES = 100

SETTLED = timedelta(days=7)
"""A purchase this much older than an order is another one, whether anything else tells or not.

Source: commerce.md S09 (a credit check takes up to two business days), read 2026-11-23.
"""

_ALIASES = uuid.UUID("0b6f7f0e-40f2-5d0c-9c5b-7b9a7c1d2e35")
_DOING = "buying through Azure billing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the walk over the aliases of a product ends: on ours, or on one that is free.

    `bought` is what is there, None where nothing is; `is_first` says that no other purchase of
    the product was met on the way.
    """

    alias: str
    bought: Mapping[str, Any] | None
    is_first: bool


class Buyer:
    """Carries one purchase on from wherever its last receipt left it.

    References: `alias:NAME` before it is sent, `operation:ADDRESS` once it is accepted,
    `failed:ADDRESS` or `failed:NAME` once that was refused, has come to nothing, or has ended.
    Source: commerce.md 3.6 (the caller chooses the alias), read 2026-11-23.
    """

    def __init__(self, calls: Calls, order: Order, *, tenant: TenantId, properties: Row) -> None:
        self._calls = calls
        self._order = order
        self._tenant = tenant
        self._properties = properties

    async def go_on(self) -> AsyncIterator[Receipt]:
        """Look what is there, buy where nothing is, and yield a receipt before each act."""
        kind, _, address = self._order.reference.partition(":")
        is_over = False
        if kind == "operation":
            answer = await self._calls.operation(address)
            if answer.status == RUNNING or _has_failed(answer):
                yield self._operation(answer, address)
                return
            is_over = answer.is_ok
        place = await self._place()
        if place.bought is not None:
            yield self._bought(place.bought, place.alias)
        elif is_over and place.is_first:
            yield self._doubtful(f"alias:{place.alias}", "it was accepted and is not there")
        else:
            async for receipt in self._buy(place.alias):
                yield receipt

    async def _place(self) -> Place:
        """Walk over the aliases of the product to the purchase of this order, or to a free one."""
        for ordinal in range(MOST_ALIASES):
            alias = alias_of(self._tenant, self._order, ordinal)
            bought = await self._look(alias)
            if bought is None or self._is_ours(bought, alias):
                return Place(alias=alias, bought=bought, is_first=not ordinal)
        raise refused(Answered(status=0, said=f"{MOST_ALIASES} purchases of one product"), _DOING)

    async def _look(self, alias: str) -> Mapping[str, Any] | None:
        """Return what is bought under an alias, with its subscription as it is now."""
        answer = await self._calls.get(f"billingSubscriptionAliases/{alias}")
        if answer.status == 404:
            return None
        found = _properties(answer)
        if found is None:
            raise refused(answer, f"reading the purchase {alias}")
        name = _subscription(found)
        if not name:
            return found
        now = _properties(await self._calls.get(f"billingSubscriptions/{name}"))
        return {**found, **(now or {})}

    def _is_ours(self, bought: Mapping[str, Any], alias: str) -> bool:
        """Say whether this order has to do with a purchase before it may make another.

        What the seats of the order already count is another purchase. One that nothing counted may
        be this order's, of a process that died or lost its journal: it is followed, also while it
        is suspended. One that has ended is told once, to the order that made it.
        """
        if has_ended(bought, self._order.now):
            return self._order.reference == f"alias:{alias}"
        if _subscription(bought) in self._order.known_sales:
            return False
        at = moment(bought.get("purchaseDate"))
        is_old = at is not None and at < self._order.opened_at - SETTLED
        is_delivered = status_of(bought) is SaleStatus.LIVE
        return not (is_old and is_delivered) or is_of_another(bought, self._tenant)

    async def _buy(self, alias: str) -> AsyncIterator[Receipt]:
        yield Receipt(
            status=ReceiptStatus.OPEN,
            summary=f"{self._what()} are about to be bought",
            reference=f"alias:{alias}",
            again_s=SOON_S,
        )
        answer = await self._sent(alias)
        if not answer.is_ok and not answer.is_passing:
            yield receipt_of(answer, doing=_DOING, reference=f"failed:{alias}")
            return
        if address := operation_of(answer):
            yield self._operation(answer, address)
            answer = await self._calls.settled(answer)
            if answer.status == RUNNING or _has_failed(answer):
                yield self._operation(answer, address)
                return
        bought = await self._look(alias)
        if bought is None:
            yield self._doubtful(f"alias:{alias}", answer.said or "it is not there")
        else:
            yield self._bought(bought, alias)

    async def _sent(self, alias: str) -> Answered:
        """Send the purchase, and look before it is sent again where no answer came."""
        answer = Answered(status=0)
        for attempt in range(1, TRIES + 1):
            path = f"billingSubscriptionAliases/{alias}"
            answer = await self._calls.write("PUT", path, properties=self._properties)
            if not answer.is_passing:
                return answer
            await self._calls.clock.sleep(backoff_s(attempt))
            if await self._look(alias) is not None:
                return answer
        return answer

    def _operation(self, answer: Answered, address: str) -> Receipt:
        """Return how the purchase stands by the operation that carries it out."""
        if _has_failed(answer):
            return came_to_nothing(answer, doing=_DOING, reference=f"failed:{address}")
        return Receipt(
            status=ReceiptStatus.ACCEPTED,
            summary=f"the purchase of {self._what()} is under way",
            reference=f"operation:{address}",
            again_s=max(1, round(self._calls.pause_s(answer))),
        )

    def _bought(self, bought: Mapping[str, Any], alias: str) -> Receipt:
        """Return how a purchase stands that is there under its alias.

        Source: commerce.md 3.6 (`provisioningState`) and edge case 25, read 2026-11-23.
        """
        reference, seats = f"alias:{alias}", bought.get("quantity") or self._order.sale_seats
        what = f"{seats} seats of {self._order.product}"
        if refused := self._stopped(bought, alias, what=what):
            return refused
        is_pending = status_of(bought) is SaleStatus.PENDING
        return Receipt(
            status=ReceiptStatus.ACCEPTED,
            summary=f"{what} are {'ordered and not delivered yet' if is_pending else 'bought'}",
            reference=reference,
            again_s=LATER_S if is_pending else SOON_S,
        )

    def _stopped(self, bought: Mapping[str, Any], alias: str, *, what: str) -> Receipt | None:
        """Return why a purchase that was made will not be to be had, None where it will.

        Source: commerce.md U05 (nothing crosses tenants) and 4.1, read 2026-11-23.
        """
        if has_ended(bought, self._order.now):
            return refusal(
                f"the purchase of {what} came to nothing or has ended",
                "see in the admin center why, and run it again to buy anew",
                reference=f"failed:{alias}",
            )
        if is_of_another(bought, self._tenant):
            return refusal(
                f"{what} were bought for another tenant than {self._tenant}",
                "cancel them in the admin center while they are refunded, and run it again",
                reference=f"alias:{alias}",
            )
        if status_of(bought) in (SaleStatus.PENDING, SaleStatus.LIVE):
            return None
        why = ", ".join(suspended_for(bought)) or "Azure gives no reason"
        return refusal(
            f"{what} were bought and are suspended: {why}",
            "settle and reactivate them in the admin center, or cancel them to buy anew",
            reference=f"alias:{alias}",
        )

    def _doubtful(self, reference: str, why: str) -> Receipt:
        """Return that nobody knows whether it was bought; a person looks before buying."""
        return Receipt(
            status=ReceiptStatus.DOUBTFUL,
            summary=f"nobody knows whether {self._what()} were bought: {why}",
            task=human_task(self._order).task,
            reference=reference,
            again_s=LATER_S,
        )

    def _what(self) -> str:
        return f"{self._order.sale_seats} seats of {self._order.product}"


def alias_of(tenant: TenantId, order: Order, ordinal: int) -> str:
    """Return the name of the first, second, ... purchase of a product by a tenant."""
    return str(uuid.uuid5(_ALIASES, f"{tenant}/{order.sku}/{ordinal}"))


def properties_of(
    order: Order, *, tenant: TenantId, product: str, payer: Mapping[str, str]
) -> Row | Receipt:
    """Return what is to be bought, for whom, and on the terms of the playbook.

    Source: commerce.md 3.6 (body of the alias, UNVERIFIED) and U05; Azure/azure-rest-api-specs,
    Microsoft.Billing 2024-04-01 (`provisioningTenantId` can be written), read 2026-11-23.
    """
    purchase = order.purchase
    kind, _, sku = product.partition(":")
    if purchase is None:
        return refusal(
            f"no term is given for {order.product}", "write `purchase` in the playbook, and plan"
        )
    term = {"monthly": "P1M", "annual": "P1Y", "triennial": "P3Y"}[purchase.term]
    return {
        "displayName": order.product,
        "productTypeId": kind,
        "skuId": sku,
        "quantity": order.sale_seats,
        "termDuration": term,
        "billingFrequency": {"monthly": "P1M", "annual": "P1Y"}.get(purchase.billing, term),
        "provisioningTenantId": tenant,
        **payer,
    }


def _has_failed(answer: Answered) -> bool:
    """Say whether an operation came to nothing; one that is not known may have done its work."""
    return not answer.is_ok and not answer.is_passing and answer.status != 404


def _properties(answer: Answered) -> dict[str, Any] | None:
    if not answer.is_ok or not isinstance(answer.body, dict):
        return None
    return dict(answer.body.get("properties") or {})


def _subscription(bought: Mapping[str, Any]) -> str:
    """Return the name of the subscription under an alias, which may come as a whole path."""
    return str(bought.get("billingSubscriptionId") or "").rpartition("/")[2].lower()
