"""Write what a simulator answers as lines for a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def lines_of_state(state: Mapping[str, Any]) -> Iterator[str]:
    """Yield the time and, per tenant, its seats and subscriptions."""
    yield f"now {state['now']}, rate {state['rate']:g}"
    for name, tenant in state["tenants"].items():
        yield f"{name}   {tenant['display_name']}   {tenant['users']} users"
        for sku, pool in tenant["skus"].items():
            seats = f"{pool['consumed']} of {pool['enabled'] + pool['warning']} seats in use"
            yield f"  {sku:24}{pool['status']:12}{seats}"
        for group in tenant["licensed_groups"]:
            skus = ", ".join(group["skus"]) or "no licenses"
            members = f"{group['members']} members, {group['in_error']} in error"
            yield f"  group {group['name']}: {skus}   {members}   {group['state']}"
        for item in tenant["subscriptions"]:
            until = item["credit_check_until"]
            check = f"   credit check until {until}" if until else ""
            seats = f"{item['seats']} seats"
            yield f"    {item['id']}  {item['sku']}  {seats}  {item['status']}{check}"


def lines_of_log(log: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line per call, oldest first."""
    for call in log["calls"]:
        fault = f"  fault: {call['fault']}" if call["fault"] else ""
        status = call["status"] or "no answer"
        what = f"{call['method']} {call['path']}"
        yield f"{call['at']}  {call['tenant']}  {what}  {status}{fault}"


def lines_of_faults(faults: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line per fault of each tenant."""
    for name, rows in faults.items():
        yield f"{name}   {len(rows)} faults"
        for row in rows:
            yield f"  {row['kind']:20}met {row['met']}, struck {row['struck']}"


def lines_of_act(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line per value that came of an act."""
    for key, value in answer.items():
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value)
            yield f"{key.replace('_', ' '):22}{text}"
