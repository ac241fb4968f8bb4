"""Buy a new subscription: cart, checkout, order; each recorded before the next, none done twice."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.providers.graph.reading import backoff_s
from runner.providers.partner_center.availability import read_item
from runner.providers.partner_center.calls import Calls
from runner.providers.partner_center.errors import (
    BUSY,
    NO_AVAILABILITY,
    SUBMITTED,
    code_of,
    receipt_of,
    receipt_of_line,
)
from runner.providers.partner_center.following import LAG_S, find_purchase, follow, standing
from runner.providers.partner_center.references import Reference, answered, read_reference
from runner.providers.partner_center.sales import billing_cycle, duration, product_of
from runner.providers.web import Answered, refused

TRIES = 3
DOUBTED_FOR = timedelta(hours=1)
"""After this a person is asked what became of an order that nobody can find."""

PURCHASES = ("cart", "order")
"""Kinds of references with which a purchase is under way."""

OPEN_CART = "active"
_FILLING = "putting it into a cart"
_PAYING = "checking the cart out"


class Buyer:
    """Carries one purchase on from wherever its last receipt left it.

    References: `cart:ID` before the checkout, `order:ID` after it, `again:TIME` after a no.
    """

    def __init__(self, calls: Calls, order: Order, *, product: str, country: str) -> None:
        self._calls = calls
        self._order = order
        self._product = product
        self._country = country
        self._now = read_reference(order.reference)

    async def go_on(self) -> AsyncIterator[Receipt]:
        """Do the next acts, and yield a receipt before each."""
        if self._now.kind == "order":
            yield await follow(self._calls, self._order, self._now.name)
            return
        if found := await self._found():
            yield found
            return
        if self._now.kind != "cart":
            receipt = await self._cart()
            yield receipt
            self._now = read_reference(receipt.reference)
            if self._now.kind != "cart":
                return
        yield await self._checked_out()

    async def _found(self) -> Receipt | None:
        return await find_purchase(self._calls, self._order, product=self._product)

    async def _cart(self) -> Receipt:
        """Put the product into a cart, which buys nothing; an item just withdrawn is read anew.

        Source: commerce.md 3.4 (400019: fetched again once), read 2026-11-23.
        """
        receipt, code = await self._filled()
        if code == NO_AVAILABILITY:
            self._now = read_reference(receipt.reference)
            receipt, _ = await self._filled()
        return receipt

    async def _filled(self) -> tuple[Receipt, str]:
        """Return the receipt of one try to fill a cart, and the code of its error, if any."""
        term = self._line().get("termDuration", "")
        item = await read_item(self._calls, self._product, country=self._country, term=term)
        if isinstance(item, Receipt):
            return item, ""
        line = self._line() | {"id": 0, "catalogItemId": item}
        body = {"PartnerOnRecordAttestationAccepted": True, "lineItems": [line]}
        answer = await self._put(body)
        if answer.is_passing:
            return receipt_of(answer, doing=_FILLING, reference=str(self._now)), ""
        no = str(answered(self._order.now, after=self._now))
        row = answer.body if isinstance(answer.body, dict) else {}
        if not answer.is_ok or "id" not in row:
            return receipt_of(answer, doing=_FILLING, reference=no), code_of(row)
        for error in _errors(row):
            return receipt_of_line(error, doing=_FILLING, reference=no), code_of(error)
        cart = replace(self._now, kind="cart", name=str(row["id"]))
        return self._open(f"{self._what()} are in the cart", cart), ""

    async def _put(self, body: Mapping[str, Any]) -> Answered:
        """Send a cart, again under the same key while no answer comes: carts cost nothing."""
        terms = "/".join(str(each) for each in self._line().values())
        request = f"{self._order.key}/cart/{terms}/{self._now.answered}"
        answer = Answered(status=0)
        for attempt in range(1, TRIES + 1):
            answer = await self._calls.write("POST", "carts", body=body, request=request)
            if not answer.is_passing:
                return answer
            await self._calls.clock.sleep(backoff_s(attempt))
        return answer

    def _line(self) -> dict[str, Any]:
        line: dict[str, Any] = {"quantity": self._order.sale_seats}
        if (purchase := self._order.purchase) is not None:
            line["termDuration"] = duration(purchase.term)
            line["billingCycle"] = billing_cycle(purchase.billing)
        return line

    async def _checked_out(self) -> Receipt:
        """Check the cart out, which is the purchase, and look before it is sent again.

        One cart is bought once, and one key is one try: it is the same until it is answered.
        """
        request = f"{self._order.key}/checkout/{self._now.name}/{self._now.answered}"
        why = ""
        for attempt in range(1, TRIES + 1):
            if doubt := await self._doubt():
                return await self._found() or self._doubtful(doubt)
            path = f"carts/{self._now.name}/checkout"
            answer = await self._calls.write("POST", path, request=request)
            if answer.is_ok:
                return self._ordered(answer.body)
            if not answer.is_passing and code_of(answer.body) != SUBMITTED:
                return self._no(answer)
            why = answer.said or str(answer.status or "no answer")
            await self._calls.clock.sleep(backoff_s(attempt))
            if found := await self._found():
                return found
        return self._doubtful(why)

    async def _doubt(self) -> str:
        """Return why the cart is not to be checked out, empty where it is as it was filled."""
        answer = await self._calls.get(f"carts/{self._now.name}")
        if answer.status == 404:
            return "the cart is gone"
        if not answer.is_ok or not isinstance(answer.body, dict):
            raise refused(answer, "reading the cart")
        status = str(answer.body.get("status") or "")
        if status.lower() != OPEN_CART:
            return f"the cart is {status or 'without a status'}"
        lines = answer.body.get("lineItems") or []
        is_ours = len(lines) == 1 and self._is_ours(lines[0])
        return "" if is_ours else "the cart holds something else than is wanted now"

    def _is_ours(self, line: Mapping[str, Any]) -> bool:
        has_terms = all(
            str(line.get(key)).lower() == str(value).lower() for key, value in self._line().items()
        )
        return has_terms and product_of(str(line.get("catalogItemId") or "")) == self._product

    def _no(self, answer: Answered) -> Receipt:
        """Return what a refusal means; only where something is under way is the cart kept."""
        no = answered(self._order.now, after=self._now)
        is_kept = code_of(answer.body) in BUSY
        kept = replace(self._now, answered=no.answered) if is_kept else no
        return receipt_of(answer, doing=_PAYING, reference=str(kept))

    def _ordered(self, body: Any) -> Receipt:
        found = body if isinstance(body, dict) else {}
        for row in found.get("orders") or ():
            return standing(row, self._order)
        no = str(answered(self._order.now, after=self._now))
        for error in found.get("orderErrors") or ():
            return receipt_of_line(error, doing=_PAYING, reference=no)
        return self._doubtful("the checkout names no order")

    def _what(self) -> str:
        return f"{self._order.sale_seats} seats of {self._order.product}"

    def _open(self, summary: str, reference: Reference) -> Receipt:
        return Receipt(
            status=ReceiptStatus.OPEN, summary=summary, reference=str(reference), again_s=LAG_S
        )

    def _doubtful(self, why: str) -> Receipt:
        """Return that nobody knows whether it was bought; nothing is sent again on doubt."""
        is_long = self._order.now - self._order.opened_at > DOUBTED_FOR
        task = (
            f"look in Partner Center whether {self._what()} were bought (cart {self._now.name}); "
            "if not, buy them there"
        )
        return Receipt(
            status=ReceiptStatus.DOUBTFUL,
            summary=f"nobody knows whether the order was taken: {why}",
            task=task if is_long else "",
            reference=str(self._now),
            again_s=LAG_S,
        )


def _errors(cart: Mapping[str, Any]) -> list[Any]:
    return [each["error"] for each in cart.get("lineItems") or () if each.get("error")]
