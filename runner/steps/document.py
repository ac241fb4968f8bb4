"""Write the plan of a tenant as plain values, the way plan files and policies have it."""

from typing import Any

import msgspec

from runner.model.plan import TenantPlan
from runner.steps import KIND_OF


def tenant_document(tenant: TenantPlan) -> dict[str, Any]:
    """Return the plan of a tenant as plain values, every step with its kind."""
    document: dict[str, Any] = msgspec.to_builtins(tenant)
    document["steps"] = [
        {"kind": KIND_OF[type(step)].name, **msgspec.to_builtins(step)} for step in tenant.steps
    ]
    return document
