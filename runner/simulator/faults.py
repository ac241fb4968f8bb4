"""Let things go wrong by rate, by user, by count, and in the same way every time."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from runner.simulator.partner_codes import ERRORS as PARTNER_ERRORS
from runner.simulator.scenario import FaultEntry, ScenarioError

KINDS = (
    "drop",
    "applied_unanswered",
    "stale_read",
    "empty_page",
    "slow",
    "missing_answer",
    "operation_failed",
    "partner_error",
)
ERRORS = {
    400: ("Request_BadRequest", "The request is not valid."),
    401: ("InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
    403: ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    404: (
        "Request_ResourceNotFound",
        "Resource does not exist or one of its queried reference-property objects are not present.",
    ),
    409: (
        "Directory_ConcurrencyViolation",
        "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.",
    ),
    412: ("Request_PreconditionFailed", "The condition of the request is not met."),
    423: ("ResourceLocked", "The resource is locked."),
    429: ("TooManyRequests", "Please retry again later."),
    500: ("InternalServerError", "An unexpected error occurred."),
    502: ("BadGateway", "The gateway got an invalid answer."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", "The gateway got no answer in time."),
}
PARTNER_SCOPES = (
    "customers",
    "catalog",
    "cart",
    "checkout",
    "orders",
    "provisioning",
    "subscriptions",
    "subscription",
    "transitions",
    "upgrades",
)
SCOPES = ("read", "write", "batch", "inner", "outer", "partner", *PARTNER_SCOPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Hold what a fault looks at to see whether a call is meant."""

    path: str
    scopes: frozenset[str]
    users: frozenset[str]


class Fault:
    """Hold one fault and how often it was met and struck."""

    def __init__(self, entry: FaultEntry) -> None:
        kind = str(entry.kind)
        if kind not in KINDS and not (kind.isdigit() and int(kind) in ERRORS):
            known = ", ".join((*map(str, ERRORS), *KINDS))
            raise ScenarioError(f"faults: {kind!r} is no kind of fault, there are: {known}")
        if kind == "partner_error" and entry.code not in PARTNER_ERRORS:
            raise ScenarioError(f"faults: {entry.code!r} is no error of Partner Center")
        on = [entry.on] if isinstance(entry.on, str) else entry.on
        for word in on:
            if word not in SCOPES and not word.startswith("/"):
                raise ScenarioError(
                    f"faults: {word!r} is no place, write {', '.join(SCOPES)} or a path"
                )
        self.entry = entry
        self.kind = kind
        self.status = int(kind) if kind.isdigit() else 0
        self._on = on
        self._users = frozenset(word.lower() for word in entry.users)
        self.met = 0
        self.struck = 0

    def strikes(self, target: Target, dice: random.Random) -> bool:
        """Return whether this call is hit, and count it."""
        if not self._is_meant(target):
            return False
        self.met += 1
        entry = self.entry
        turn = self.met - entry.after
        if turn < 1 or (entry.count is not None and self.struck >= entry.count):
            return False
        if entry.every is not None and turn % entry.every:
            return False
        if entry.rate is not None and dice.random() >= entry.rate:
            return False
        self.struck += 1
        return True

    def _is_meant(self, target: Target) -> bool:
        if self._users and not self._users & target.users:
            return False
        if self.kind == "missing_answer" and "inner" not in target.scopes:
            return False
        if self.kind == "partner_error" and "partner" not in target.scopes:
            return False
        if self.kind == "drop" and "inner" in target.scopes:
            return False
        if self.kind in ("applied_unanswered", "operation_failed") and "read" in target.scopes:
            return False
        return all(
            target.path.startswith(word) if word.startswith("/") else word in target.scopes
            for word in self._on
        )


class FaultPlan:
    """Hold the faults of one tenant; they can be replaced while it is served."""

    def __init__(self, entries: Iterable[FaultEntry]) -> None:
        self.faults = [Fault(entry) for entry in entries]

    @property
    def asks_for_users(self) -> bool:
        """Return whether any fault wants to know which user a call is about."""
        return any(fault.entry.users for fault in self.faults)

    def strike(self, target: Target, dice: random.Random) -> list[Fault]:
        """Return the faults that hit this call."""
        return [fault for fault in self.faults if fault.strikes(target, dice)]
