"""Buy a new subscription: cart, checkout, order; each recorded before the next, none done twice."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.providers.graph.reading import backoff_s
from runner.providers.partner_center.calls import Calls
from runner.providers.partner_center.errors import (
    SUBMITTED,
    code_of,
    receipt_of,
    receipt_of_code,
)
from runner.providers.partner_center.sales import TERMS, moment, product_of
from runner.providers.web import Answered, refused

LAG = timedelta(minutes=15)
LAG_S = 900
"""How long an order may be missing from every list. Source: commerce.md 3.4, read 2026-11-23."""

TRIES = 3
DOUBTED_FOR = timedelta(hours=1)
"""After this a person is asked what became of an order that nobody can find."""

OPEN_CART = "active"
DONE = "completed"
FAILED = ("error", "partial success")
BILLINGS = {"monthly": "monthly", "annual": "annual", "once": "onetime"}


class Buyer:
    """Carries one purchase on from wherever its last receipt left it.

    References: `cart:ID` before the checkout, `order:ID` after it.
    """

    def __init__(self, calls: Calls, order: Order, *, product: str, country: str) -> None:
        self._calls = calls
        self._order = order
        self._product = product
        self._country = country

    async def go_on(self) -> AsyncIterator[Receipt]:
        """Do the next acts, and yield a receipt before each."""
        kind, _, name = self._order.reference.partition(":")
        if kind == "order":
            yield await self._followed(name)
            return
        if found := await self._earlier_order():
            yield self._accepted(found)
            return
        if kind != "cart":
            receipt = await self._cart()
            yield receipt
            kind, _, name = receipt.reference.partition(":")
            if kind != "cart":
                return
        yield await self._checked_out(name)

    async def _earlier_order(self) -> Mapping[str, Any] | None:
        """Return an order that an earlier try placed and whose answer was lost.

        Source: commerce.md edge cases 25 and 26 (look for the order before any new cart), read
        2026-11-23.
        """
        since = self._order.opened_at - LAG
        async for row in self._calls.items("orders", "reading orders"):
            at = moment(row.get("creationDate"))
            if at is not None and at >= since and self._is_ours(row):
                return row
        return None

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        if str(row.get("status") or "").lower() in FAILED:
            return False
        return any(
            product_of(str(line.get("offerId") or "")) == self._product
            and int(line.get("quantity") or 0) == self._order.sale_seats
            for line in row.get("lineItems") or ()
        )

    async def _cart(self) -> Receipt:
        """Put the product into a cart, which buys nothing yet."""
        availability = await self._availability()
        if isinstance(availability, Receipt):
            return availability
        purchase = self._order.purchase
        line: dict[str, Any] = {
            "id": 0,
            "catalogItemId": availability,
            "quantity": self._order.sale_seats,
        }
        if purchase is not None:
            line["termDuration"] = _duration(purchase.term)
            line["billingCycle"] = BILLINGS.get(purchase.billing, purchase.billing)
        body = {"PartnerOnRecordAttestationAccepted": True, "lineItems": [line]}
        answer = await self._sent("carts", body=body, request=f"{self._order.key}/cart")
        if not answer.is_ok:
            return receipt_of(answer, doing="putting it into a cart")
        for each in answer.body.get("lineItems") or ():
            if error := each.get("error"):
                return receipt_of_code(code_of(error), _said(error), "putting it into a cart")
        return Receipt(
            status=ReceiptStatus.OPEN,
            summary=f"{self._order.sale_seats} seats of {self._order.product} are in the cart",
            reference=f"cart:{answer.body['id']}",
            again_s=LAG_S,
        )

    async def _availability(self) -> str | Receipt:
        """Return what the catalog calls the product right now.

        Source: commerce.md 2.4 and 3.4 (fetched shortly before use), read 2026-11-23.
        """
        product, _, sku = self._product.partition(":")
        path = f"products/{product}/skus/{sku}/availabilities?country={self._country}"
        answer = await self._calls.catalog(path)
        if not answer.is_ok:
            return receipt_of(answer, doing=f"reading the catalog for {self._product}")
        wanted = _duration(self._order.purchase.term) if self._order.purchase else ""
        items = [each for each in answer.body.get("items") or () if each.get("catalogItemId")]
        fitting = [each for each in items if not wanted or _has_term(each, wanted)]
        if not fitting:
            why = f"the catalog offers no {self._product} in {self._country}"
            return Receipt(
                status=ReceiptStatus.REFUSED,
                summary=f"{why} for {wanted}" if items else why,
                task="choose another term, or name another product in the inventory",
            )
        return str(fitting[0]["catalogItemId"])

    async def _checked_out(self, cart: str) -> Receipt:
        """Check a cart out, which is the purchase; the same cart can be bought once only."""
        found = await self._calls.get(f"carts/{cart}")
        if found.status == 404:
            return self._doubtful(f"cart:{cart}", "the cart is gone")
        if not found.is_ok:
            raise refused(found, "reading the cart")
        if str(found.body.get("status") or OPEN_CART).lower() != OPEN_CART:
            return self._doubtful(f"cart:{cart}", f"the cart is {found.body['status']}")
        request = f"{self._order.key}/checkout/{cart}"
        answer = await self._sent(f"carts/{cart}/checkout", body=None, request=request)
        if answer.is_ok:
            return self._ordered(answer.body, cart)
        if code_of(answer.body) == SUBMITTED or answer.is_passing:
            earlier = await self._earlier_order()
            said = answer.said or str(answer.status or "no answer")
            return self._accepted(earlier) if earlier else self._doubtful(f"cart:{cart}", said)
        return receipt_of(answer, doing="checking the cart out", reference=f"cart:{cart}")

    def _ordered(self, body: Any, cart: str) -> Receipt:
        orders = (body or {}).get("orders") or ()
        for error in (body or {}).get("orderErrors") or ():
            said = receipt_of_code(code_of(error), _said(error), "checking the cart out")
            return Receipt(
                status=said.status if not orders else ReceiptStatus.DOUBTFUL,
                summary=said.summary,
                task=said.task,
                reference=f"cart:{cart}",
                again_s=said.again_s,
            )
        if not orders:
            return self._doubtful(f"cart:{cart}", "the checkout names no order")
        return self._accepted(orders[0])

    async def _followed(self, name: str) -> Receipt:
        answer = await self._calls.get(f"orders/{name}")
        if answer.status == 404:
            return self._doubtful(f"order:{name}", "the order is not listed")
        if not answer.is_ok:
            raise refused(answer, "reading the order")
        return self._accepted(answer.body)

    def _accepted(self, row: Mapping[str, Any]) -> Receipt:
        """Return how an order stands by its own status.

        Source: commerce.md 3.4 (`pending review` and `po …` are with a person), read 2026-11-23.
        """
        status = str(row.get("status") or "").lower()
        reference = f"order:{row['id']}"
        what = f"order {row['id']} of {self._order.sale_seats} seats"
        if status in FAILED:
            return Receipt(
                status=ReceiptStatus.REFUSED,
                summary=f"{what} ended as {status}",
                task="see in Partner Center why, and plan again",
                reference=reference,
            )
        if status.startswith("po ") or "review" in status:
            return Receipt(
                status=ReceiptStatus.OPEN,
                summary=f"{what} is {status}",
                task=f"a person of the partner has to go on with order {row['id']}",
                reference=reference,
                again_s=4 * 3600,
            )
        is_done = status == DONE
        return Receipt(
            status=ReceiptStatus.ACCEPTED,
            summary=f"{what} is {status or 'placed'}" + (", to be seen before long" * is_done),
            reference=reference,
            again_s=LAG_S,
        )

    def _doubtful(self, reference: str, why: str) -> Receipt:
        """Return that nobody knows whether it was bought; nothing is sent again on doubt."""
        is_long = self._order.now - self._order.opened_at > DOUBTED_FOR
        task = (
            f"look in Partner Center whether {self._order.sale_seats} seats of "
            f"{self._order.product} were bought; if not, buy them there"
        )
        return Receipt(
            status=ReceiptStatus.DOUBTFUL,
            summary=f"nobody knows whether the order was taken: {why}",
            task=task if is_long else "",
            reference=reference,
            again_s=LAG_S,
        )

    async def _sent(self, path: str, *, body: Any, request: str) -> Answered:
        """Send a write again while no answer comes: the same key makes it one order."""
        answer = Answered(status=0)
        for attempt in range(1, TRIES + 1):
            answer = await self._calls.write("POST", path, body=body, request=request)
            if not answer.is_passing:
                return answer
            await self._calls.clock.sleep(backoff_s(attempt))
        return answer


def _duration(term: str) -> str:
    return next((key for key, word in TERMS.items() if word == term), term)


def _has_term(item: Mapping[str, Any], duration: str) -> bool:
    """Say whether an availability may be bought for so long; one that names no terms may."""
    terms = item.get("terms") or ()
    return not terms or any(str(each.get("duration") or "") == duration for each in terms)


def _said(error: Mapping[str, Any]) -> str:
    words = (error.get("code"), error.get("description") or error.get("message"))
    return ": ".join(str(word) for word in words if word)
