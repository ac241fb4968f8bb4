"""Everything the billing account of a direct customer can do for its subscriptions."""

from collections.abc import AsyncIterator
from dataclasses import replace

from runner.catalog.commerce import commerce_products
from runner.model.ids import TenantId
from runner.model.orders import Order, OrderVerb, Receipt
from runner.model.sales import BillingAccount, Sale
from runner.model.spec import AzureBilling, Channel, Tenant
from runner.ports import Commerce
from runner.providers.azure_billing.accounts import account_of, accounts_of, payer_of
from runner.providers.azure_billing.buying import Buyer, properties_of
from runner.providers.azure_billing.calls import Calls
from runner.providers.azure_billing.changing import change
from runner.providers.azure_billing.errors import refusal
from runner.providers.azure_billing.sales import (
    is_of_another,
    is_of_tenant,
    is_seat_based,
    sale_of,
)
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.manual import human_task
from runner.providers.web import Web, root_of

AZURE = "https://management.azure.com"
"""Source: commerce.md 3.6 (host and scope), read 2026-11-23."""


class AzureBillingCommerce(Commerce):
    """Sells to a tenant what its own customer agreement covers, and says what was sold."""

    def __init__(
        self,
        settings: AzureBilling,
        *,
        tenant: Tenant,
        clock: TenantClock,
        application: Application,
    ) -> None:
        root = root_of(settings.endpoint, own=AZURE, where=str(settings.where))
        self._settings = settings
        self._products = dict(commerce_products()) | dict(settings.products)
        self._web = Web(
            root,
            what="Azure billing",
            tenant=replace(tenant, auth=settings.auth),
            clock=clock,
            application=application,
        )

    async def read(self, tenant: TenantId) -> tuple[Sale, ...]:
        """Read what the billing account pays for in the tenant; nothing without an agreement.

        What names no tenant is told with that: it may be this one's, or another's.

        Raises: ReadIncomplete, NotAllowed (also where an account has to be chosen), Unreachable,
        Throttled.
        """
        account = await account_of(Calls(self._web), self._settings)
        if not account:
            return ()
        skus = {product.upper(): sku for sku, product in self._products.items()}
        rows = Calls(self._web, account=account).items(
            "billingSubscriptions", "reading billing subscriptions"
        )
        found = [(str(row["name"]), row.get("properties") or {}) async for row in rows]
        return tuple(
            replace(
                sale_of(properties, skus, name=name, now=self._web.clock.now()),
                is_unplaced=not is_of_tenant(properties, tenant),
            )
            for name, properties in found
            if is_seat_based(properties) and not is_of_another(properties, tenant)
        )

    async def accounts(self) -> tuple[BillingAccount, ...]:
        """Read every billing account of the sign-in, and what the older agreements list.

        Raises: ReadIncomplete, NotAllowed, Unreachable, Throttled.
        """
        return await accounts_of(self._web)

    async def place(self, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        """Carry the order on by one act at a time, and yield a receipt before the next act.

        Raises: NotAllowed, Throttled, Unreachable; what was answered before was yielded.
        """
        if not self._settings.writes:
            yield human_task(replace(order, channel=Channel.MANUAL))
            return
        if refused := self._refused(order):
            yield refused
            return
        account = await account_of(Calls(self._web), self._settings)
        calls = Calls(self._web, account=account)
        if not account:
            yield refusal(
                "there is no billing account with a Microsoft Customer Agreement",
                "check the roles of the sign-in, or state `channel: manual`",
            )
        elif order.sale is not None:
            yield await change(calls, order, name=order.sale.id)
        else:
            async for receipt in self._bought(calls, tenant, order):
                yield receipt

    def _refused(self, order: Order) -> Receipt | None:
        """Return why an order is not for this channel.

        Source: commerce.md 3.3 and 3.6 (split never takes all seats), read 2026-11-23.
        """
        if order.verb is OrderVerb.TRANSITION:
            return refusal(
                f"Azure billing has no call that turns a subscription into {order.product}",
                "choose Change plan in the admin center, or have the playbook buy the new one",
            )
        if order.verb is OrderVerb.RESIZE_AT_RENEWAL:
            return refusal(
                "Azure billing has no call that sets the seats of a renewal",
                "state `channel: manual`, so that a person is asked to",
            )
        if order.sale is None and order.verb is not OrderVerb.BUY:
            return refusal("the billing account shows the subscription no more", "plan again")
        if order.sale is None and order.sku not in self._products:
            entry = f"{{{order.part_number}: PRODUCT_TYPE:SKU}}"
            return refusal(
                f"what Azure's catalog calls {order.product} is not known",
                f"write it under `azure_billing.products`: {entry}",
            )
        return None

    async def _bought(self, calls: Calls, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        payer = await payer_of(calls, self._settings)
        properties = properties_of(
            order, tenant=tenant, product=self._products[order.sku], payer=payer
        )
        if isinstance(properties, Receipt):
            yield properties
            return
        async for receipt in Buyer(calls, order, tenant=tenant, properties=properties).go_on():
            yield receipt

    async def close(self) -> None:
        """Close connections and the credential."""
        await self._web.close()
