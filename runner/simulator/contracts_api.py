"""Answer the contracts of the partner's own tenant: its customers."""

from __future__ import annotations

from typing import Any

from runner.simulator.messages import Answer, Context
from runner.simulator.parts import object_id
from runner.simulator.queries import context_url, next_link, page_size, read_place, refuse_unserved
from runner.simulator.tenant import Tenant
from runner.simulator.world import World


def customers_of(world: World) -> list[Tenant]:
    """Return the tenants that are customers of the one partner, which is not its own."""
    return [
        tenant
        for tenant in world.tenants.values()
        if tenant.entry.partner.customer and tenant.name != world.partner.tenant
    ]


def list_contracts(context: Context) -> Answer:
    """Answer a page of the contracts; a tenant that is no partner has none.

    Source: Microsoft Graph v1.0, resource `contract`, read 2026-11-23.
    """
    request = context.request
    refuse_unserved(request)
    is_partner = context.tenant.name == request.world.partner.tenant
    customers = customers_of(request.world) if is_partner else []
    _, start = read_place(request)
    end = start + (0 if context.gives_empty_page else page_size(request))
    items = [_contract(context.tenant, each) for each in customers[start:end]]
    body: dict[str, Any] = {"@odata.context": context_url(request, "contracts"), "value": items}
    if end < len(customers):
        body["@odata.nextLink"] = next_link(request, "contracts", offset=end)
    return Answer(body=body)


def _contract(partner: Tenant, customer: Tenant) -> dict[str, Any]:
    return {
        "id": object_id(partner.name, "contract", key=customer.id),
        "deletedDateTime": None,
        "contractType": "ResellerPartner",
        "customerId": customer.id,
        "defaultDomainName": customer.domain,
        "displayName": customer.display_name,
    }
