"""Read what a tenant owns: its SKUs and its subscriptions, without anybody's name."""

from collections.abc import Iterable

import msgspec

from runner.model.customers import Owned, TenantFacts
from runner.model.ids import TenantId
from runner.model.spec import Tenant
from runner.model.state import SkuState, SubscriptionState
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.graph.pace import Cost
from runner.providers.graph.reading import Page, Reader
from runner.providers.graph.rows import SkuRow, SubscriptionRow, as_sku, as_subscription
from runner.providers.graph.transport import TellPause, Transport

ONE_UNIT = Cost(units=1)
SKUS_COST = Cost(units=3)
"""Source: graph.md 7.2 (resource units of a call), read 2026-11-22."""

_SKUS = msgspec.json.Decoder(Page[SkuRow])
_SUBSCRIPTIONS = msgspec.json.Decoder(Page[SubscriptionRow])


async def read_skus(reader: Reader) -> tuple[SkuState, ...]:
    """Return every SKU of a tenant, in the order of their ids."""
    pages = reader.pages("subscribedSkus", _SKUS.decode, cost=SKUS_COST, is_advanced=False)
    found = [as_sku(row) async for page in pages for row in page.value]
    return tuple(sorted(found, key=lambda each: each.id))


async def read_subscriptions(reader: Reader) -> tuple[SubscriptionState, ...]:
    """Return every subscription of a tenant, in the order of their ids."""
    pages = reader.pages(
        "directory/subscriptions", _SUBSCRIPTIONS.decode, cost=ONE_UNIT, is_advanced=False
    )
    found = [as_subscription(row) async for page in pages for row in page.value]
    return tuple(sorted(found, key=lambda each: each.id))


async def read_facts(
    tenant: Tenant, *, clock: TenantClock, application: Application, tell: TellPause
) -> TenantFacts:
    """Read the little that groups of tenants may ask: seats per product, and who sold them.

    Raises: NotAllowed, ReadIncomplete, Throttled, Unreachable.
    """
    transport = Transport(tenant, clock=clock, application=application, tell=tell)
    reader = Reader(transport, clock)
    try:
        skus = await read_skus(reader)
        subscriptions = await read_subscriptions(reader)
    finally:
        await transport.close()
    owned = (
        Owned(
            sku=sku.id,
            part_number=sku.part_number,
            seats=sku.enabled + sku.warning,
            used=sku.consumed,
        )
        for sku in skus
    )
    return TenantFacts(owned=tuple(owned), channel=_channel(subscriptions, own=tenant.tenant_id))


def _channel(subscriptions: Iterable[SubscriptionState], *, own: TenantId | None) -> str:
    """Return who sold what a tenant has.

    Source: commerce.md 3.1 (`ownerTenantId` neither null nor the tenant itself: a partner),
    read 2026-11-23.
    """
    living = [each for each in subscriptions if each.status != "Deleted"]
    kinds = {"direct" if each.owner_tenant in (None, own) else "partner" for each in living}
    return "mixed" if len(kinds) == 2 else next(iter(kinds), "none")
