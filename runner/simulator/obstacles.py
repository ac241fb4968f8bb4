"""Find what stands in the way of licenses, for direct calls and for groups alike."""

from __future__ import annotations

from collections.abc import Iterator

from runner.simulator.accounts import AccountState, Row, User
from runner.simulator.rules import Violation, plans_left_on
from runner.simulator.subscriptions import ASSIGNABLE
from runner.simulator.tenant import Tenant

_PLANS = frozenset[str]


def active_plans(state: AccountState) -> frozenset[str]:
    """Return all service plans that any of the user's licenses leaves on."""
    return _PLANS().union(*(plans_left_on(sku, off) for sku, off in state.disabled.items()))


def broken_rules(tenant: Tenant, before: AccountState, *, after: AccountState) -> list[Violation]:
    """Return the rules that a change would break; those already broken stop nothing."""
    broken = tenant.rules.violations(active_plans(after))
    if not broken:
        return []
    known = tenant.rules.violations(active_plans(before))
    return [violation for violation in broken if violation not in known]


def missing_seats(
    tenant: Tenant, before: AccountState, *, row: Row, now: float
) -> Iterator[Violation]:
    """Yield a violation when no seat is free; whoever holds the SKU from any source has one."""
    pool = tenant.pool(row.sku_id, now)
    held = row.sku_id in before.held
    free = pool.assignable - tenant.consumed(row.sku_id)
    if pool.status not in ASSIGNABLE or (not held and free < 1):
        text = f"Subscription with SKU {row.sku_id} does not have any available licenses."
        yield Violation(kind="CountViolation", message=text, sku_id=row.sku_id)


def unfit_account(tenant: Tenant, user: User, *, row: Row, location: str) -> Iterator[Violation]:
    """Yield what the account itself has against a license: its location, its addresses.

    Source: Microsoft Graph v1.0, resource `licenseAssignmentState`, read 2026-11-22; the text
    about locations is made by analogy, none was captured.
    """
    forbidden = tenant.forbidden.get(location, _PLANS())
    for plan in sorted(plans_left_on(row.sku_id, row.disabled) & forbidden):
        text = f"License assignment failed because service plan {plan} is prohibited in usage "
        yield Violation(
            kind="ProhibitedInUsageLocationViolation",
            message=f"{text}location {location}.",
            sku_id=row.sku_id,
        )
    if user.profile.proxy_conflict:
        text = "Another object with the same value for property proxyAddresses already exists."
        yield Violation(kind="UniquenessViolation", message=text, sku_id=row.sku_id)
