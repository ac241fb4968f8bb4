"""Count calls against Microsoft's quotas and say when a caller must wait."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runner.simulator.clock import SimulatedClock
from runner.simulator.scenario import QuotaEntry, Scenario

FLOOR_PERCENT = 2.0
WARN_ABOVE = 0.8
SMALL_BELOW, MEDIUM_UP_TO = 50, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Hold how much may be spent in a window of time."""

    amount: float
    window_s: float


MICROSOFT: Mapping[str, Limit] = {
    "app_tenant_writes": Limit(amount=3_000, window_s=150),
    "app_tenant_units_s": Limit(amount=3_500, window_s=10),
    "app_tenant_units_m": Limit(amount=5_000, window_s=10),
    "app_tenant_units_l": Limit(amount=8_000, window_s=10),
    "app_writes": Limit(amount=35_000, window_s=300),
    "app_units": Limit(amount=150_000, window_s=20),
    "tenant_writes": Limit(amount=18_000, window_s=300),
    "partner_requests": Limit(amount=500, window_s=60),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Hold whether a call may pass and what its headers say about the quota."""

    retry_after: int = 0
    scope: str = ""
    reason: str = ""
    used: float = 0.0


class Bucket:
    """Spend from a quota that refills evenly, or all at once at the end of each window."""

    def __init__(self, limit: Limit, *, by_window: bool, burst: float, now: float) -> None:
        self._capacity = limit.amount * (1.0 if by_window else burst)
        self._rate = limit.amount / limit.window_s
        self._window_s = limit.window_s if by_window else 0.0
        self._left = self._capacity
        self._at = now

    def spend(self, cost: float, now: float) -> int:
        """Take the cost and return 0, or return after how many seconds to come back.

        A refused call is charged too, down to a floor.
        """
        self._refill(now)
        enough = self._left >= cost
        self._left = max(self._left - cost, -self._capacity * FLOOR_PERCENT / 100)
        return 0 if enough else self._wait(cost, now)

    @property
    def used(self) -> float:
        """Return the part of the quota that is spent, 1.0 being all of it."""
        return 1.0 - self._left / self._capacity

    def _refill(self, now: float) -> None:
        if self._window_s:
            windows = (now - self._at) // self._window_s
            self._at += windows * self._window_s
            self._left = self._capacity if windows else self._left
            return
        self._left = min(self._capacity, self._left + (now - self._at) * self._rate)
        self._at = now

    def _wait(self, cost: float, now: float) -> int:
        if self._window_s:
            return max(1, math.ceil(self._at + self._window_s - now))
        return max(1, math.ceil((cost - self._left) / self._rate))


class Quotas:
    """Hold the buckets of all apps and tenants.

    Source: Microsoft Graph, "Microsoft Graph service-specific throttling limits", identity
    and access, read 2026-11-22.
    """

    def __init__(
        self,
        limits: Mapping[str, Limit],
        *,
        clock: Callable[[], float],
        by_window: bool = False,
        burst: float = 1.0,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._by_window = by_window
        self._burst = burst
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def charge(self, app: str, tenant: str, *, users: int, units: float, writes: float) -> Verdict:
        """Charge one call to every quota it falls under and say whether it may pass."""
        size = "s" if users < SMALL_BELOW else "m" if users <= MEDIUM_UP_TO else "l"
        both = f"{app}/{tenant}"
        charges = [
            ("Tenant_Application/ReadWrite", f"app_tenant_units_{size}", both, units),
            ("Application/ReadWrite", "app_units", app, units),
        ]
        if writes:
            charges += [
                ("Tenant_Application/Write", "app_tenant_writes", both, writes),
                ("Application/Write", "app_writes", app, writes),
                ("Tenant/Write", "tenant_writes", tenant, writes),
            ]
        refused, used = Verdict(), 0.0
        for scope, name, key, cost in charges:
            bucket = self._bucket(name, key)
            if bucket is None:
                continue
            wait = bucket.spend(cost, self._clock())
            used = max(used, bucket.used)
            if wait > refused.retry_after:
                kind = "ResourceUnit" if scope.endswith("/ReadWrite") else "Write"
                reason = f"{kind}LimitExceeded"
                refused = Verdict(retry_after=wait, scope=f"{scope}/{both}", reason=reason)
        return refused if refused.retry_after else Verdict(used=min(used, 1.8))

    def charge_partner(self, tenant: str) -> int:
        """Charge one call to Partner Center for a customer; return how long to wait, 0 to pass.

        Source: commerce fact sheet, section 3.4, read 2026-11-23 (500 requests a minute).
        """
        bucket = self._bucket("partner_requests", tenant)
        return 0 if bucket is None else bucket.spend(1, self._clock())

    def _bucket(self, name: str, key: str) -> Bucket | None:
        found = self._buckets.get((name, key))
        limit = self._limits.get(name)
        if found is None and limit is not None:
            found = Bucket(limit, by_window=self._by_window, burst=self._burst, now=self._clock())
            self._buckets[(name, key)] = found
        return found


def make_quotas(scenario: Scenario, clock: SimulatedClock) -> Quotas:
    """Return the quotas the scenario asks for: Microsoft's, none, or its own."""
    read = clock.now if scenario.quota_clock == "simulated" else time.monotonic
    scale = scenario.quota_scale
    ticking = lambda: read() * scale  # noqa: E731
    if scenario.quota == "off":
        return Quotas({}, clock=ticking)
    if isinstance(scenario.quota, QuotaEntry):
        return Quotas(
            _own_limits(scenario.quota),
            clock=ticking,
            by_window=scenario.quota.algorithm == "window",
            burst=scenario.quota.burst_percent / 100,
        )
    return Quotas(MICROSOFT, clock=ticking)


def _own_limits(entry: QuotaEntry) -> dict[str, Limit]:
    units = entry.resource_units_per_10_s
    asked = {
        "app_tenant_writes": (entry.writes_per_150_s, 150),
        "app_tenant_units_s": (units, 10),
        "app_tenant_units_m": (units, 10),
        "app_tenant_units_l": (units, 10),
        "tenant_writes": (entry.tenant_writes_per_300_s, 300),
        "app_writes": (entry.app_writes_per_300_s, 300),
        "app_units": (entry.app_resource_units_per_20_s, 20),
        "partner_requests": (entry.partner_requests_per_60_s, 60),
    }
    return {
        name: Limit(amount=amount, window_s=window_s)
        for name, (amount, window_s) in asked.items()
        if amount is not None
    }
