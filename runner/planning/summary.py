"""Add a plan up: totals over all tenants, and how long its writes take."""

from collections.abc import Iterable
from dataclasses import dataclass

from runner.catalog import GRAPH_QUOTAS
from runner.model.findings import Severity, WrongTenant
from runner.model.ids import UserId
from runner.model.outcome import Standing
from runner.model.plan import Plan, Step, TenantPlan, UnreadTenant
from runner.steps import KIND_OF
from runner.steps.swapping import SwapStep
from runner.steps.transition_subscription import TransitionSubscription

MOVES = (SwapStep, TransitionSubscription)

BURST_PER_S = 400.0
"""Writes a second within the quota, an assumption: a batch of 20 takes about 50 ms of our time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The sums of a plan; `seconds_of_writes` is an estimate at Microsoft's quota."""

    seats_to_buy: int
    seats_to_give_up: int
    users_to_move: int
    subscriptions_to_cancel: int
    subscriptions_to_end: int
    findings: int
    tenants_changed: int
    tenants_unchanged: int
    tenants_refused: int
    tenants_unread: int
    seconds_of_writes: float


def is_refused(tenant: TenantPlan) -> bool:
    """Return whether a finding refuses the tenant and nobody accepted it."""
    return any(f.severity is Severity.ERROR and not f.accepted for f in tenant.findings)


def standing_of_unread(unread: UnreadTenant) -> Standing:
    """Return how a tenant stands that has no plan: a wrong tenant is refused, not unreachable."""
    is_wrong = unread.finding.code == WrongTenant.code
    return Standing.REFUSED if is_wrong else Standing.UNREACHABLE


def has_changes(plan: Plan) -> bool:
    """Return whether any tenant has a step to carry out, one that is refused has none."""
    return any(tenant.steps and not is_refused(tenant) for tenant in plan.tenants)


def tally(plans: Iterable[TenantPlan]) -> dict[str, int]:
    """Return what plans add up to, whoever refuses them: seats, users, subscriptions, steps."""
    found = list(plans)
    totals = [KIND_OF[type(step)].totals(step) for tenant in found for step in tenant.steps]
    moved = (users_changed(s for s in tenant.steps if isinstance(s, MOVES)) for tenant in found)
    return {
        "steps": len(totals),
        "seats_bought": sum(each.seats_bought for each in totals),
        "seats_given_up": sum(each.seats_given_up for each in totals),
        "users_changed": sum(len(users_changed(tenant.steps)) for tenant in found),
        "users_moved": sum(map(len, moved)),
        "subscriptions_cancelled": sum(each.subscriptions_cancelled for each in totals),
        "subscriptions_ending": sum(each.subscriptions_ending for each in totals),
    }


def users_changed(steps: Iterable[Step]) -> frozenset[UserId]:
    """Return the users whose licenses the steps change, each once."""
    return frozenset(user for step in steps for user in getattr(step, "users", ()))


def seconds_of_writes(steps: tuple[Step, ...]) -> float:
    """Return about how long the writes of one tenant take at Microsoft's quota, in seconds."""
    writes = sum(KIND_OF[type(step)].totals(step).writes for step in steps)
    quota = GRAPH_QUOTAS.writes_per_app_and_tenant
    beyond = max(0, writes - quota.amount)
    return (writes - beyond) / BURST_PER_S + beyond * quota.window_s / quota.amount


def summarize(plan: Plan) -> Summary:
    """Return the sums over every tenant of the plan; where one is refused, nothing is done."""
    refused = [tenant for tenant in plan.tenants if is_refused(tenant)]
    changed = [tenant for tenant in plan.tenants if tenant.steps and not is_refused(tenant)]
    sums = tally(changed)
    wrong = sum(standing_of_unread(each) is Standing.REFUSED for each in plan.unread)
    return Summary(
        seats_to_buy=sums["seats_bought"],
        seats_to_give_up=sums["seats_given_up"],
        users_to_move=sums["users_moved"],
        subscriptions_to_cancel=sums["subscriptions_cancelled"],
        subscriptions_to_end=sums["subscriptions_ending"],
        findings=sum(len(tenant.findings) for tenant in plan.tenants) + len(plan.unread),
        tenants_changed=len(changed),
        tenants_unchanged=len(plan.tenants) - len(changed) - len(refused),
        tenants_refused=len(refused) + wrong,
        tenants_unread=len(plan.unread) - wrong,
        seconds_of_writes=max((seconds_of_writes(t.steps) for t in changed), default=0.0),
    )
