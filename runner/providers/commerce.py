"""Every channel of one tenant as one: orders go to the channel that can carry them out."""

from collections.abc import AsyncIterator, Mapping

from runner.model.ids import TenantId
from runner.model.orders import Order, Receipt
from runner.model.sales import BillingAccount, Sale
from runner.model.spec import Channel
from runner.ports import Commerce
from runner.providers.manual import human_task


class Channels(Commerce):
    """The channels a tenant is connected to; what none of them can do is a task for a person."""

    def __init__(self, channels: Mapping[Channel, Commerce]) -> None:
        self._channels = channels

    async def read(self, tenant: TenantId) -> tuple[Sale, ...]:
        """Read what all channels sell to the tenant.

        Raises: ReadIncomplete when a page is missing, NotAllowed, Unreachable, Throttled.
        """
        found = [await channel.read(tenant) for channel in self._channels.values()]
        return tuple(sale for sales in found for sale in sales)

    async def accounts(self) -> tuple[BillingAccount, ...]:
        """Read the billing accounts that any channel shows.

        Raises: ReadIncomplete when a page is missing, NotAllowed, Unreachable, Throttled.
        """
        found = [await channel.accounts() for channel in self._channels.values()]
        return tuple(account for accounts in found for account in accounts)

    async def place(self, tenant: TenantId, order: Order) -> AsyncIterator[Receipt]:
        """Carry the order on, through its channel or by a person.

        Raises: NotAllowed, Throttled, Unreachable; what was answered before was yielded.
        """
        channel = self._channels.get(order.channel)
        if channel is None:
            yield human_task(order)
            return
        async for receipt in channel.place(tenant, order):
            yield receipt
