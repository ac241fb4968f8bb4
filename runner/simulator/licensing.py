"""Give and take licenses by Microsoft's rules, all of a call or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from runner.simulator.accounts import AccountState, Row, User
from runner.simulator.errors import GraphError, bad_request
from runner.simulator.products import load_products
from runner.simulator.rules import plans_left_on
from runner.simulator.subscriptions import ASSIGNABLE
from runner.simulator.tenant import Tenant

KEYS = ("addLicenses", "removeLicenses")
_PLANS = frozenset[str]


def assign_license(tenant: Tenant, user: User, *, body: Any, now: float) -> None:
    """Add and remove licenses of one user in one act.

    Raises: GraphError; the user is then exactly as before.
    Source: Microsoft Graph v1.0, `user: assignLicense`, read 2026-11-22.
    """
    adds, removes = read_body(body)
    for sku_id in (*(add.sku_id for add in adds), *removes):
        if tenant.pool(sku_id, now).status == "Deleted":
            raise bad_request(f"License {sku_id} does not correspond to a valid company License.")
    before = user.state
    for sku_id in removes:
        _check_removal(before, sku_id)
    if adds:
        location = user.at(now - tenant.location_lag_s).usage_location
        _check_additions(tenant, adds, location=location)
    after = _resulting(tenant, before, adds=adds, removes=removes, now=now)
    _check_rules(tenant, before, after=after)
    _check_seats(tenant, before, adds=adds, now=now)
    tenant.change(user, after, now=now)


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


def _check_additions(tenant: Tenant, adds: Sequence[Row], *, location: str | None) -> None:
    if location is None:
        raise bad_request("License assignment cannot be done for user with invalid usage location.")
    for add in adds:
        if add.sku_id in tenant.company_skus:
            raise bad_request(f"License {add.sku_id} cannot be assigned to a user.")
        strange = set(add.disabled) - load_products().by_id[add.sku_id].plans.keys()
        if strange:
            raise bad_request(
                f"Service plan {min(strange)} does not belong to the subscription {add.sku_id}."
            )


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
    given = [Row(sku_id=add.sku_id, disabled=_disabled(tenant, add), at=now) for add in adds]
    return before.with_changes(rows=(*kept, *given))


def _disabled(tenant: Tenant, add: Row) -> tuple[str, ...]:
    if not tenant.rules.switches_off_dependents:
        return add.disabled
    off = frozenset(add.disabled)
    more = tenant.rules.dependents_of(off, plans_left_on(add.sku_id, ()))
    return tuple(sorted(off | more))


def _check_rules(tenant: Tenant, before: AccountState, *, after: AccountState) -> None:
    broken = tenant.rules.violations(active_plans(after))
    if not broken:
        return
    known = tenant.rules.violations(active_plans(before))
    new = [violation for violation in broken if violation not in known]
    if new:
        raise bad_request(new[0])


def active_plans(state: AccountState) -> frozenset[str]:
    """Return all service plans that any of the user's licenses leaves on."""
    sets: list[_PLANS] = [plans_left_on(sku, off) for sku, off in state.disabled.items()]
    return _PLANS().union(*sets)


def _check_seats(tenant: Tenant, before: AccountState, *, adds: Sequence[Row], now: float) -> None:
    for add in adds:
        pool = tenant.pool(add.sku_id, now)
        held = add.sku_id in before.held
        free = pool.assignable - tenant.consumed(add.sku_id)
        if pool.status not in ASSIGNABLE or (not held and free < 1):
            raise no_seats(add.sku_id)


def no_seats(sku_id: str) -> GraphError:
    """Return the error for a SKU without a free seat."""
    return bad_request(f"Subscription with SKU {sku_id} does not have any available licenses.")
