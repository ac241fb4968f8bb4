"""Read the contracts of a partner's own tenant from Graph: its customers, all of them or none."""

import msgspec

from runner.model.customers import Customer
from runner.model.findings import ReadIncomplete
from runner.model.ids import tenant_id
from runner.model.names import plain_text
from runner.model.spec import Tenant
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.graph.owned import ONE_UNIT
from runner.providers.graph.reading import Page, Reader
from runner.providers.graph.transport import TellPause, Transport

_RELATIONSHIPS = {
    "resellerpartner": "reseller",
    "breadthpartner": "advisor",
    "syndicationpartner": "syndication",
}
"""Contract types in the words of Partner Center.

Source: Microsoft Graph v1.0, resource `contract`, read 2026-11-23.
"""


class ContractRow(msgspec.Struct, rename="camel"):
    """A partnership with one customer."""

    customer_id: str | None = None
    default_domain_name: str | None = None
    display_name: str | None = None
    contract_type: str | None = None


_CONTRACTS = msgspec.json.Decoder(Page[ContractRow])


async def read_contracts(
    partner: Tenant, *, clock: TenantClock, application: Application, tell: TellPause
) -> tuple[Customer, ...]:
    """Return the customer of every contract, in the order of their tenant ids.

    Raises: NotAllowed, ReadIncomplete, Throttled, Unreachable.
    Source: Microsoft Graph v1.0, "List contracts" (Directory.Read.All), read 2026-11-23.
    """
    transport = Transport(partner, clock=clock, application=application, tell=tell)
    reader = Reader(transport, clock)
    try:
        pages = reader.pages("contracts", _CONTRACTS.decode, cost=ONE_UNIT, is_advanced=False)
        found = [_customer(row) async for page in pages for row in page.value]
    finally:
        await transport.close()
    return tuple(sorted(found, key=lambda each: each.tenant_id))


def _customer(row: ContractRow) -> Customer:
    """Return the customer of a contract, whose names are copies of the day it was made."""
    if not row.customer_id:
        raise ReadIncomplete("reading contracts: a contract names no customer")
    kind = (row.contract_type or "unknown").lower()
    return Customer(
        tenant_id=tenant_id(row.customer_id),
        name=plain_text(row.display_name or ""),
        domain=(row.default_domain_name or "").lower(),
        relationship=_RELATIONSHIPS.get(kind, kind),
    )
