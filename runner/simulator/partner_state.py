"""Remember what Partner Center was asked for: carts, orders, transitions, answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.simulator.errors import GraphError


@dataclass(slots=True, kw_only=True)
class Pending:
    """Hold one change that was accepted, and when it is done."""

    subject: str
    due_at: float
    act: Callable[[float], None]


@dataclass(slots=True, kw_only=True)
class Cart:
    """Hold what is to be bought, as it was asked for, until it is checked out."""

    id: str
    created_at: float
    lines: list[dict[str, Any]]
    is_checked_out: bool = False


@dataclass(slots=True, kw_only=True)
class OrderLine:
    """Hold one line of an order with the subscription that came of it."""

    subscription_id: str
    offer_id: str
    quantity: int
    term: str
    billing_cycle: str


@dataclass(slots=True, kw_only=True)
class Order:
    """Hold one order; its status is that of its subscriptions."""

    id: str
    created_at: float
    lines: list[OrderLine]


@dataclass(slots=True, kw_only=True)
class Event:
    """Hold how far one part of a transition is."""

    name: str
    status: str
    at: float
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Transition:
    """Hold one move of a subscription into another product, and what happened so far."""

    operation_id: str
    wanted: Mapping[str, Any]
    events: list[Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Hold the answer that a request id was given, or the refusal."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    refusal: GraphError | None = None


@dataclass(slots=True, kw_only=True)
class Terms:
    """Hold what Partner Center knows of a subscription besides its seats and its term."""

    updates: int = 0
    next_term: dict[str, Any] | None = None
    actions: list[dict[str, Any]] = field(default_factory=list)
    name: str | None = None


@dataclass(slots=True, kw_only=True)
class PartnerState:
    """Hold what Partner Center knows of a tenant besides its subscriptions."""

    carts: dict[str, Cart] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    transitions: dict[str, list[Transition]] = field(default_factory=dict)
    answers: dict[tuple[str, str, str, bytes], Remembered] = field(default_factory=dict)
    terms: dict[str, Terms] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)

    def terms_of(self, subscription_id: str) -> Terms:
        """Return what is known of a subscription."""
        return self.terms.setdefault(subscription_id, Terms())

    def begin(self, subject: str, *, due_at: float, act: Callable[[float], None]) -> None:
        """Let a change of a subscription be done at a moment."""
        self.pending.append(Pending(subject=subject, due_at=due_at, act=act))

    def catch_up(self, now: float) -> None:
        """Finish every change that is due by now, in the order they are due."""
        while due := [item for item in self.pending if item.due_at <= now]:
            first = min(due, key=lambda item: item.due_at)
            self.pending.remove(first)
            first.act(first.due_at)

    def is_busy(self, subject: str) -> bool:
        """Return whether a change of a subscription is under way."""
        return any(item.subject == subject for item in self.pending)
