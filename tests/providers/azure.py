"""A tenant with its own customer agreement, on the simulator or on a script."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from runner.model.findings import Origin
from runner.model.ids import TenantId, tenant_id
from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus, Seller
from runner.model.sales import Sale
from runner.model.spec import Auth, AzureBilling, Channel, Purchase, SecretRef
from runner.providers.azure_billing import AzureBillingCommerce
from runner.providers.graph.application import Application
from runner.simulator import World, running
from tests.providers.served import E5, TOKEN_VARIABLE, HastyClock, scene, tenant

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NEW = "2026-11-18T09:00:00Z"
E3_NAME = "ENTERPRISEPACK"


class Account:
    """A simulated tenant with its billing, and the orders a test places there."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.endpoint = f"{url}/azure"
        self.tenant = tenant_id(world.tenant("contoso").id)

    def bought(self, sku: str = E5) -> list[int]:
        """Return the seats of every purchase of a product that was ever made."""
        return [s.seats for s in self.world.tenant("contoso").subscriptions if s.sku_id == sku]

    async def sales(self, **settings: Any) -> tuple[Sale, ...]:
        """Read what is sold."""
        return await sales(self.endpoint, self.tenant, **settings)

    async def sale(self) -> Sale:
        """Read the only sale."""
        (found,) = await self.sales()
        return found

    async def place(self, wanted: Order, **settings: Any) -> list[Receipt]:
        """Place an order in a new process and return every receipt."""
        return await receipts(self.endpoint, self.tenant, wanted, **settings)

    async def dies_after(self, wanted: Order, number: int) -> str:
        """Place an order, let the process die after a receipt, and return its reference."""
        channel = commerce(self.endpoint)
        placing = channel.place(self.tenant, wanted)
        said = [await anext(placing) for _ in range(number)]
        await placing.aclose()  # type: ignore[attr-defined]
        await channel.close()
        return said[-1].reference


@contextmanager
def account(*subscriptions: dict[str, Any], **changes: Any) -> Iterator[Account]:
    """Serve a tenant that owns these, E5 not being among them unless it is said."""
    rows = [{"sku": E3_NAME, "seats": 10, "channel": "direct_mca"} | each for each in subscriptions]
    rows = rows or [{"sku": E3_NAME, "seats": 10, "channel": "direct_mca"}]
    world = World.from_mapping(scene(**({"subscriptions": rows, "users": []} | changes)))
    with running(world) as url:
        yield Account(world, url)


def commerce(endpoint: str, **settings: Any) -> AzureBillingCommerce:
    """Return the channel behind an endpoint; writes are opted in."""
    fields: dict[str, Any] = {
        "auth": Auth(method="token", token=SecretRef(env=TOKEN_VARIABLE)),
        "endpoint": endpoint,
        "writes": True,
        "where": Origin(file="inventory.yaml", line=4),
    }
    products = MappingProxyType(dict(settings.pop("products", {})))
    chosen = AzureBilling(**(fields | settings), products=products)
    return AzureBillingCommerce(
        chosen, tenant=tenant(None), clock=HastyClock(), application=Application()
    )


async def sales(endpoint: str, of: TenantId, **settings: Any) -> tuple[Sale, ...]:
    """Read what is sold to a tenant."""
    channel = commerce(endpoint, **settings)
    try:
        return await channel.read(of)
    finally:
        await channel.close()


async def receipts(endpoint: str, of: TenantId, wanted: Order, **settings: Any) -> list[Receipt]:
    """Place an order and return every receipt."""
    channel = commerce(endpoint, **settings)
    try:
        return [each async for each in channel.place(of, wanted)]
    finally:
        await channel.close()


def order(verb: OrderVerb = OrderVerb.BUY, sale: Sale | None = None, **more: Any) -> Order:
    """Return an order for sixty seats of E5 that are not there yet."""
    fields: dict[str, Any] = {
        "key": "key-1",
        "step": "contoso/buy_seats/1",
        "verb": verb,
        "channel": Channel.AZURE_BILLING,
        "seller": Seller.AGREEMENT,
        "sku": E5,
        "product": "Office 365 E5",
        "part_number": "ENTERPRISEPREMIUM",
        "seats": 60,
        "seats_now": 0,
        "sale": sale,
        "sale_seats": 60,
        "purchase": Purchase(term="annual", billing="monthly"),
        "now": NOW,
        "opened_at": NOW,
        "deadline_at": NOW + timedelta(days=4),
        "timezone": "UTC",
    }
    return Order(**(fields | more))


def statuses(found: list[Receipt]) -> list[ReceiptStatus]:
    """Return how each receipt says that the order stands."""
    return [each.status for each in found]
