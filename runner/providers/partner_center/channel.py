"""Everything one partner can do for one customer."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from runner.catalog.commerce import commerce_products
from runner.model.ids import TenantId
from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus
from runner.model.sales import Sale, Upgrade
from runner.model.spec import PartnerCenter, Tenant
from runner.ports import Commerce
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.partner_center.availability import read_item
from runner.providers.partner_center.buying import PURCHASES, Buyer
from runner.providers.partner_center.calls import Calls
from runner.providers.partner_center.changing import change
from runner.providers.partner_center.connecting import connect
from runner.providers.partner_center.errors import NO_CUSTOMER, code_of
from runner.providers.partner_center.following import SOLD, find_purchase
from runner.providers.partner_center.provisioning import read_setup
from runner.providers.partner_center.references import read_reference
from runner.providers.partner_center.sales import (
    duration,
    product_of,
    sale_of,
    under_way,
    upgrades_of,
)
from runner.providers.partner_center.transitions import Transition
from runner.providers.web import Answered, refused


class PartnerCenterCommerce(Commerce):
    """Sells to a customer what a partner may sell, and says what was sold."""

    def __init__(
        self,
        settings: PartnerCenter,
        *,
        tenant: Tenant,
        clock: TenantClock,
        application: Application,
    ) -> None:
        self._settings = settings
        self._products = dict(commerce_products()) | dict(settings.products)
        self._skus = {product_of(product): sku for sku, product in self._products.items()}
        self._upgrades: dict[tuple[str, str], tuple[Upgrade, ...]] = {}
        self._web = connect(settings, tenant=tenant, clock=clock, application=application)

    async def read(self, tenant: TenantId) -> tuple[Sale, ...]:
        """Read what the partner sells to the customer; nothing where it is not its customer.

        Raises: ReadIncomplete, NotAllowed, Unreachable, Throttled.
        """
        calls = Calls(self._web, tenant)
        customer = await calls.get("")
        if customer.status == 404 or code_of(customer.body) == NO_CUSTOMER:
            return ()
        if not customer.is_ok:
            raise refused(customer, "reading the customer in Partner Center")
        rows = [row async for row in calls.items("subscriptions", "reading subscriptions")]
        return tuple([await self._sale(calls, row) for row in rows])

    async def _sale(self, calls: Calls, row: dict[str, Any]) -> Sale:
        """Return a subscription with how far it is set up and what it can become."""
        now = self._web.clock.now()
        sale = sale_of(row, self._skus, now=now)
        setup = await read_setup(calls, row, now=now)
        return replace(sale, setup=setup, upgrades=await self._upgrades_of(calls, sale))

    async def _upgrades_of(self, calls: Calls, sale: Sale) -> tuple[Upgrade, ...]:
        """Return what a subscription can become, asked once: only a plan is made of it."""
        key = (sale.id, sale.product)
        if key not in self._upgrades:
            self._upgrades[key] = await self._eligible(calls, sale)
        return self._upgrades[key]

    async def _eligible(self, calls: Calls, sale: Sale) -> tuple[Upgrade, ...]:
        """Ask what a subscription can become, or is becoming; where it is not told, nothing.

        What is under way may be offered no more, and still has to be followed.
        """
        if sale.status not in SOLD or sale.is_legacy or sale.is_trial:
            return ()
        path = f"subscriptions/{sale.id}"
        offers = await calls.get(f"{path}/transitionEligibilities?eligibilityType=immediate")
        begun = await calls.get(f"{path}/transitions")
        return (*under_way(_items(begun), self._skus), *upgrades_of(_items(offers), self._skus))

    async def place(self, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        """Carry the order on by one act at a time, and yield a receipt before the next act.

        Raises: NotAllowed, Throttled, Unreachable; what was answered before was yielded.
        """
        calls = Calls(self._web, tenant)
        is_new = order.verb is OrderVerb.BUY and order.sale is None
        if is_new or read_reference(order.reference).kind in PURCHASES:
            async for receipt in self._bought(calls, order):
                yield receipt
        elif order.sale is None:
            yield _refused("its channel shows the subscription no more", "plan again")
        elif order.verb is OrderVerb.TRANSITION:
            async for receipt in Transition(calls, order).go_on():
                yield receipt
        elif order.verb is OrderVerb.RESIZE_AT_RENEWAL:
            yield await self._scheduled(calls, order, order.sale)
        elif found := await _uncounted(calls, order, order.sale):
            yield found
        else:
            yield await change(calls, order)

    async def _scheduled(self, calls: Calls, order: Order, sale: Sale) -> Receipt:
        """Set what a subscription renews with, by what the catalog calls its product now."""
        country = self._settings.country or await _country(calls)
        product, term = product_of(sale.product), duration(sale.term)
        item = await read_item(calls, product, country=country, term=term)
        return item if isinstance(item, Receipt) else await change(calls, order, item=item)

    async def _bought(self, calls: Calls, order: Order) -> AsyncIterator[Receipt]:
        product = self._products.get(order.sku)
        if product is None:
            yield _refused(
                f"what Partner Center's catalog calls {order.product} is not known",
                f"write it under `partner_center.products`: {{{order.part_number}: PRODUCT:SKU}}",
            )
            return
        country = self._settings.country or await _country(calls)
        if not country:
            yield _refused("the customer has no country", "name `partner_center.country`")
            return
        buyer = Buyer(calls, order, product=product_of(product), country=country)
        async for receipt in buyer.go_on():
            yield receipt

    async def close(self) -> None:
        """Close connections and the credential."""
        await self._web.close()


def _items(answer: Answered) -> list[Any]:
    is_list = answer.is_ok and isinstance(answer.body, dict)
    return [*(answer.body.get("items") or ())] if is_list else []


async def _uncounted(calls: Calls, order: Order, sale: Sale) -> Receipt | None:
    """Return a purchase that the seats of a raise do not count yet: one of both would be too many.

    Source: commerce.md edge cases 25 and 27, read 2026-11-23.
    """
    if order.verb is not OrderVerb.BUY or sale.sku != order.sku:
        return None
    return await find_purchase(calls, order, product=product_of(sale.product))


async def _country(calls: Calls) -> str:
    """Return the market of the customer, by its billing address."""
    row: dict[str, Any] = await calls.found("", "reading the customer in Partner Center")
    profile = row.get("billingProfile") or {}
    return str((profile.get("defaultAddress") or {}).get("country") or "")


def _refused(summary: str, task: str) -> Receipt:
    return Receipt(status=ReceiptStatus.REFUSED, summary=summary, task=task)
