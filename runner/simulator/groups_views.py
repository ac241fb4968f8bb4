"""Show groups the way Graph shows them, and say by what they can be filtered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from runner.simulator.accounts import Group, User
from runner.simulator.clock import iso
from runner.simulator.filters import Schema
from runner.simulator.tenant import Tenant

DEFAULT = (
    "id",
    "deletedDateTime",
    "createdDateTime",
    "description",
    "displayName",
    "groupTypes",
    "mail",
    "mailEnabled",
    "mailNickname",
    "membershipRule",
    "membershipRuleProcessingState",
    "onPremisesSyncEnabled",
    "securityEnabled",
    "visibility",
)
PROPERTIES = dict.fromkeys((*DEFAULT, "assignedLicenses", "licenseProcessingState"))
DEFAULT_MODE_ONLY = "hasMembersWithLicenseErrors"
_TYPES = {"m365": ("Unified",), "dynamic": ("DynamicMembership",)}


class GroupView(NamedTuple):
    """Hold one group as one replica knows it."""

    tenant: Tenant
    group: Group
    as_of: float


def members_in_error(tenant: Tenant, group: Group, *, at: float) -> Iterator[User]:
    """Yield the users whose license from this group was not as it is to be, at a moment."""
    for index in group.members:
        state = tenant.users[index].at(at)
        if state.deleted_at is None and any(
            row.error for row in state.rows if row.group_id == group.id
        ):
            yield tenant.users[index]


def _alias(group: Group) -> str:
    return group.name.lower().replace(" ", ".")


def _licenses(view: GroupView) -> list[Mapping[str, Any]]:
    rows = view.group.licenses_at(view.as_of)
    return [{"disabledPlans": row.disabled, "skuId": row.sku_id} for row in rows]


def _has_errors(view: GroupView) -> bool:
    return any(True for _ in members_in_error(view.tenant, view.group, at=view.as_of))


SCHEMA = Schema(
    type_name="Group",
    fields={
        "id": lambda view: view.group.id,
        "displayName": lambda view: view.group.name,
        "mailNickname": lambda view: _alias(view.group),
        "securityEnabled": lambda view: view.group.security_enabled,
        "onPremisesSyncEnabled": lambda view: view.group.synced or None,
        DEFAULT_MODE_ONLY: _has_errors,
    },
    collections={
        "assignedLicenses": _licenses,
        "groupTypes": lambda view: [{"": kind} for kind in _TYPES.get(view.group.kind, ())],
    },
)


def show_group(view: GroupView) -> dict[str, Any]:
    """Return all properties of a group that can be selected.

    Source: Microsoft Graph v1.0, resource `group`, read 2026-11-22.
    """
    group = view.group
    is_mail, is_dynamic = group.kind == "m365", group.kind == "dynamic"
    alias = _alias(group)
    state = group.processing_at(view.as_of)
    return {
        "id": group.id,
        "deletedDateTime": None,
        "createdDateTime": iso(group.created_at),
        "description": None,
        "displayName": group.name,
        "groupTypes": _TYPES.get(group.kind, ()),
        "mail": f"{alias}@{view.tenant.domain}" if is_mail else None,
        "mailEnabled": is_mail,
        "mailNickname": alias,
        "membershipRule": "(user.accountEnabled -eq true)" if is_dynamic else None,
        "membershipRuleProcessingState": "On" if is_dynamic else None,
        "securityEnabled": group.security_enabled,
        "visibility": None,
        "onPremisesSyncEnabled": group.synced or None,
        "assignedLicenses": _licenses(view),
        "licenseProcessingState": state and {"state": state},
    }
