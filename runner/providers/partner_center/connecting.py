"""Connect to the Partner Center of a cloud, signed in as the partner."""

from dataclasses import replace

from runner.model.spec import PartnerCenter, Tenant
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.web import Web, root_of

GLOBAL = "https://api.partnercenter.microsoft.com"
CHINA = "https://partner.partnercenterapi.microsoftonline.cn"
"""Source: commerce.md 3.4 (base), read 2026-11-23."""


def connect(
    settings: PartnerCenter, *, tenant: Tenant, clock: TenantClock, application: Application
) -> Web:
    """Return the service, signed in to in the partner's own tenant; nothing is sent yet.

    Raises: NotAllowed when the endpoint or a secret cannot be used.
    """
    own = CHINA if tenant.cloud == "china" else GLOBAL
    root = root_of(settings.endpoint, own=own, where=str(settings.where))
    partner = replace(tenant, tenant_id=settings.tenant_id, auth=settings.auth)
    return Web(
        root,
        what="Partner Center",
        tenant=partner,
        clock=clock,
        application=application,
    )
