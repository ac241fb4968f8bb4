"""Fingerprints over canonical bytes: the same facts give the same digest in every process."""

import hashlib
from dataclasses import replace
from typing import Any

import msgspec

from runner.model.state import TenantState
from runner.steps.sales import own_sales

_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """Return the one JSON form of a value: sorted keys, no blanks."""
    return _ENCODER.encode(value)


def digest(content: bytes) -> str:
    """Return `sha256:` and the hexadecimal digest of bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def facts_digest(have: TenantState) -> str:
    """Return the fingerprint of all that was observed; times and memory are left out."""
    found = hashlib.sha256()
    found.update(canonical([have.tenant_id, [have.skus[sku] for sku in sorted(have.skus)]]))
    found.update(canonical(sorted(have.subscriptions, key=lambda each: each.id)))
    if sales := own_sales(have):
        unversioned = (replace(each, version="", setup="") for each in sales)
        found.update(canonical(sorted(unversioned, key=lambda each: (each.channel, each.id))))
    groups = have.groups and sorted(have.groups, key=lambda each: each.id)
    found.update(canonical(groups))
    seen: dict[int, bytes] = {}
    for user_id in sorted(have.users):
        user = have.users[user_id]
        if id(user.holdings) not in seen:
            seen[id(user.holdings)] = canonical(user.holdings)
        found.update(f"{user_id} {user.usage_location} {user.is_enabled} {user.is_guest}".encode())
        found.update(seen[id(user.holdings)])
    return f"sha256:{found.hexdigest()}"
