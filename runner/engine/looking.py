"""Find in a state what a run needs of it: who is concerned, who is missing, what nobody holds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from runner.model.ids import SkuId, UserId
from runner.model.plan import Step
from runner.model.state import TenantState
from runner.ports import Directory
from runner.steps.holding import takes_seat
from runner.steps.ordering import OrderStep
from runner.steps.swapping import SwapStep


def concerned(step: Step, state: TenantState) -> Iterator[UserId]:
    """Yield the users of a step, and whoever holds what an order with users turns by now."""
    users = getattr(step, "users", ())
    yield from users
    if users and isinstance(step, OrderStep):
        yield from (user.id for user in state.users.values() if takes_seat(user, step.sku))


def unlisted(steps: Iterable[Step], state: TenantState) -> Iterator[UserId]:
    """Yield users who may hold nothing, or a product that the tenant does not list any more.

    Source: commerce.md 3.4 (a transition leaves nothing of its source), read 2026-11-23.
    """
    for step in steps:
        if isinstance(step, SwapStep):
            is_gone = any(sku not in state.skus for sku in step.remove)
            yield from step.users if is_gone or not step.before else ()


async def with_users(
    names: Iterable[UserId], state: TenantState, directory: Directory
) -> TenantState:
    """Return the state with these users in it, as far as they exist."""
    missing = sorted(set(names) - state.users.keys())
    seen = await directory.look(missing) if missing else {}
    found = {name: user for name, user in seen.items() if user is not None}
    return replace(state, users={**state.users, **found}) if found else state


def unheld(state: TenantState, skus: Sequence[SkuId]) -> tuple[SkuId, ...]:
    """Return those of the SKUs that the tenant has and nobody holds, by users and by count."""
    held = {h.license.sku for user in state.users.values() for h in user.holdings}
    return tuple(
        sku
        for sku in skus
        if sku in state.skus and not state.skus[sku].consumed and sku not in held
    )
