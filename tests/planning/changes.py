"""What people and Graph do to a tenant, as plain functions, and a whole plan carried out so."""

from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import datetime

from runner.model.ids import GroupId, SkuId, UserId
from runner.model.plan import Plan, Step
from runner.model.state import License, SubscriptionState, TenantState
from runner.steps.await_ready import AwaitReady
from runner.steps.buy_seats import BuySeats
from runner.steps.cancel_subscription import CancelSubscription
from runner.steps.change_seats import ChangeSeats
from runner.steps.move_group import MoveGroup
from runner.steps.move_users import MoveUsers
from runner.steps.remove_add_on import RemoveAddOn
from runner.steps.set_usage_location import SetUsageLocation
from runner.steps.stop_renewal import StopRenewal
from runner.steps.transition_subscription import TransitionSubscription
from tests.builders import NOW, SHORT, holding, service_plans, settled, sku, subscription


def carried_out(state: TenantState, plan: Plan) -> TenantState:
    """Return the tenant after every step of its plan."""
    for step in plan.tenants[0].steps:
        state = after(state, step)
    return state


def after(state: TenantState, step: Step) -> TenantState:
    """Return the tenant after one step, by the absolute targets the step states."""
    if isinstance(step, BuySeats):
        return bought(state, step.sku, step.seats)
    if isinstance(step, ChangeSeats) and step.is_at_renewal:
        return scheduled(state, step)
    if isinstance(step, ChangeSeats):
        return reduced(state, step.sku, step.seats)
    if isinstance(step, CancelSubscription):
        return ended(state, str(step.subscription))
    if isinstance(step, StopRenewal):
        return not_renewed(state, step)
    if isinstance(step, TransitionSubscription):
        return turned(state, step)
    if isinstance(step, MoveUsers | RemoveAddOn):
        for name in step.users:
            state = reassigned(state, name, add=getattr(step, "add", ()), remove=step.remove)
        return settled(state)
    if isinstance(step, MoveGroup):
        return group_moved(state, step.group, add=step.add, remove=step.remove)
    if isinstance(step, SetUsageLocation):
        return located(state, step.users, step.country)
    assert isinstance(step, AwaitReady)
    return ready(state, step.sku)


def turned(state: TenantState, step: TransitionSubscription) -> TenantState:
    """Return the tenant after the vendor's upgrade: one subscription, every service on."""
    sales = tuple(
        replace(each, sku=step.target_sku) if each.id == step.sale else each for each in state.sales
    )
    subscriptions = tuple(
        replace(each, sku=step.target_sku) if each.id == step.subscription else each
        for each in state.subscriptions
    )
    skus = {**state.skus, step.target_sku: sku(step.target_sku)}
    state = replace(state, sales=sales, subscriptions=subscriptions, skus=skus)
    for name in step.users:
        given = License(sku=step.target_sku)
        state = reassigned(state, name, add=(given,), remove=(step.sku,))
    return settled(state)


def not_renewed(state: TenantState, step: StopRenewal) -> TenantState:
    """Return the tenant after its channel, or a person, has turned a renewal off."""
    sales = tuple(
        replace(each, renews=False, ends_at_term=True) if each.id == step.sale else each
        for each in state.sales
    )
    confirmed = {**state.memory.confirmed, step.id: NOW}
    return replace(state, sales=sales, memory=replace(state.memory, confirmed=confirmed))


def group_moved(
    state: TenantState, group: GroupId, *, add: Iterable[License], remove: Iterable[SkuId]
) -> TenantState:
    """Return the tenant after a group was given and taken licenses and every member followed."""
    given, gone = tuple(add), set(remove)
    replaced = gone | {each.sku for each in given}
    groups = tuple(
        replace(each, licenses=(*_without(each.licenses, replaced), *given))
        if each.id == group
        else each
        for each in state.groups or ()
    )
    carried = next(each for each in groups if each.id == group)
    inheritors = {
        person.id
        for person in state.users.values()
        if any(h.by_group == group for h in person.holdings)
    }
    users = dict(state.users)
    for name in (carried.members or frozenset()) | inheritors:
        if name in users:
            person = users[name]
            kept = tuple(h for h in person.holdings if h.by_group != group)
            shown = {h.license: h for h in person.holdings if h.by_group == group}
            had = {each: row for each, row in shown.items() if each not in given}
            rows = (
                had.get(each) or replace(holding(each), by_group=group) for each in carried.licenses
            )
            users[name] = replace(person, holdings=(*kept, *rows))
    return settled(replace(state, groups=groups, users=users))


def _without(licenses: Iterable[License], gone: Container[SkuId]) -> tuple[License, ...]:
    return tuple(each for each in licenses if each.sku not in gone)


def located(state: TenantState, users: Iterable[UserId], country: str) -> TenantState:
    """Return the tenant after users without a usage location were given one."""
    changed = {
        name: replace(state.users[name], usage_location=country)
        for name in users
        if not state.users[name].usage_location
    }
    return replace(state, users={**state.users, **changed})


def ready(state: TenantState, of: SkuId) -> TenantState:
    """Return the tenant after every service of a product is set up."""
    known = {**state.skus, of: replace(state.skus[of], service_plans=service_plans(of))}
    return replace(state, skus=known)


def bought(
    state: TenantState, of: SkuId, total: int, *, at: datetime = NOW, is_ready: bool = True
) -> TenantState:
    """Return the tenant after somebody bought seats up to a paid total, ready or still not."""
    paid = sum(s.seats for s in state.subscriptions if s.sku == of and is_paid(s))
    if total <= paid:
        return state
    more = subscription(of, total - paid, id=f"{SHORT[of].lower()}-bought", created_at=at)
    known = {**state.skus}
    status = "Success" if is_ready else "PendingInput"
    known[of] = replace(known.get(of, sku(of)), service_plans=service_plans(of, status=status))
    return settled(replace(state, skus=known, subscriptions=(*state.subscriptions, more)))


def is_paid(each: SubscriptionState) -> bool:
    """Return whether a subscription is live and no trial."""
    return each.status == "Enabled" and not each.is_trial


def reduced(state: TenantState, of: SkuId, total: int) -> TenantState:
    """Return the tenant after somebody reduced the paid seats to a total."""
    left = total
    kept = []
    for each in state.subscriptions:
        seats = min(each.seats, left) if each.sku == of and is_paid(each) else each.seats
        left -= seats if each.sku == of and is_paid(each) else 0
        kept.append(replace(each, seats=seats))
    return settled(replace(state, subscriptions=tuple(kept)))


def scheduled(state: TenantState, step: ChangeSeats) -> TenantState:
    """Return the tenant after its channel has taken what a subscription renews with."""
    sales = tuple(
        replace(each, next_seats=step.seats, has_scheduled_change=True)
        if each.id == step.sale
        else each
        for each in state.sales
    )
    return replace(state, sales=sales)


def ended(state: TenantState, *ids: str) -> TenantState:
    """Return the tenant after somebody cancelled subscriptions: they are suspended."""
    return settled(
        replace(
            state,
            subscriptions=tuple(
                replace(each, status="Suspended") if each.id in ids else each
                for each in state.subscriptions
            ),
        )
    )


def reassigned(
    state: TenantState, name: UserId, *, add: Iterable[License], remove: Iterable[SkuId]
) -> TenantState:
    """Return the tenant after one user was given and taken licenses directly."""
    person = state.users[name]
    given = tuple(add)
    gone = {*remove, *(each.sku for each in given)}
    kept = tuple(h for h in person.holdings if h.by_group is not None or h.license.sku not in gone)
    after = replace(person, holdings=(*kept, *(holding(each) for each in given)))
    return replace(state, users={**state.users, name: after})
