"""Plan the way back from what a recorded run did in a tenant."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from runner.model.catalog import Catalog
from runner.model.past import Past
from runner.model.plan import TenantPlan
from runner.model.spec import (
    CancelWhen,
    Channel,
    SeatsExactly,
    SubscriptionGoal,
    SubscriptionWant,
    Tenant,
    TenantSpec,
)
from runner.model.state import TenantState
from runner.planning.guards import (
    conflicting_plans,
    loses_teams,
    not_enough_seats,
    scheduled_change,
    seats_stay,
)
from runner.planning.lasting import find_lasting, is_refundable_purchase
from runner.planning.make import Draft, plan_draft
from runner.planning.way_back import WayBack, find_way_back, place_of_origin
from runner.steps.buy_seats import BuySeats
from runner.steps.cohorts import leaving
from runner.steps.seats import paid_seats, seats_in_use

GUARDS = (
    scheduled_change.check,
    not_enough_seats.check,
    loses_teams.check,
    conflicting_plans.check,
    seats_stay.check,
)
"""What is judged of a way back: no limit, window or wish of the playbook stands against it."""

_WAYS_OUT = {
    "not-enough-seats": "have them bought where the product is sold, then run the same command "
    "again: the way back buys nothing",
}
"""What to do about a finding where no playbook says what is wanted."""


def plan_rollback(
    past: Past,
    tenant: Tenant,
    have: TenantState,
    *,
    catalog: Catalog,
    accepted: Collection[str],
) -> TenantPlan:
    """Return the plan that takes back what a run did in a tenant, as far as it can be."""
    back = find_way_back(past, have, catalog)
    spec = TenantSpec(
        tenant=tenant,
        plays=(),
        wave=1,
        waves=1,
        subscriptions=tuple(_subscriptions(past, have, back)),
        assignments=back.assignments,
        limits=(),
        windows=(),
        where=tenant.where,
    )
    draft = Draft(spec=spec, state=have, sorting=back.sorting, guards=GUARDS)
    plan = plan_draft(draft, catalog=catalog, accepted=accepted)
    findings = (replace(f, hint=_WAYS_OUT.get(f.code, f.hint)) for f in plan.findings)
    why = f"takes back what run {past.run} did"
    lasting = tuple(find_lasting(past, have, back))
    return replace(
        plan,
        steps=tuple(replace(step, reason=why) for step in plan.steps),
        findings=(*findings, *lasting),
    )


def _subscriptions(past: Past, have: TenantState, back: WayBack) -> Iterator[SubscriptionWant]:
    """Yield what is to become of seats that the run bought and that are still as it left them.

    Seats that somebody keeps who stays are kept.
    """
    for step in past.steps:
        if not isinstance(step, BuySeats) or paid_seats(have, step.sku) != step.seats:
            continue
        kept = seats_in_use(have, step.sku) - leaving(back.sorting, step.sku)
        seats = max(step.seats_now, kept)
        is_refundable = is_refundable_purchase(step, have)
        if not step.seats_now and not is_refundable:
            continue
        is_new = not seats and is_refundable
        if seats or is_new:
            yield SubscriptionWant(
                sku=step.sku,
                goal=SubscriptionGoal.CANCELLED if is_new else SubscriptionGoal.ACTIVE,
                seats=None if is_new else SeatsExactly(seats=seats),
                purchase=None,
                when=CancelWhen.SOONEST,
                soak_s=0,
                subscription_ids=(),
                channel=Channel.AUTO,
                where=place_of_origin(step.origin),
            )
