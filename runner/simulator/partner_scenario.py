"""Describe how Partner Center behaves, where Microsoft's documents leave it open."""

from __future__ import annotations

from typing import Literal

import msgspec


class PartnerEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Describe a tenant as a customer of the partner, and how long things take there."""

    customer: bool = True
    agreement: bool = True
    ids: Literal["commerce", "own"] = "commerce"
    answers: Literal["at_once", "accepted"] = "at_once"
    operation: str | float = "2 min"
    order_lag: str | float = "15 min"
    refresh: str | float = "15 min"
    availability: str | float = "24h"
    cart_life: str | float = "7 days"
    conversion: str | float = "6 min"
    reassignment: str | float = "30 min"
    renewal: str | float = 0
    reassigns: bool = True
    setup: Literal["succeeds", "fails"] = "succeeds"
    review: str = "pending"
    upgrades: dict[str, list[str]] = {}

    def spans(self) -> tuple[str | float, ...]:
        """Return every length of time in it."""
        return (
            self.operation,
            self.order_lag,
            self.refresh,
            self.availability,
            self.cart_life,
            self.conversion,
            self.reassignment,
            self.renewal,
        )


class PartnerWorldEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Describe the one partner of a world: its own tenant, who signs in, how it is refused."""

    tenant: str = ""
    app_only: list[str] = []
    refused: list[str] = []
    codes: Literal["text", "number"] = "text"
