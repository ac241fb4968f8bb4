"""Find the billing account, the billing profile and the invoice section that pay."""

from collections.abc import Sequence
from contextlib import suppress

from runner.model.findings import NotAllowed, ProviderError
from runner.model.sales import OLDER, VOLUME, BillingAccount
from runner.model.spec import AzureBilling
from runner.providers.azure_billing.calls import Calls, Row
from runner.providers.web import Web

DIRECT = "MicrosoftCustomerAgreement"
"""Source: commerce.md 3.1 and 3.6 (the agreement that seats can be sold by), read 2026-11-23."""


async def account_of(calls: Calls, settings: AzureBilling) -> str:
    """Return the name of the account with a customer agreement, empty where there is none.

    Raises: NotAllowed when there are several and none is chosen, or the chosen one is not there.
    """
    rows = [row async for row in calls.items("", "reading billing accounts")]
    if not settings.billing_account:
        rows = [row for row in rows if _is_direct(row)]
    found = _choice(rows, settings, key="billing_account")
    return str(found["name"]) if found and _is_direct(found) else ""


async def accounts_of(web: Web) -> tuple[BillingAccount, ...]:
    """Return every account; what one of another agreement lists, if it may be asked.

    Source: commerce.md 3.1 and 3.6 (`includeTenantSubscriptions` for MOSP accounts only), read
    2026-11-23.
    """
    rows = [row async for row in Calls(web).items("", "reading billing accounts")]
    return tuple([await _account(web, row) for row in rows])


async def _account(web: Web, row: Row) -> BillingAccount:
    agreement = _agreement(row)
    query = "&includeTenantSubscriptions=true" if agreement == OLDER else ""
    calls = Calls(web, account=str(row["name"]), query=query)
    listed: frozenset[str] = frozenset()
    if agreement in (OLDER, VOLUME):
        with suppress(ProviderError):
            doing = "reading billing subscriptions"
            listed = frozenset(
                [
                    str(each["name"]).lower()
                    async for each in calls.items("billingSubscriptions", doing)
                ]
            )
    return BillingAccount(name=_shown(row), agreement=agreement, subscriptions=listed)


async def payer_of(calls: Calls, settings: AzureBilling) -> dict[str, str]:
    """Return the ids of profile and section that a purchase names, as far as there are any.

    Raises: NotAllowed when there are several and none is chosen, or the chosen one is not there.
    """
    rows = [row async for row in calls.items("billingProfiles", "reading billing profiles")]
    profile = _choice(rows, settings, key="billing_profile")
    if profile is None:
        return {}
    path = f"billingProfiles/{profile['name']}/invoiceSections"
    rows = [row async for row in calls.items(path, "reading invoice sections")]
    section = _choice(rows, settings, key="invoice_section")
    found = {"billingProfileId": profile, "invoiceSectionId": section}
    return {key: str(row["id"]) for key, row in found.items() if row is not None}


def _choice(rows: Sequence[Row], settings: AzureBilling, *, key: str) -> Row | None:
    """Return the row that the settings choose, or the only one, None where there is none."""
    what = key.replace("_", " ")
    chosen: str | None = getattr(settings, key)
    names = ", ".join(f"{_shown(row)} ({row['name']})" for row in rows) or "none"
    if chosen:
        for row in rows:
            if chosen.lower() in (str(row["name"]).lower(), _shown(row).lower()):
                return row
        raise NotAllowed(
            f"there is no {what} {chosen}, there is: {names}",
            hint=f"name one of them under `azure_billing.{key}`, or check the roles of the sign-in",
            where=str(settings.where),
        )
    if len(rows) > 1:
        raise NotAllowed(
            f"there are {len(rows)} {what}s: {names}",
            hint=f"name one of them under `azure_billing.{key}`",
            where=str(settings.where),
        )
    return rows[0] if rows else None


def _is_direct(row: Row) -> bool:
    return _agreement(row) == DIRECT


def _agreement(row: Row) -> str:
    return str((row.get("properties") or {}).get("agreementType") or "")


def _shown(row: Row) -> str:
    return str((row.get("properties") or {}).get("displayName") or row["name"])
