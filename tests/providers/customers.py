"""Act for a customer of the simulated partner as a run does, with processes that die."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from runner.model.findings import Origin, RunnerError
from runner.model.ids import tenant_id
from runner.model.orders import Order, OrderVerb, Receipt
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import Auth, PartnerCenter, SecretRef
from runner.providers.graph.application import Application
from runner.providers.partner_center import PartnerCenterCommerce
from runner.simulator import World, running
from tests.providers.partner import order
from tests.providers.served import E5, TOKEN_VARIABLE, HastyClock, tenant

E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
SOLD = (SaleStatus.PENDING, SaleStatus.LIVE)


@dataclass(kw_only=True)
class Customer:
    """One customer and what is recorded of the order under way."""

    world: World
    url: str
    wanted: int = 10
    opened_at: datetime | None = None
    reference: str = ""
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """Return the time of the world."""
        return datetime.fromtimestamp(int(self.world.clock.now()), UTC)

    @property
    def bought(self) -> int:
        """Return the seats that were ever bought."""
        return sum(each.seats for each in self.world.tenant().purchases)

    def channel(self) -> PartnerCenterCommerce:
        """Return a new process's channel."""
        settings = PartnerCenter(
            auth=Auth(method="token", token=SecretRef(env=TOKEN_VARIABLE)),
            endpoint=f"{self.url}/partner",
            country="IT",
            products=MappingProxyType({}),
            where=Origin(file="inventory.yaml", line=4),
        )
        return PartnerCenterCommerce(
            settings, tenant=tenant(None), clock=HastyClock(), application=Application()
        )

    async def sales(self) -> tuple[Sale, ...]:
        """Read what is sold."""
        channel = self.channel()
        try:
            return await channel.read(tenant_id(self.world.tenant().id))
        finally:
            await channel.close()

    async def place(self, wanted: Order, *, dies_after: int | None = None) -> list[Receipt]:
        """Place an order and record each receipt; the process may die at one, not recorded."""
        channel, found = self.channel(), list[Receipt]()
        try:
            acts = channel.place(tenant_id(self.world.tenant().id), wanted)
            async for receipt in acts:
                if dies_after is not None and len(found) == dies_after:
                    break
                found.append(receipt)
                self.reference = receipt.reference or self.reference
        finally:
            await channel.close()
        self.receipts += found
        return found

    async def buy(self, *, dies_after: int | None = None, sale: Sale | None = None) -> bool:
        """Look and buy what is missing, as a step does; say whether nothing is."""
        sales = [each for each in await self.sales() if each.sku == E5 and each.status in SOLD]
        sold = sum(each.seats for each in sales)
        if sold >= self.wanted:
            return True
        self.opened_at = self.opened_at or self.now
        raised = next((each for each in sales if sale and each.id == sale.id), None)
        wanted = order(
            seats=self.wanted,
            sale=raised,
            sale_seats=self.wanted - sold + (raised.seats if raised else 0),
            known_sales=frozenset(each.id for each in sales),
            reference=self.reference,
            opened_at=self.opened_at,
            now=self.now,
            key=f"key-{self.wanted}-{self.opened_at:%Y-%m-%d}",
        )
        await self.place(wanted, dies_after=dies_after)
        return False

    async def run(self, *, deaths: Sequence[int | None] = (), **more: Any) -> bool:
        """Buy every quarter of an hour, the first processes may die; say whether it is done."""
        left = list(deaths)
        for _ in range(40):
            try:
                if await self.buy(dies_after=left.pop(0) if left else None, **more):
                    return True
            except RunnerError:
                pass
            self.world.advance("15 min")
        return False

    def lose_journal(self) -> None:
        """Forget everything that was recorded."""
        self.reference, self.opened_at = "", None

    async def only(self, sku: str = E3) -> Sale:
        """Return the only sale of a product."""
        (found,) = [each for each in await self.sales() if each.sku == sku]
        return found

    async def change(self, verb: OrderVerb, **more: Any) -> Receipt:
        """Place an order about the only subscription of E3 and return its last receipt."""
        return await self.ask(verb, await self.only(), **more)

    async def ask(self, verb: OrderVerb, sale: Sale, **more: Any) -> Receipt:
        """Place an order about a subscription and return its last receipt."""
        self.opened_at = self.opened_at or self.now
        terms = {"reference": self.reference, "now": self.now, "opened_at": self.opened_at}
        return (await self.place(order(verb, sale, **terms, **more)))[-1]


@contextmanager
def customer(**changes: Any) -> Iterator[Customer]:
    """Serve a customer who has ten seats of E3 from the partner since three months."""
    subscription = {
        "sku": "ENTERPRISEPACK",
        "seats": 10,
        "channel": "csp",
        "created": "2026-08-20T09:00:00Z",
    }
    contoso: dict[str, Any] = {
        "country": "IT",
        "subscriptions": [subscription | changes.pop("subscription", {})],
        "users": [{"count": 4, "licenses": ["ENTERPRISEPACK"], "usage_location": "IT"}],
    }
    clock = {"start": "2026-11-23T09:00:00Z", "rate": 0}
    world = World.from_mapping(
        {"clock": clock, "quota": "off", "tenants": {"contoso": contoso | changes}}
    )
    with running(world) as url:
        yield Customer(world=world, url=url)
