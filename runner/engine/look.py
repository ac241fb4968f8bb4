"""Look at a tenant as far as the steps that are left need it, and note what was seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from runner.engine.surroundings import Surroundings
from runner.model.findings import WrongTenant
from runner.model.ids import SkuId, UserId
from runner.model.outcome import EventKind
from runner.model.plan import Step, TenantPlan
from runner.model.state import TenantState
from runner.ports import Directory, Ports, Records
from runner.steps import KIND_OF
from runner.steps.holding import takes_seat
from runner.steps.ordering import OrderStep
from runner.steps.swapping import SwapStep


async def observe(
    plan: TenantPlan, steps: Sequence[Step], *, ports: Ports, around: Surroundings
) -> TenantState:
    """Return the tenant as it is now, with what the records know of it.

    Raises: WrongTenant, and whatever reading cannot go on from.
    """
    skus = sorted({sku for step in steps for sku in KIND_OF[type(step)].skus(step)})
    groups = [each for step in steps if (each := getattr(step, "group", None))]
    state = await ports.directory.read(skus, members_of=groups)
    state = await with_users(unlisted(steps, state), state, ports.directory)
    if state.tenant_id != plan.tenant_id:
        raise WrongTenant(
            f"the sign-in leads to tenant {state.tenant_id}, the plan is for {plan.tenant_id}",
            hint="make a plan for the tenant that is meant",
        )
    around.records.hear_confirmed(state.tenant_id, state.read_at)
    around.records.note_unheld(
        state.tenant_id, unheld=unheld(state, skus), looked_at=skus, at=state.read_at
    )
    details = {"users": len(state.users)}
    around.tell.one(
        EventKind.TENANT_OBSERVED, at=state.read_at, tenant=plan.tenant, details=details
    )
    sales = await ports.commerce.read(state.tenant_id)
    return with_memory(replace(state, sales=sales), around.records)


def with_memory(state: TenantState, records: Records) -> TenantState:
    """Return the state with what the tenant itself does not show."""
    return replace(state, memory=records.remember(state.tenant_id))


def unheld(state: TenantState, skus: Sequence[SkuId]) -> tuple[SkuId, ...]:
    """Return those of the SKUs that the tenant has and nobody holds, by users and by count."""
    held = {h.license.sku for user in state.users.values() for h in user.holdings}
    return tuple(
        sku
        for sku in skus
        if sku in state.skus and not state.skus[sku].consumed and sku not in held
    )


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
