"""Make tenants out of what a scenario describes."""

from __future__ import annotations

from math import ceil
from uuid import UUID
from zoneinfo import ZoneInfo

from runner.simulator.accounts import Group
from runner.simulator.clock import parse_moment, parse_span
from runner.simulator.parts import PARTNER, check_location, license_rows, object_id, place
from runner.simulator.people import add_people, nest_groups
from runner.simulator.products import load_products
from runner.simulator.scenario import (
    GroupEntry,
    ScenarioError,
    SubscriptionEntry,
    TenantEntry,
)
from runner.simulator.subscriptions import CSP, DAY, GRACE_S, TERMS_S, Subscription
from runner.simulator.tenant import Tenant

AGE_S = 100 * DAY


def build_tenant(name: str, entry: TenantEntry, *, now: float) -> Tenant:
    """Return the tenant as the scenario says it is at the start.

    Raises: ScenarioError naming the entry that cannot be.
    """
    where = f"tenant {name}"
    with place(where):
        _check_settings(entry)
        tenant_id = str(UUID(entry.id)) if entry.id else object_id(name, "tenant", key=name)
        tenant = Tenant(name, entry, tenant_id=tenant_id, created_at=now - AGE_S)
    for number, bought in enumerate(entry.subscriptions):
        with place(f"{where}: subscriptions[{number}]"):
            key = object_id(name, "subscription", key=number)
            tenant.subscriptions.append(_subscription(tenant, bought, key=key, now=now))
    for number, given in enumerate(entry.groups):
        with place(f"{where}: groups[{number}]"):
            group = _group(tenant, given, at=now - AGE_S)
            if group.id in tenant.groups:
                raise ScenarioError(f"two groups are called {group.name!r}")
            tenant.groups[group.id] = group
    with place(where):
        nest_groups(tenant, entry)
    add_people(tenant, entry, at=now - AGE_S, now=now)
    return tenant


def _check_settings(entry: TenantEntry) -> None:
    for span in (entry.purchase.credit_check, entry.purchase.provisioning, *entry.partner.spans()):
        parse_span(span)
    for word, targets in entry.partner.upgrades.items():
        for name in (word, *targets):
            load_products().find(name)
    lag = entry.lag
    for span in (lag.primary, lag.advanced, lag.consumed, lag.usage_location):
        parse_span(span)
    for country in (entry.country, *entry.locations.forbidden):
        check_location(country)
    ZoneInfo(entry.timezone)


def _subscription(
    tenant: Tenant, entry: SubscriptionEntry, *, key: str, now: float
) -> Subscription:
    if entry.seats < 0:
        raise ScenarioError(f"{entry.seats} seats are fewer than none")
    created = now - AGE_S if entry.created is None else parse_moment(entry.created)
    stopped = None
    term_s = TERMS_S[entry.term]
    lifecycle = created + max(1, ceil((now - created) / term_s)) * term_s
    if entry.status == "Warning":
        lifecycle = now - DAY
    elif entry.status != "Enabled":
        stopped = (now - DAY, entry.status)
    if entry.next_lifecycle is not None:
        next_at = parse_moment(entry.next_lifecycle)
        lifecycle = next_at - GRACE_S if entry.status == "Warning" else next_at
    return Subscription(
        id=entry.id or key,
        commerce_id=object_id(tenant.name, "commerce", key=entry.id or key),
        sku_id=load_products().find(entry.sku).sku_id,
        seats=entry.seats,
        channel=entry.channel,
        term=entry.term,
        billing_cycle=entry.billing_cycle,
        created_at=created,
        is_trial=entry.trial,
        owner_id=object_id(tenant.name, "owner", key="admin"),
        owner_tenant=entry.owner_tenant or (PARTNER if entry.channel in CSP else None),
        parent_id=entry.parent,
        visible_at=created,
        enabled_at=created,
        provisioned_at=created,
        renews=entry.renews and entry.status != "Warning" and not entry.ends_at_term,
        cancels_at_end=entry.ends_at_term,
        after_term=tenant.entry.azure.after_term,
        lifecycle_at=lifecycle,
        term_s=term_s,
        stopped=stopped,
        plan_statuses={load_products().plan_id(word): to for word, to in entry.plans.items()},
    )


def _group(tenant: Tenant, entry: GroupEntry, *, at: float) -> Group:
    key = object_id(tenant.name, "group", key=entry.name)
    return Group(
        id=key,
        name=entry.name,
        created_at=at,
        kind=entry.kind,
        licenses=license_rows(entry.licenses, group_id=key, at=at),
        security_enabled=entry.security_enabled,
        synced=entry.synced,
    )
