"""Settings of Partner Center and Azure billing, and the statements that need them."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from runner.model.findings import Finding
from runner.model.ids import SkuId, tenant_id
from runner.model.spec import Auth, AzureBilling, Channel, PartnerCenter, Tenant
from runner.playbook.endpoints import channel_endpoint_problems
from runner.playbook.names import Names
from runner.playbook.problems import problem, short
from runner.playbook.signing import auth_of
from runner.playbook.tree import MarkedMap, place

_WRITE = {
    Channel.PARTNER_CENTER: "partner_center: {tenant_id: GUID of the partner, auth: {…}}",
    Channel.AZURE_BILLING: "azure_billing: {auth: {…}, writes: true}",
}


def partner_center_of(reserved: MarkedMap, *, auth: Auth, names: Names) -> PartnerCenter | None:
    """Return how to reach Partner Center, None where the inventory says nothing of it."""
    said = reserved.get("partner_center")
    if said is None:
        return None
    if "country" in said:
        names.check_country(said["country"], place(reserved, ["partner_center", "country"]))
    directory = said.get("tenant_id")
    return PartnerCenter(
        **_shared("partner_center", reserved, auth=auth, names=names),
        tenant_id=tenant_id(directory) if directory else None,
        country=said.get("country"),
    )


def azure_billing_of(reserved: MarkedMap, *, auth: Auth, names: Names) -> AzureBilling | None:
    """Return how to reach Azure billing, None where the inventory says nothing of it."""
    said = reserved.get("azure_billing")
    if said is None:
        return None
    return AzureBilling(
        **_shared("azure_billing", reserved, auth=auth, names=names),
        writes=said.get("writes", False),
        billing_account=said.get("billing_account"),
        billing_profile=said.get("billing_profile"),
        invoice_section=said.get("invoice_section"),
    )


def unconfigured_channel(
    channel: Channel, *, tenant: Tenant, stated_in: MarkedMap
) -> Iterator[Finding]:
    """Yield the problem of a stated channel of which the tenant has no settings."""
    settings = {
        Channel.PARTNER_CENTER: tenant.partner_center,
        Channel.AZURE_BILLING: tenant.azure_billing,
    }
    if channel in settings and settings[channel] is None:
        yield problem(
            "channel-unconfigured",
            f"`channel: {channel}` is stated, and tenant {tenant.name} has no `{channel}` settings",
            at=stated_in.values_at.get("channel", stated_in.at),
            hint=f"write `{_WRITE[channel]}` in the inventory, or take the channel out",
        )


def _shared(name: str, reserved: MarkedMap, *, auth: Auth, names: Names) -> dict[str, Any]:
    """Return the fields that both channels have; `auth` is the tenant's own, the default."""
    said: Mapping[str, Any] = reserved[name]
    endpoint = said.get("endpoint")
    if endpoint is not None:
        endpoint = endpoint.rstrip("/")
        for wrong in channel_endpoint_problems(endpoint, place(reserved, [name, "endpoint"])):
            names.problems.add(wrong)
    return {
        "auth": auth_of(said["auth"], place(reserved, [name, "auth"])) if "auth" in said else auth,
        "endpoint": endpoint,
        "products": _products(name, reserved, names=names),
        "where": reserved.values_at[name],
    }


def _products(name: str, reserved: MarkedMap, *, names: Names) -> Mapping[SkuId, str]:
    products: dict[SkuId, str] = {}
    for product, item in reserved[name].get("products", {}).items():
        at = place(reserved, [name, "products"], key=product)
        sku = names.sku(product, at)
        if sku is None:
            continue
        if sku in products:
            summary = f"`products` names the product `{short(product)}` twice"
            names.problems.add(problem("same-sku", summary, at=at, hint="name it once"))
        products[sku] = item
    return MappingProxyType(products)
