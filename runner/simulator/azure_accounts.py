"""Find the billing accounts of a tenant and the subscriptions each of them pays for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runner.simulator.azure_scenario import Agreement
from runner.simulator.parts import object_id
from runner.simulator.subscriptions import Subscription
from runner.simulator.tenant import Tenant

ROOT = "/providers/Microsoft.Billing/billingAccounts"
MCA: Agreement = "MicrosoftCustomerAgreement"
MOSP: Agreement = "MicrosoftOnlineServicesProgram"
EA: Agreement = "EnterpriseAgreement"
MPA: Agreement = "MicrosoftPartnerAgreement"
MODERN = (MCA, MPA)
AGREEMENT_OF: Mapping[str, Agreement] = {
    "direct_mca": MCA,
    "direct_legacy": MOSP,
    "volume": EA,
    "csp": MPA,
    "csp_legacy": MPA,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Hold one billing account with its one billing profile and invoice section."""

    name: str
    agreement: Agreement
    display_name: str
    profile: str
    section: str

    @property
    def id(self) -> str:
        """Return the path of the account."""
        return f"{ROOT}/{self.name}"

    @property
    def profile_id(self) -> str:
        """Return the path of the billing profile."""
        return f"{self.id}/billingProfiles/{self.profile}"

    @property
    def section_id(self) -> str:
        """Return the path of the invoice section."""
        return f"{self.profile_id}/invoiceSections/{self.section}"


def accounts_of(tenant: Tenant) -> list[Account]:
    """Return the billing accounts: those the scenario names, or those the channels need.

    Source: Azure/azure-rest-api-specs, Microsoft.Billing 2024-04-01, `BillingAccounts_List`,
    read 2026-11-23. A partner's own agreement is there only when the scenario names it.
    """
    named = tenant.entry.azure.agreements
    if named is None:
        needed = {AGREEMENT_OF[item.channel] for item in tenant.subscriptions}
        named = [agreement for agreement in (MCA, MOSP, EA) if agreement in needed]
    return [_account(tenant, agreement) for agreement in dict.fromkeys(named)]


def _account(tenant: Tenant, agreement: Agreement) -> Account:
    first, second = (
        object_id(tenant.name, kind, key=agreement) for kind in ("billing account", "organization")
    )
    name = f"{first}:{second}_2019-05-31"
    if agreement == MOSP:
        name = first
    elif agreement == EA:
        name = str(int(first[:8], 16) % 9_000_000 + 1_000_000)
    return Account(
        name=name,
        agreement=agreement,
        display_name=tenant.display_name,
        profile=_short(object_id(tenant.name, "billing profile", key=agreement)),
        section=_short(object_id(tenant.name, "invoice section", key=agreement)),
    )


def _short(guid: str) -> str:
    word = guid.replace("-", "").upper()
    return f"{word[:4]}-{word[4:8]}-{word[8:11]}-{word[11:14]}"


def paid_by(account: Account, tenant: Tenant) -> list[Subscription]:
    """Return the subscriptions a billing account pays for, deleted ones too."""
    return [
        item for item in tenant.subscriptions if AGREEMENT_OF[item.channel] == account.agreement
    ]


def subscription_name(tenant: Tenant, item: Subscription) -> str:
    """Return the name Azure billing has for a subscription: Graph's commerce id, or its own."""
    if tenant.entry.azure.ids == "own":
        return object_id(tenant.name, "billing subscription", key=item.id)
    return item.commerce_id


def show_account(account: Account) -> dict[str, Any]:
    """Return a billing account as Azure shows it."""
    properties = {
        "displayName": account.display_name,
        "agreementType": account.agreement,
        "accountStatus": "Active",
        "accountType": "Enterprise",
        "hasReadAccess": True,
    }
    return _resource(account.id, "billingAccounts", properties=properties)


def show_profile(account: Account) -> dict[str, Any]:
    """Return the billing profile of an account as Azure shows it."""
    properties = {
        "displayName": account.display_name,
        "billingRelationshipType": "Direct",
        "currency": "USD",
        "invoiceDay": 5,
        "hasReadAccess": True,
        "systemId": account.profile,
        "status": "Active",
        "spendingLimit": "Off",
    }
    return _resource(account.profile_id, "billingAccounts/billingProfiles", properties=properties)


def show_section(account: Account) -> dict[str, Any]:
    """Return the invoice section of an account as Azure shows it."""
    properties = {
        "displayName": account.display_name,
        "state": "Active",
        "systemId": account.section,
    }
    kind = "billingAccounts/billingProfiles/invoiceSections"
    return _resource(account.section_id, kind, properties=properties)


def _resource(path: str, kind: str, *, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": path,
        "name": path.rpartition("/")[2],
        "type": f"Microsoft.Billing/{kind}",
        "properties": properties,
    }
