"""Read the list of a partner's customers from Partner Center, whole or not at all."""

from typing import Any

from runner.model.customers import Customer
from runner.model.findings import ReadIncomplete
from runner.model.ids import tenant_id
from runner.model.names import plain_text
from runner.model.spec import PartnerCenter, Tenant
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.partner_center.calls import list_items
from runner.providers.partner_center.connecting import connect

PAGE = 100
"""Customers of a page; the documents show 40 and name no maximum, and a shorter page is no harm.

Source: Partner Center REST, "Get a list of customers" (`size`), read 2026-11-23.
"""

_DOING = "reading the customers in Partner Center"
_ROLES = "sign in to the partner's own tenant, with the role Admin agent or Sales agent"


async def read_customers(
    settings: PartnerCenter, *, tenant: Tenant, clock: TenantClock, application: Application
) -> tuple[Customer, ...]:
    """Return every customer of the partner, in the order of their tenant ids.

    Raises: NotAllowed, ReadIncomplete, Throttled, Unreachable.
    """
    web = connect(settings, tenant=tenant, clock=clock, application=application)
    path = f"v1/customers?size={PAGE}"
    try:
        found = [_customer(row) async for row in list_items(web, path, doing=_DOING, roles=_ROLES)]
    finally:
        await web.close()
    return tuple(sorted(found, key=lambda each: each.tenant_id))


def _customer(row: dict[str, Any]) -> Customer:
    """Return the customer of a row, which tells no country.

    Source: Partner Center REST, "Get a list of customers" (`id` and `companyProfile.tenantId` are
    the customer's tenant), "CustomerPartnerRelationship", read 2026-11-23.
    """
    profile = row.get("companyProfile") or {}
    directory = profile.get("tenantId") or row.get("id")
    if not directory:
        raise ReadIncomplete(f"{_DOING}: a customer has no tenant id")
    return Customer(
        tenant_id=tenant_id(str(directory)),
        name=plain_text(str(profile.get("companyName") or "")),
        domain=str(profile.get("domain") or "").lower(),
        relationship=str(row.get("relationshipToPartner") or "unknown").lower(),
    )
