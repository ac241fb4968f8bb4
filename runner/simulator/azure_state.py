"""Remember what Azure billing was asked for: aliases, operations under way, cost centers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.simulator.errors import GraphError


@dataclass(slots=True, kw_only=True)
class Operation:
    """Hold one write that was accepted: when it is done, how, and what it answers then.

    A refusal from the start means that it will come to nothing.
    """

    name: str
    subject: str
    due_at: float
    act: Callable[[float], None]
    show: Callable[[Any], Any]
    is_done: bool = False
    refusal: GraphError | None = None

    def finish(self) -> None:
        """Do the work at its moment and keep the reason if it is refused by then."""
        try:
            if self.refusal is None:
                self.act(self.due_at)
        except GraphError as refusal:
            self.refusal = refusal
        self.is_done = True

    @property
    def has_failed(self) -> bool:
        """Return whether it is over and nothing was done."""
        return self.is_done and self.refusal is not None


@dataclass(slots=True, kw_only=True)
class Alias:
    """Hold the name a buyer chose for a purchase, what was asked for and what came of it."""

    name: str
    wanted: Mapping[str, Any]
    operation: Operation
    subscription_id: str | None = None

    @property
    def has_failed(self) -> bool:
        """Return whether nothing was bought and nothing will be."""
        return self.operation.has_failed and self.subscription_id is None


@dataclass(slots=True, kw_only=True)
class AzureState:
    """Hold what Azure billing knows of a tenant besides its subscriptions."""

    aliases: dict[str, Alias] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    display_names: dict[str, str] = field(default_factory=dict)
    cost_centers: dict[str, str] = field(default_factory=dict)

    def catch_up(self, now: float) -> None:
        """Finish every operation that is due by now, in the order they are due."""
        due = [item for item in self.operations.values() if not item.is_done and item.due_at <= now]
        for operation in sorted(due, key=lambda item: item.due_at):
            operation.finish()

    def is_busy(self, subject: str) -> bool:
        """Return whether an operation on a subscription or alias is under way."""
        return any(
            item.subject == subject and not item.is_done for item in self.operations.values()
        )
