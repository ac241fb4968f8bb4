"""Give and take licenses by Microsoft's rules, all of a call or nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from runner.simulator.accounts import ACTIVE, AccountState, Row, User
from runner.simulator.errors import bad_request
from runner.simulator.obstacles import broken_rules, missing_seats, unfit_account
from runner.simulator.products import load_products
from runner.simulator.rules import plans_left_on
from runner.simulator.tenant import Tenant

KEYS = ("addLicenses", "removeLicenses")


def assign_license(tenant: Tenant, user: User, *, body: Any, now: float) -> None:
    """Add and remove licenses of one user in one act.

    Raises: GraphError; the user is then exactly as before.
    Source: Microsoft Graph v1.0, `user: assignLicense`, read 2026-11-22.
    """
    adds, removes = read_licenses(tenant, body, now=now)
    before = user.state
    for sku_id in removes:
        _check_removal(before, sku_id)
    location = user.at(now - tenant.location_lag_s).usage_location
    if adds and location is None:
        raise bad_request("License assignment cannot be done for user with invalid usage location.")
    after = _resulting(tenant, before, adds=adds, removes=removes, now=now)
    found = [
        violation
        for add in adds
        for violation in unfit_account(
            tenant, user, row=after.direct[add.sku_id], location=location or ""
        )
    ]
    found += broken_rules(tenant, before, after=after)
    for add in adds:
        found += missing_seats(tenant, before, row=add, now=now)
    if found:
        raise bad_request(found[0].message)
    tenant.change(user, after, now=now)


def read_licenses(tenant: Tenant, body: Any, *, now: float) -> tuple[list[Row], list[str]]:
    """Return the licenses to add and the SKUs to remove, as a call on a user or a group asks.

    What somebody still holds can be taken, also where its subscription became another product.

    Raises: GraphError 400 for a malformed body and for licenses the tenant cannot give.
    """
    adds, removes = read_body(body)
    gone = (sku_id for sku_id in removes if not tenant.holders(sku_id))
    for sku_id in (*(add.sku_id for add in adds), *gone):
        if tenant.pool(sku_id, now).status == "Deleted":
            raise bad_request(f"License {sku_id} does not correspond to a valid company License.")
    for add in adds:
        if add.sku_id in tenant.company_skus:
            raise bad_request(f"License {add.sku_id} cannot be assigned to a user.")
        strange = set(add.disabled) - load_products().by_id[add.sku_id].plans.keys()
        if strange:
            raise bad_request(
                f"Service plan {min(strange)} does not belong to the subscription {add.sku_id}."
            )
    return adds, removes


def read_body(body: Any) -> tuple[list[Row], list[str]]:
    """Return the licenses to add and the SKUs to remove.

    Raises: GraphError 400 with Graph's text when a key is missing or a GUID is none.
    """
    if not isinstance(body, Mapping):
        body = {}
    missing = [key for key in KEYS if body.get(key) is None]
    if missing:
        raise bad_request(
            "One or more parameters of the operation 'assignLicense' are missing from the "
            f"request payload. The missing parameters are: {', '.join(missing)}."
        )
    adds = [_read_add(item) for item in _list(body["addLicenses"])]
    removes = [_guid(item) for item in _list(body["removeLicenses"])]
    named = [*(add.sku_id for add in adds), *removes]
    if len(set(named)) < len(named):
        raise bad_request("A license is named more than once in addLicenses and removeLicenses.")
    return adds, removes


def _read_add(item: Any) -> Row:
    if not isinstance(item, Mapping) or not isinstance(item.get("skuId"), str):
        raise bad_request("Cannot convert the literal '' to the expected type 'Edm.Guid'.")
    unknown = set(item) - {"skuId", "disabledPlans"}
    unknown = {key for key in unknown if not key.startswith("@")}
    if unknown:
        raise bad_request(
            f"The property '{min(unknown)}' does not exist on type "
            "'microsoft.graph.assignedLicense'."
        )
    disabled = sorted({_guid(plan) for plan in _list(item.get("disabledPlans") or [])})
    return Row(sku_id=_guid(item["skuId"]), disabled=tuple(disabled))


def _list(value: Any) -> Sequence[Any]:
    if isinstance(value, list):
        return value
    raise bad_request("A collection was expected where a single value was found.")


def _guid(value: Any) -> str:
    text = value.lower() if isinstance(value, str) else str(value)
    if text in load_products().by_id:
        return text
    try:
        return str(UUID(text))
    except ValueError:
        raise bad_request(
            f"Cannot convert the literal '{value}' to the expected type 'Edm.Guid'."
        ) from None


def _check_removal(before: AccountState, sku_id: str) -> None:
    if sku_id in before.direct:
        return
    if any(row.sku_id == sku_id for row in before.rows):
        raise bad_request(
            "User license is inherited from a group membership and it cannot be removed "
            "directly from the user."
        )
    raise bad_request("User does not have a corresponding license.")


def _resulting(
    tenant: Tenant,
    before: AccountState,
    *,
    adds: Sequence[Row],
    removes: Sequence[str],
    now: float,
) -> AccountState:
    gone = {*removes, *(add.sku_id for add in adds)}
    kept = [row for row in before.rows if row.group_id is not None or row.sku_id not in gone]
    return before.with_changes(rows=(*kept, *completed(tenant, kept, adds=adds, at=now)))


def completed(
    tenant: Tenant, kept: Sequence[Row], *, adds: Sequence[Row], at: float
) -> Iterator[Row]:
    """Yield the licenses to add, with the plans off that the rules switch off with others."""
    all_rows = (*kept, *adds)
    for add in adds:
        others = (row for row in all_rows if row is not add and row.state in ACTIVE)
        plans = frozenset[str]().union(*(plans_left_on(row.sku_id, row.disabled) for row in others))
        off = tenant.rules.disabled_with_dependents(add.sku_id, add.disabled, others=plans)
        yield replace(add, disabled=off, at=at)
