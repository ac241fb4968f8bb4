"""Have Partner Center turn a subscription into another product, with its users."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from runner.model.orders import Order, Receipt, ReceiptStatus
from runner.model.sales import SaleStatus
from runner.providers.moments import moment
from runner.providers.partner_center.calls import Calls
from runner.providers.partner_center.errors import NOT_MOVED, code_of, receipt_of, receipt_of_line
from runner.providers.partner_center.following import LAG, LAG_S
from runner.providers.partner_center.references import (
    Reference,
    answered,
    begun,
    read_reference,
)
from runner.providers.partner_center.sales import (
    CONVERSION,
    billing_cycle,
    duration,
    last_events,
    product_of,
    status_of,
)

WITH_USERS = "transition_with_license_transfer"
SOON_S = 300
REASSIGNMENT = "licensereassignment"
_DOING = "asking for the upgrade"

Row = Mapping[str, Any]
Events = Mapping[str, Row]


class Transition:
    """Carries one upgrade in place on from wherever its last receipt left it.

    References: `asked:TIME` before it is sent, `transition:TIME` once it was taken, `again:TIME`
    after a no. It cannot be undone and has no refund.
    Source: commerce.md 3.4 (In-place transition), read 2026-11-23.
    """

    def __init__(self, calls: Calls, order: Order) -> None:
        assert order.sale is not None
        self._calls = calls
        self._order = order
        self._sale = order.sale
        self._path = f"subscriptions/{order.sale.id}"
        self._wanted = product_of(order.target_product)
        self._now = read_reference(order.reference)

    async def go_on(self) -> AsyncIterator[Receipt]:
        """Begin unless it has begun, then say how far it has come."""
        if receipt := await self._begun():
            yield receipt
            return
        item = await self._item()
        if isinstance(item, Receipt):
            yield item
            return
        self._now = begun("asked", self._order.now, after=self._now)
        yield Receipt(
            status=ReceiptStatus.OPEN,
            summary=f"subscription {self._sale.id} is about to become {self._wanted}",
            reference=str(self._now),
            again_s=SOON_S,
        )
        yield await self._ask(item)

    async def _begun(self) -> Receipt | None:
        """Return how far it is; None where nothing was sent, or it certainly came to nothing.

        A subscription that is still what it was long after it was asked for was not taken: lists
        are late by a quarter of an hour at most, and it can become another product only once.
        """
        row = await self._calls.found(self._path, f"reading subscription {self._sale.id}")
        events = await self._events()
        if events:
            return self._standing(events)
        if product_of(str(row.get("offerId") or "")) == self._wanted:
            return self._under_way("the subscription is upgraded, its users follow")
        at = self._now.at
        if self._now.kind == "transition":
            return self._under_way("the upgrade was taken and does not show yet")
        if self._now.kind == "asked" and at is not None and self._order.now < at + 2 * LAG:
            return self._doubtful("no transition is listed")
        return self._misfit(row)

    def _misfit(self, row: Row) -> Receipt | None:
        """Return why it is not what was planned: fewer seats would leave its users behind."""
        seats = int(row.get("quantity") or 0)
        is_same = product_of(str(row.get("offerId") or "")) == product_of(self._sale.product)
        if status_of(row) is SaleStatus.LIVE and is_same and seats == self._order.sale_seats:
            return None
        said = f"subscription {self._sale.id} is {row.get('status')} with {seats} seats"
        return Receipt(
            status=ReceiptStatus.REFUSED,
            summary=f"{said} instead of {self._order.sale_seats}",
            task="plan again",
        )

    async def _events(self) -> Events:
        """Return the last event of each kind, of the transition this order has asked for."""
        since = self._order.opened_at - LAG
        if self._now.kind == "again" and self._now.at is not None:
            since = self._now.at
        found: dict[str, Row] = {}
        async for each in self._calls.items(f"{self._path}/transitions", "reading its transitions"):
            if product_of(str(each.get("toCatalogItemId") or "")) != self._wanted:
                continue
            events = last_events([each])
            times = [at for row in events.values() if (at := moment(row.get("timestamp")))]
            if not times or max(times) > since:
                found |= events
        return found

    async def _item(self) -> str | Receipt:
        """Return what the catalog calls the target right now, if it may be had."""
        where = f"{self._path}/transitionEligibilities?eligibilityType=immediate"
        errors: list[Any] = []
        async for each in self._calls.items(where, "reading what it can become"):
            if product_of(str(each.get("catalogItemId") or "")) != self._wanted:
                continue
            for kind in each.get("eligibilities") or ():
                if kind.get("transitionType") == WITH_USERS and kind.get("isEligible"):
                    return str(each["catalogItemId"])
                errors += kind.get("errors") or ()
        said = "; ".join(f"{e.get('code')}: {e.get('description')}" for e in errors[:3])
        return Receipt(
            status=ReceiptStatus.REFUSED,
            summary=f"it cannot become {self._wanted} with its users" + (f": {said}" * bool(said)),
            task="use `when: end_of_term` to buy the new one and let this one end",
        )

    async def _ask(self, item: str) -> Receipt:
        """Send it once, under a key that stays the same until it is answered."""
        request = f"{self._order.key}/transition/{self._now.answered}"
        path = f"{self._path}/transitions"
        answer = await self._calls.write("POST", path, body=self._body(item), request=request)
        if not answer.is_ok and not answer.is_passing:
            no = str(answered(self._order.now, after=self._now))
            return receipt_of(answer, doing=_DOING, reference=no)
        if answer.is_ok:
            self._now = begun("transition", self._order.now, after=self._now)
        if events := await self._events():
            return self._standing(events)
        if answer.is_ok:
            return self._under_way("its channel is at work on the upgrade")
        return self._doubtful(answer.said or str(answer.status or "no answer"))

    def _body(self, item: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "toCatalogItemId": item,
            "fromCatalogItemId": self._sale.product,
            "fromSubscriptionId": self._sale.id,
            "quantity": self._order.sale_seats,
            "transitionType": WITH_USERS,
        }
        if (purchase := self._order.purchase) is not None:
            body["termDuration"] = duration(purchase.term)
            body["billingCycle"] = billing_cycle(purchase.billing).capitalize()
        return body

    def _standing(self, events: Events) -> Receipt:
        """Say how far it is by its two events: the subscription first, its users after it."""
        if self._now.kind != "transition":
            self._now = begun("transition", self._order.now, after=self._now)
        turned, moved = _status(events, CONVERSION), _status(events, REASSIGNMENT)
        if turned == "failed":
            return self._failed(events[CONVERSION])
        if turned != "completed":
            return self._under_way("its channel is at work on the upgrade")
        if moved == "failed":
            return self._left_to_graph()
        if moved != "completed":
            return self._under_way("the subscription is upgraded, its users follow")
        return self._under_way("the subscription and its users are upgraded")

    def _failed(self, event: Row) -> Receipt:
        """Say why it was not turned; that only its users were not moved is left to Graph.

        Source: commerce.md 3.4 (60000: finish reassignment via Graph), read 2026-11-23.
        """
        errors = [*(event.get("errors") or ())]
        error = errors[0] if errors else {"description": "no reason is given"}
        if code_of(error) == NOT_MOVED:
            return self._left_to_graph()
        no: Reference = answered(self._order.now, after=self._now)
        return receipt_of_line(error, doing="the upgrade ended", reference=str(no))

    def _left_to_graph(self) -> Receipt:
        """Return that its users were not moved; the next plan moves them one by one."""
        said = "the subscription is upgraded, and its channel did not move its users"
        return self._under_way(said, task="run it again: they are moved one by one")

    def _under_way(self, summary: str, *, task: str = "") -> Receipt:
        return Receipt(
            status=ReceiptStatus.ACCEPTED,
            summary=summary,
            task=task,
            reference=str(self._now),
            again_s=SOON_S,
        )

    def _doubtful(self, why: str) -> Receipt:
        return Receipt(
            status=ReceiptStatus.DOUBTFUL,
            summary=f"nobody knows whether the upgrade was taken: {why}",
            task="look in Partner Center whether it was upgraded",
            reference=str(self._now),
            again_s=LAG_S,
        )


def _status(events: Events, name: str) -> str:
    return str(events.get(name, {}).get("status") or "").lower()
