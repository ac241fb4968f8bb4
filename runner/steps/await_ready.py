"""Wait until a product's seats are enabled and its services are ready to be assigned."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from runner.model.ids import SkuId
from runner.model.outcome import Check, Outcome
from runner.model.plan import Step
from runner.model.spec import TenantSpec
from runner.model.state import SkuState, TenantState
from runner.ports import Ports
from runner.steps.business_days import credit_check_ends
from runner.steps.buy_seats import seats_once_bought
from runner.steps.cohorts import arriving
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import product_name, step_id
from runner.steps.sales import setup_said
from runner.steps.seats import paid_seats, seats_at_once, subscriptions_of
from runner.steps.verdicts import done, look_again, stale, wait
from runner.steps.words import counted

RECENT = timedelta(days=7)
"""A subscription made this recently is the purchase waited for; an older one was resized."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitReady(Step):
    """What must be ready: `seats` enabled seats of the product in all, and its services."""

    sku: SkuId
    product: str
    seats: int
    timezone: str


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[AwaitReady]:
    """Yield a wait for every target that users move to and that is not ready for them."""
    sorting = context.sorting
    wanted = [each.assignment for each in sorting.groups]
    wanted += [each.assignment for each in sorting.cohorts if not each.change.restores]
    targets = {each.target: each for each in wanted}
    for sku in sorted(targets):
        moving = arriving(context.sorting, sku)
        step = AwaitReady(
            id=step_id(want.tenant.name, "await_ready", sku),
            needs=(step_id(want.tenant.name, "buy_seats", sku),),
            reason=f"{moving} users move to it" if moving else "users depend on it alone",
            origin=str(targets[sku].where),
            sku=sku,
            product=product_name(sku, have, context.catalog),
            seats=_enough(sku, have, context),
            timezone=want.tenant.timezone,
        )
        if unmet(step, have):
            yield step


def _enough(sku: SkuId, have: TenantState, context: Context) -> int:
    """Return the seats to wait for: for all who arrive, or all there will be.

    Fewer than that suffice where others give seats back.
    """
    if not arriving(context.sorting, sku):
        return 1
    there = seats_once_bought(sku, have, context.earlier)
    return max(1, min(seats_at_once(have, sku, context.sorting), there))


def unmet(step: AwaitReady, have: TenantState) -> str:
    """Return the first thing that keeps the product from being ready, or nothing.

    Source: graph.md 1.4 and 1.5 (the readiness predicate), read 2026-11-22.
    """
    state = have.skus.get(step.sku)
    if state is None:
        return f"{step.product} is not in the tenant yet"
    if state.applies_to != "User":
        return f"{step.product} is for the whole company and cannot be assigned to users"
    if state.capability_status not in ("Enabled", "Warning"):
        return f"{step.product} is {state.capability_status}"
    enabled = min(state.enabled, paid_seats(have, step.sku))
    if enabled < step.seats:
        trial = ", a trial's do not count" if enabled < state.enabled else ""
        return f"{enabled} of {step.seats} seats are enabled{trial}"
    return _services(state) or _subscriptions(state, have, seats=step.seats)


def _services(state: SkuState) -> str:
    for word in ("Error", "PendingInput"):
        plans = [p.name for p in state.service_plans if p.status == word and p.applies_to == "User"]
        if plans:
            named = ", ".join(sorted(plans)[:3]) + (" …" if len(plans) > 3 else "")
            what = "in error" if word == "Error" else "still being set up"
            return f"{len(plans)} of its services are {what}: {named}"
    return ""


def _subscriptions(state: SkuState, have: TenantState, *, seats: int) -> str:
    found = subscriptions_of(have, state.id)
    live = [each for each in found if each.status == "Enabled"]
    listed = {each.id for each in found}
    missing = [each for each in state.subscription_ids if each not in listed]
    if missing and sum(each.seats for each in live) < seats:
        return f"{len(missing)} of its subscriptions are not listed yet: {missing[0]}"
    if not live:
        return f"its subscription is {found[0].status}" if found else "it has no subscription yet"
    return ""


def check(step: AwaitReady, have: TenantState, now: datetime) -> Check:
    """Say whether the product is ready, and until when it may take."""
    state = have.skus.get(step.sku)
    if state is not None and state.applies_to == "Company":
        return stale(unmet(step, have))
    missing = unmet(step, have)
    if not missing:
        return done(f"{step.product} is ready")
    deadline = credit_check_ends(_asked_at(step, have, now), step.timezone)
    return wait(
        f"{missing}{setup_said(have, step.sku)}", again=look_again(now, deadline), deadline=deadline
    )


def _asked_at(step: AwaitReady, have: TenantState, now: datetime) -> datetime:
    created = max(
        (s.created_at for s in subscriptions_of(have, step.sku) if s.created_at), default=None
    )
    if created is not None and now - created < RECENT:
        return created
    return have.memory.waiting_since.get(step.id, now)


async def perform(
    steps: Sequence[AwaitReady], have: TenantState, ports: Ports
) -> AsyncIterator[tuple[Outcome, ...]]:
    """Do nothing: readiness is only ever looked for."""
    return
    yield ()


def describe(step: AwaitReady) -> Line:
    """Say what is waited for and how long at most."""
    return Line(
        symbol="·",
        verb="wait",
        subject=step.product,
        amount=f"until {counted(step.seats, 'seat')} {'is' if step.seats == 1 else 'are'} enabled "
        "and its services are ready, at most 2 business days",
    )


def totals(step: AwaitReady) -> Totals:
    """Count nothing."""
    return Totals()


def skus(step: AwaitReady) -> tuple[SkuId, ...]:
    """Name the SKU that is waited for."""
    return (step.sku,)


KIND = Kind(
    name="await_ready",
    step=AwaitReady,
    plan=plan,
    check=check,
    perform=perform,
    describe=describe,
    totals=totals,
    skus=skus,
)
