"""Show users the way Graph shows them, and say by what they can be filtered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from runner.simulator.accounts import AccountState, User
from runner.simulator.clock import iso
from runner.simulator.filters import Schema
from runner.simulator.products import load_products
from runner.simulator.tenant import Tenant


class View(NamedTuple):
    """Hold one user as one replica knows it."""

    tenant: Tenant
    user: User
    state: AccountState
    now: float


DEFAULT = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
UNLISTABLE = (
    "aboutMe",
    "birthday",
    "hireDate",
    "interests",
    "mySite",
    "pastProjects",
    "preferredName",
    "responsibilities",
    "schools",
    "skills",
    "mailboxSettings",
)
_EMPTY = (
    "ageGroup city companyName consentProvidedForMinor country creationType employeeId "
    "employeeType externalUserState faxNumber jobTitle legalAgeGroupClassification mobilePhone "
    "officeLocation onPremisesDomainName onPremisesDistinguishedName onPremisesImmutableId "
    "onPremisesLastSyncDateTime onPremisesSamAccountName onPremisesSecurityIdentifier "
    "onPremisesUserPrincipalName passwordPolicies postalCode preferredDataLocation "
    "preferredLanguage showInAddressList state streetAddress employeeHireDate"
)
_SERVICES = {
    "EXCHANGE": "exchange",
    "SHAREPOINT": "SharePoint",
    "ONEDRIVE": "SharePoint",
    "MCO": "MicrosoftCommunicationsOnline",
    "TEAMS": "TeamspaceAPI",
    "YAMMER": "YammerEnterprise",
    "RMS": "RMSOnline",
    "INTUNE": "SCO",
    "AAD": "AADPremiumService",
    "SWAY": "Sway",
    "FORMS": "OfficeForms",
    "FLOW": "ProcessSimple",
    "POWERAPPS": "PowerAppsService",
    "STREAM": "MicrosoftStream",
    "PROJECTWORKMANAGEMENT": "ProjectWorkManagement",
    "OFFICESUBSCRIPTION": "MicrosoftOffice",
}


def service_of(plan_name: str) -> str:
    """Return the service that a plan belongs to, by the beginning of its name."""
    found = (name for start, name in _SERVICES.items() if plan_name.startswith(start))
    return next(found, plan_name)


def _licenses(view: View) -> list[dict[str, Any]]:
    off = view.state.disabled
    return [{"disabledPlans": off[sku_id], "skuId": sku_id} for sku_id in off]


def _assignment_rows(view: View) -> list[dict[str, Any]]:
    calm = None if view.tenant.entry.answers.no_error == "null" else "None"
    return [
        {
            "skuId": row.sku_id,
            "disabledPlans": row.disabled,
            "assignedByGroup": row.group_id,
            "state": row.state,
            "error": row.error or calm,
            "lastUpdatedDateTime": iso(row.at),
        }
        for row in view.state.rows
    ]


def _kept(name: str, make: Callable[[View], Any]) -> Callable[[View], msgspec.Raw]:
    def show(view: View) -> msgspec.Raw:
        wire = view.state.wire
        if name not in wire:
            wire[name] = msgspec.json.encode(make(view))
        return msgspec.Raw(wire[name])

    return show


def _assigned_plans(view: View) -> Iterable[dict[str, Any]]:
    products = load_products().by_id
    given = {row.sku_id: row.at for row in view.state.rows}
    for sku_id, off in view.state.disabled.items():
        status = view.tenant.pool(sku_id, view.now).status
        for plan in products[sku_id].plans.values():
            if plan.id not in off:
                yield {
                    "assignedDateTime": iso(given[sku_id]),
                    "capabilityStatus": status,
                    "service": service_of(plan.name),
                    "servicePlanId": plan.id,
                }


def _provisioned_plans(view: View) -> Iterable[dict[str, Any]]:
    services = {plan["service"]: plan["capabilityStatus"] for plan in _assigned_plans(view)}
    for service, status in services.items():
        yield {"capabilityStatus": status, "provisioningStatus": "Success", "service": service}


def mailbox_settings(view: View) -> dict[str, str]:
    """Return what a mailbox is for."""
    return {"userPurpose": "shared" if view.user.profile.shared_mailbox else "user"}


def _deleted(view: View) -> str | None:
    return None if view.state.deleted_at is None else iso(view.state.deleted_at)


def _mail(view: View) -> str | None:
    return view.user.upn if view.state.held else None


PROPERTIES: Mapping[str, Callable[[View], Any]] = {
    **{name: lambda _: None for name in _EMPTY.split()},
    "id": lambda view: view.user.id,
    "userPrincipalName": lambda view: view.user.upn,
    "displayName": lambda view: view.user.display_name,
    "givenName": lambda view: view.user.display_name.partition(" ")[0],
    "surname": lambda view: view.user.display_name.partition(" ")[2],
    "mail": _mail,
    "mailNickname": lambda view: view.user.upn.partition("@")[0],
    "businessPhones": lambda _: (),
    "otherMails": lambda _: (),
    "proxyAddresses": lambda view: (f"SMTP:{view.user.upn}",) if view.state.held else (),
    "accountEnabled": lambda view: view.state.account_enabled,
    "usageLocation": lambda view: view.state.usage_location,
    "userType": lambda view: view.user.profile.user_type,
    "department": lambda view: view.user.profile.department,
    "onPremisesSyncEnabled": lambda view: True if view.user.profile.on_premises else None,
    "createdDateTime": lambda view: iso(view.user.created_at),
    "deletedDateTime": _deleted,
    "mailboxSettings": mailbox_settings,
    "assignedLicenses": _kept("assignedLicenses", _licenses),
    "licenseAssignmentStates": _kept("licenseAssignmentStates", _assignment_rows),
    "assignedPlans": lambda view: list(_assigned_plans(view)),
    "provisionedPlans": lambda view: list(_provisioned_plans(view)),
}
_FILTERABLE = (
    "id userPrincipalName displayName givenName surname mail mailNickname accountEnabled "
    "usageLocation userType department onPremisesSyncEnabled createdDateTime city companyName "
    "country employeeId employeeType jobTitle officeLocation state"
)
SCHEMA = Schema(
    type_name="User",
    fields={name: PROPERTIES[name] for name in _FILTERABLE.split()},
    collections={
        "assignedLicenses": _licenses,
        "assignedPlans": _assigned_plans,
        "provisionedPlans": _provisioned_plans,
    },
    advanced_collections=frozenset({"assignedPlans", "provisionedPlans"}),
)


def show_user(view: View, names: Sequence[str]) -> dict[str, Any]:
    """Return the chosen properties of a user."""
    return {name: PROPERTIES[name](view) for name in names}
