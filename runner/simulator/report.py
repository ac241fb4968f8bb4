"""Tell the whole state of a world in plain values, for people and for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runner.simulator.clock import iso
from runner.simulator.groups_views import members_in_error
from runner.simulator.log import Call
from runner.simulator.products import load_products
from runner.simulator.subscriptions import Purchase, Subscription
from runner.simulator.tenant import Tenant
from runner.simulator.world import World


def report_state(world: World, *, tenant: str | None = None) -> dict[str, Any]:
    """Return the time and, per tenant or for one of them, its seats and subscriptions.

    Raises: LookupError naming the tenants there are.
    """
    now = world.clock.now()
    asked = world.tenants.values() if tenant is None else [world.tenant(tenant)]
    tenants = {one.name: _report_tenant(one, now) for one in asked}
    return {"now": iso(now), "rate": world.clock.rate, "tenants": tenants}


def report_subscription(item: Subscription, now: float) -> dict[str, Any]:
    """Return one subscription; a credit check that still runs shows when it ends."""
    return {
        "id": item.id,
        "sku": load_products().by_id[item.sku_id].part_number,
        "seats": item.seats,
        "status": item.status(now),
        "channel": item.channel,
        "term": item.term,
        "renews": item.renews,
        "next_lifecycle": iso(item.next_lifecycle(now)),
        "is_visible": item.is_visible(now),
        "credit_check_until": None if item.is_checked(now) else iso(item.enabled_at),
        "services_ready_at": None if item.is_provisioned(now) else iso(item.provisioned_at),
    }


def report_faults(world: World) -> dict[str, Any]:
    """Return per tenant every fault with how often it was met and how often it struck."""
    return {
        name: [
            {"kind": fault.kind, "met": fault.met, "struck": fault.struck} for fault in plan.faults
        ]
        for name, plan in world.faults.items()
    }


def report_call(call: Call) -> Mapping[str, Any]:
    """Return one line of the call log."""
    body = None if call.body is None else call.body.decode("utf-8", "replace")
    return {
        "at": iso(call.at),
        "tenant": call.tenant,
        "app": call.app,
        "method": call.method,
        "path": call.path,
        "query": call.query or {},
        "status": call.status,
        "batch": call.batch,
        "partner": call.is_partner,
        "fault": call.fault,
        "applied": call.applied,
        "body": None if call.path == "/$batch" else body,
    }


def _report_tenant(tenant: Tenant, now: float) -> dict[str, Any]:
    products = load_products().by_id
    sku_ids = dict.fromkeys(item.sku_id for item in tenant.subscriptions)
    skus = {}
    for sku_id in sku_ids:
        pool = tenant.pool(sku_id, now)
        skus[products[sku_id].part_number] = {
            "name": products[sku_id].name,
            "status": pool.status,
            "enabled": pool.enabled,
            "warning": pool.warning,
            "suspended": pool.suspended,
            "locked_out": pool.locked_out,
            "consumed": tenant.consumed(sku_id),
            "most_over_assigned": tenant.most_over_assigned[sku_id],
        }
    return {
        "id": tenant.id,
        "display_name": tenant.display_name,
        "users": tenant.count_users(),
        "groups": len(tenant.groups),
        "licensed_groups": list(_report_groups(tenant, now)),
        "skus": skus,
        "subscriptions": [report_subscription(item, now) for item in tenant.subscriptions],
        "purchases": [_report_purchase(item) for item in tenant.purchases],
        "seats_bought": sum(item.seats for item in tenant.purchases),
    }


def _report_purchase(item: Purchase) -> dict[str, Any]:
    return {
        "at": iso(item.at),
        "by": item.buyer.kind,
        "key": item.buyer.key,
        "sku": load_products().by_id[item.sku_id].part_number,
        "seats": item.seats,
        "subscription": item.subscription_id,
    }


def _report_groups(tenant: Tenant, now: float) -> Iterator[dict[str, Any]]:
    products = load_products().by_id
    for group in tenant.groups.values():
        if group.licenses or group.jobs:
            yield {
                "id": group.id,
                "name": group.name,
                "skus": [products[row.sku_id].part_number for row in group.licenses],
                "members": len(group.members),
                "in_error": sum(1 for _ in members_in_error(tenant, group, at=now)),
                "state": group.processing_at(now),
            }
