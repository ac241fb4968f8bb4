"""What a rule of a repository is to a plan: a code and what it has against a tenant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from runner.model.findings import Finding

Judge = Callable[[Mapping[str, Any]], Finding | None]
"""Answers what a rule has against `tenant` and `plan`, plain JSON values, or None."""

_TOTALS = (
    "seats_bought",
    "seats_given_up",
    "steps",
    "subscriptions_cancelled",
    "subscriptions_ending",
    "users_changed",
    "users_moved",
)

FACTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "plan": ("accepted", "made_at", "playbook", "tenants", "totals", "unread"),
        "plan.totals": _TOTALS,
        "tenant": (
            "findings",
            "name",
            "observed",
            "steps",
            "tenant",
            "tenant_id",
            "timezone",
            "totals",
            "wave",
            "waves",
            "windows",
        ),
        "tenant.totals": _TOTALS,
    }
)
"""What a rule can read, by where it reads it: a name beside these is wrong wherever it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a policy; `is_acceptable` says whether a person may let it pass by its code."""

    code: str
    is_acceptable: bool
    judge: Judge
