"""Look at a tenant as far as the steps that are left need it, and note what was seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from runner.engine.progress import Progress
from runner.engine.surroundings import Surroundings
from runner.model.findings import WrongTenant
from runner.model.ids import SkuId, UserId, user_id
from runner.model.orders import Seller
from runner.model.outcome import EventKind
from runner.model.plan import Step, TenantPlan
from runner.model.state import TenantState
from runner.ports import Commerce, Directory, Ports, Records
from runner.steps import KIND_OF, seats
from runner.steps.channels import seller_of
from runner.steps.holding import takes_seat
from runner.steps.ordering import OrderStep
from runner.steps.swapping import SwapStep

MOST_DOUBTED = 2000
"""So many users of a plan are looked at once more: in a hundred calls, of twenty each."""


async def observe(
    plan: TenantPlan, left: Sequence[Progress], *, ports: Ports, around: Surroundings
) -> TenantState:
    """Return the tenant as it is now, with what the records know of it.

    Raises: WrongTenant, and whatever reading cannot go on from.
    """
    steps = [each.step for each in left]
    skus = sorted({sku for step in steps for sku in KIND_OF[type(step)].skus(step)})
    groups = [each for step in steps if (each := getattr(step, "group", None))]
    state = await ports.directory.read(skus, members_of=groups)
    state = await with_users(unlisted(steps, state), state, ports.directory)
    state = await seen_anew(unseen(left, state), state, ports.directory)
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
    return with_memory(await with_sales(state, ports.commerce), around.records)


async def with_sales(state: TenantState, commerce: Commerce) -> TenantState:
    """Return the state with what channels sell; what they do not, billing accounts may tell of."""
    sold = replace(state, sales=await commerce.read(state.tenant_id))
    is_known = all(seller_of(sold, (each,)) is not Seller.UNKNOWN for each in sold.subscriptions)
    return sold if is_known else replace(sold, accounts=await commerce.accounts())


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


def doubted(plan: TenantPlan, state: TenantState) -> frozenset[UserId]:
    """Return users whom a plan changes by what lists show of them, where lists may be behind.

    That is where most need no change, as after a run, and where seats are in use that no user
    listed takes. Looking at very many would take longer than the lists need.
    Source: graph.md 10 (the index behind the lists of holders lags), read 2026-11-23.
    """
    steps = [each for each in plan.steps if not KIND_OF[type(each)].is_order]
    users = frozenset(name for step in steps for name in getattr(step, "users", ()))
    is_rest = 2 * len(users) <= len(state.users)
    is_doubted = is_rest or any(_is_apart(step, state) for step in steps)
    return users if is_doubted and len(users) <= MOST_DOUBTED else frozenset()


def _is_apart(step: Step, state: TenantState) -> bool:
    return any(seats.unlisted(state, sku) for sku in KIND_OF[type(step)].skus(step))


def unseen(left: Iterable[Progress], state: TenantState) -> Iterator[UserId]:
    """Yield users whom the lists may show as they were before a step that has reached them.

    They are those whose change was answered with yes, and the members that Graph is reaching in the
    background where it counts more seats in use than are listed.
    Source: graph.md 10 (the index behind the lists of holders lags more than the users
    themselves), read 2026-11-23.
    """
    for each in left:
        kind = KIND_OF[type(each.step)]
        if kind.is_background and len(each.pending) <= MOST_DOUBTED:
            yield from map(user_id, each.pending if _is_apart(each.step, state) else ())
        elif each.changed and not kind.is_order:
            check = kind.check(each.step, state, state.read_at)
            shown = each.changed.intersection((*check.subjects, *check.refused))
            yield from map(user_id, shown)


async def seen_anew(
    names: Iterable[UserId], state: TenantState, directory: Directory
) -> TenantState:
    """Return the state with these users as they themselves show now, not as lists show them."""
    asked = sorted(set(names))
    seen = await directory.look(asked) if asked else {}
    if not seen:
        return state
    users = {**state.users, **seen}
    kept = {name: user for name, user in users.items() if user is not None}
    return replace(state, users=MappingProxyType(kept))


async def with_users(
    names: Iterable[UserId], state: TenantState, directory: Directory
) -> TenantState:
    """Return the state with these users in it, as far as they exist."""
    missing = sorted(set(names) - state.users.keys())
    seen = await directory.look(missing) if missing else {}
    found = {name: user for name, user in seen.items() if user is not None}
    return replace(state, users={**state.users, **found}) if found else state
