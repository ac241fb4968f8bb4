"""Open the channels through which a tenant's subscriptions are sold."""

from typing import Protocol

from runner.model.spec import Channel, Tenant
from runner.ports import Commerce
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application


class Opened(Commerce, Protocol):
    """A channel with connections to close."""

    async def close(self) -> None:
        """Close connections and the credential."""
        ...


def open_channels(
    tenant: Tenant, clock: TenantClock, application: Application
) -> dict[Channel, Opened]:
    """Return the channels the inventory gives settings for; nothing is sent before it is needed.

    Raises: NotAllowed when an endpoint or a secret cannot be used.
    """
    opened: dict[Channel, Opened] = {}
    if tenant.partner_center is not None:
        from runner.providers.partner_center import PartnerCenterCommerce

        opened[Channel.PARTNER_CENTER] = PartnerCenterCommerce(
            tenant.partner_center, tenant=tenant, clock=clock, application=application
        )
    if tenant.azure_billing is not None:
        from runner.providers.azure_billing import AzureBillingCommerce

        opened[Channel.AZURE_BILLING] = AzureBillingCommerce(
            tenant.azure_billing, tenant=tenant, clock=clock, application=application
        )
    return opened
