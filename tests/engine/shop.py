"""A channel in memory: carts, orders that show late, and a process that dies in between."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from runner.model.ids import SkuId, TenantId
from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import Channel
from runner.model.state import SubscriptionState
from tests.builders import subscription
from tests.fakes import World
from tests.planning.changes import bought, ended


class Died(BaseException):
    """The process is gone."""


class Shop:
    """Sells through Partner Center; what is sold shows to the channel after `lag`.

    `dies_at` names the acts (`cart`, `checkout`, `change`) after which the process dies before the
    receipt is recorded, each once. `bought_seats` counts what was ever paid for, `placed` is
    what was asked for.
    """

    def __init__(self, world: World, *sales: Sale, lag: timedelta = timedelta(0)) -> None:
        self.world = world
        self.sales = list(sales)
        self.lag = lag
        self.dies_at: list[str] = []
        self.carts: dict[str, str] = {}
        self.bought_seats = 0
        self.placed: list[Order] = []
        self._under_way: list[tuple[datetime, Sale]] = []

    async def read(self, tenant: TenantId) -> tuple[Sale, ...]:
        now = self.world.clock.now()
        self.sales += [sale for at, sale in self._under_way if at + self.lag <= now]
        self._under_way = [each for each in self._under_way if each[0] + self.lag > now]
        return tuple(self.sales)

    async def place(self, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        self.placed.append(order)
        if order.verb is OrderVerb.BUY and order.sale is None:
            async for receipt in self._bought(order):
                yield receipt
            return
        assert order.sale is not None
        self._change(order, order.sale)
        self._die("change")
        yield Receipt(status=ReceiptStatus.ACCEPTED, summary="changed")

    async def _bought(self, order: Order) -> AsyncIterator[Receipt]:
        cart = order.reference or f"cart-{len(self.carts) + 1}"
        if not order.reference:
            self.carts[cart] = ""
            self._die("cart")
            yield Receipt(status=ReceiptStatus.OPEN, summary="in the cart", reference=cart)
        if not self.carts[cart]:
            self.carts[cart] = f"sale-of-{cart}"
            self.bought_seats += order.sale_seats
            sold = sale_of(order.sku, order.sale_seats, id=self.carts[cart])
            self._under_way.append((self.world.clock.now(), sold))
            self._die("checkout")
        yield Receipt(status=ReceiptStatus.ACCEPTED, summary="ordered", reference=cart)

    def _change(self, order: Order, sale: Sale) -> None:
        self.sales.remove(sale)
        if order.verb is OrderVerb.STOP_RENEWAL:
            self.sales.append(replace(sale, renews=False, ends_at_term=True))
        elif order.verb is OrderVerb.CANCEL:
            self.sales.append(replace(sale, status=SaleStatus.OVER))
        else:
            self.bought_seats += max(0, order.sale_seats - sale.seats)
            self.sales.append(replace(sale, seats=order.sale_seats))

    def _die(self, act: str) -> None:
        if act in self.dies_at:
            self.dies_at.remove(act)
            raise Died

    def deliver(self) -> None:
        """Have the tenant show what was sold, and no more what was cancelled."""
        for sale in (*self.sales, *(each for _, each in self._under_way)):
            if sale.sku is not None and sale.id.startswith("sale-of"):
                self.world.state = bought(self.world.state, sale.sku, self._total(sale.sku))
        for sale in self.sales:
            if sale.status is SaleStatus.OVER:
                self.world.state = ended(self.world.state, sale.id)

    def _total(self, sku: SkuId) -> int:
        return sum(s.seats for s in (*self.sales, *(x for _, x in self._under_way)) if s.sku == sku)


def sale_of(sku: SkuId, seats: int, **more: Any) -> Sale:
    """Return a sale on annual terms, billed monthly, that renews."""
    start = Sale(
        channel=Channel.PARTNER_CENTER,
        id="sale",
        product="",
        sku=sku,
        status=SaleStatus.LIVE,
        seats=seats,
        term="annual",
        billing="monthly",
        renews=True,
        ends_at_term=False,
    )
    return replace(start, **more)


def sold(sku: SkuId, seats: int, **more: Any) -> tuple[SubscriptionState, Sale]:
    """Return a subscription and what its channel says of it."""
    shown = subscription(sku, seats)
    return replace(shown, commerce_id=shown.id), sale_of(sku, seats, id=shown.id, **more)
