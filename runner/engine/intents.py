"""What is recorded of a tenant before a step acts on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from runner.engine.look import concerned
from runner.model.plan import Step
from runner.model.state import OpenOrder, TenantState
from runner.ports import Records
from runner.steps import KIND_OF
from runner.steps.naming import order_key
from runner.steps.ordering import is_answered, outgrown


def keep_users(
    steps: Sequence[Step], state: TenantState, records: Records, *, now: datetime
) -> None:
    """Keep what users hold before they change, or before an order that may change anybody.

    Source: commerce.md U11 (the vendor's own upgrade resets every service; note them before),
    read 2026-11-23.
    """
    names = dict.fromkeys(name for step in steps for name in concerned(step, state))
    users = [state.users[name] for name in names if name in state.users]
    if users:
        records.save_snapshot(state.tenant_id, at=now, users=users)


def open_orders(
    steps: Sequence[Any], state: TenantState, records: Records, *, now: datetime
) -> None:
    """Record the intent and the key of every order; an earlier one that it outgrows is closed."""
    for step in steps:
        kind = KIND_OF[type(step)]
        seats = kind.ordered_seats(step) if kind.ordered_seats else 0
        order = OpenOrder(
            key=order_key(state.tenant_id, step.id, seats=seats, opened_at=now),
            step=step.id,
            kind=kind.name,
            sku=step.sku,
            seats=seats,
            opened_at=now,
        )
        earlier = outgrown(step.id, seats, state)
        if earlier:
            records.close_order(state.tenant_id, earlier.step, now)
        records.open_order(state.tenant_id, order)
        if earlier and is_answered(earlier):
            records.note_reference(state.tenant_id, step.id, earlier.reference)
