"""Describe how Azure billing behaves in a tenant, where Microsoft's documents leave it open."""

from __future__ import annotations

from typing import Literal

import msgspec

Agreement = Literal[
    "MicrosoftCustomerAgreement",
    "MicrosoftOnlineServicesProgram",
    "EnterpriseAgreement",
    "MicrosoftPartnerAgreement",
]


class AzureEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Describe the billing accounts of a tenant and how writes to them go."""

    agreements: list[Agreement] | None = None
    role: Literal["contributor", "reader", "none"] = "contributor"
    answers: Literal["accepted", "at_once"] = "accepted"
    operation: str | float = 0
    retry_after: int = 10
    patch: Literal["all", "cost_center"] = "all"
    after_term: Literal["ends", "extended", "grace"] = "ends"
    alias_change: Literal["update", "refuse"] = "update"
    ids: Literal["commerce", "own"] = "commerce"
    product_ids: Literal["own", "catalog"] = "own"
    active_as: Literal["Active", "AutoRenew"] = "Active"
    usage_based: int = 0
    names_tenant: bool = True
    page: int = 100
