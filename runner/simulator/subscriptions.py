"""Let subscriptions be bought, checked, provisioned, expire and end as time passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DAY = 86400.0
GRACE_S = 30 * DAY
DISABLED_S = 90 * DAY
TERM_S = 365 * DAY
TERMS_S = {"P1M": 30 * DAY, "P1Y": TERM_S, "P3Y": 3 * TERM_S}
WINDOW_S = 7 * DAY
GONE = "Deleted"
CSP = ("csp", "csp_legacy")
EST_BOUGHT_FROM = 1_743_465_600.0
EST_ENDING_FROM = 1_777_852_800.0
MCA_BOUGHT_FROM = 1_770_595_200.0
ASSIGNABLE = ("Enabled", "Warning")
UNIT_OF_STATUS = {
    "Enabled": "enabled",
    "Warning": "warning",
    "Suspended": "suspended",
    "LockedOut": "locked_out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Hold who buys, and under which key that the same purchase would have again."""

    kind: Literal["administrator", "azure", "partner"]
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """Hold one line of a tenant's order book: a subscription bought, or more seats of one."""

    at: float
    buyer: Buyer
    sku_id: str
    seats: int
    subscription_id: str


@dataclass(slots=True, kw_only=True)
class Subscription:
    """Hold one purchase of seats and the moments at which it changes by itself.

    Source: Microsoft 365 admin, "What happens to my data and access when my subscription
    ends", read 2026-11-22 (30 days of grace, 90 days disabled).
    """

    id: str
    commerce_id: str
    sku_id: str
    seats: int
    channel: str = "direct_legacy"
    term: str = "P1Y"
    billing_cycle: str = "monthly"
    created_at: float
    is_trial: bool = False
    owner_id: str | None = None
    owner_tenant: str | None = None
    visible_at: float
    enabled_at: float
    provisioned_at: float
    renews: bool = True
    lifecycle_at: float
    term_s: float = TERM_S
    stopped: tuple[float, str] | None = None
    cancels_at_end: bool = False
    after_term: Literal["ends", "extended", "grace"] = "grace"
    converted_at: float | None = None
    parent_id: str | None = None
    plan_statuses: dict[str, str] = field(default_factory=dict)
    seat_history: list[tuple[float, int]] = field(default_factory=list)

    def is_visible(self, now: float) -> bool:
        """Return whether the tenant shows it."""
        return self.visible_at <= now and self.status(now) != GONE

    def is_checked(self, now: float) -> bool:
        """Return whether its credit check is over."""
        return self.enabled_at <= now

    def is_provisioned(self, now: float) -> bool:
        """Return whether its service plans are set up."""
        return self.provisioned_at <= now

    def status(self, now: float) -> str:
        """Return where it stands in its life."""
        return self._phase(now)[0]

    def next_lifecycle(self, now: float) -> float:
        """Return when its status moves on, or when it renews."""
        return self._phase(now)[1]

    def units(self, now: float) -> tuple[str, int]:
        """Return the kind and number of seats it adds to its SKU."""
        unit = UNIT_OF_STATUS.get(self.status(now), "")
        checked = self.is_checked(now) and self.is_visible(now)
        return (unit, self.seats_at(now)) if unit and checked else ("enabled", 0)

    def term_end(self, now: float) -> float:
        """Return when the term ends that runs now, or that ran last."""
        return self.next_lifecycle(now) if self.status(now) == "Enabled" else self.lifecycle_at

    def term_start(self, now: float) -> float:
        """Return when the term began that runs now, or that ran last."""
        return max(self.created_at, self.term_end(now) - self.term_s)

    def window_end(self, now: float) -> float:
        """Return until when it can be cancelled after its start or renewal.

        Source: Microsoft 365 admin, "Cancel your Microsoft business subscription", read
        2026-11-23 (7 days).
        """
        start = self.term_start(now)
        if self.converted_at is not None and self.converted_at >= start:
            return start
        return start + WINDOW_S

    def is_extended(self, now: float) -> bool:
        """Return whether it runs on, month by month, after a term that nobody renewed.

        Source: commerce fact sheet, section 4.2, read 2026-11-23: partners' subscriptions
        bought or renewed since 2025-04-01 that end from 2026-05-04, without a cancellation.
        """
        at = self.lifecycle_at
        if self.channel == "direct_mca":
            return self._ends_as("extended") and now >= at and not self.is_trial
        return self.channel == "csp" and not (
            self.renews
            or self.cancels_at_end
            or self.is_trial
            or now < at
            or at < EST_ENDING_FROM
            or at - self.term_s < EST_BOUGHT_FROM
        )

    def _ends_as(self, way: str) -> bool:
        """Return whether a term on a customer agreement that nobody renews ends this way.

        Source: commerce fact sheet, section 4.2, read 2026-11-23: what was bought or renewed
        since 2026-02-09 has no grace any more.
        """
        is_new = self.lifecycle_at - self.term_s >= MCA_BOUGHT_FROM
        is_ending = not self.renews and not self.cancels_at_end
        return self.channel == "direct_mca" and is_new and is_ending and self.after_term == way

    def set_renewal(self, now: float, *, on: bool) -> None:
        """Switch recurring billing on or off for the end of the term that runs now."""
        self.lifecycle_at = self.next_lifecycle(now)
        self.renews = on

    def stop(self, now: float, *, status: str) -> None:
        """End it at once, before its term ends."""
        self.lifecycle_at = self.next_lifecycle(now)
        self.stopped = (now, status)

    def seats_at(self, moment: float) -> int:
        """Return how many seats it had at a moment."""
        for until, seats in self.seat_history:
            if until > moment:
                return seats
        return self.seats

    def resize(self, seats: int, now: float) -> None:
        """Set the purchased seats and remember what they were."""
        self.seat_history.append((now, self.seats))
        self.seats = seats

    def _phase(self, now: float) -> tuple[str, float]:
        if self.stopped is not None and self.stopped[0] <= now:
            is_new = self.channel == "csp"
            ends = self.lifecycle_at if is_new else self.stopped[0] + DISABLED_S
            return (self.stopped[1], ends) if now < ends else (GONE, ends)
        renewal = self.lifecycle_at
        if now < renewal:
            return "Enabled", renewal
        if self.renews:
            return "Enabled", _next(renewal, self.term_s, now=now)
        if self.is_extended(now):
            return "Enabled", _next(renewal, TERMS_S["P1M"], now=now)
        if self.cancels_at_end or self._ends_as("ends"):
            renewal += DISABLED_S
            return ("Suspended", renewal) if now < renewal else (GONE, renewal)
        for status, length in (("Warning", GRACE_S), ("Suspended", DISABLED_S)):
            renewal += length
            if now < renewal:
                return status, renewal
        return GONE, renewal


def _next(renewal: float, term_s: float, *, now: float) -> float:
    return renewal + ((now - renewal) // term_s + 1) * term_s
