"""Let the licenses of groups reach their members in the background, one by one."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace

from runner.simulator.accounts import ACTIVE, AccountState, Group, Job, Row, User
from runner.simulator.obstacles import broken_rules, missing_seats, unfit_account
from runner.simulator.rules import Violation, plans_left_on
from runner.simulator.tenant import Tenant

COLLATERAL = "Other"


def enqueue(tenant: Tenant, group: Group, *, members: Iterable[int], now: float) -> None:
    """Let members follow their group after the tenant's delay, at its rate.

    Order: the work of one group is done in turn, groups do not wait for each other.
    """
    starts_at = now + tenant.group_delay_s
    if group.jobs:
        starts_at = max(starts_at, group.jobs[-1].ends_at)
    job = Job(
        group=group,
        members=tuple(members),
        queued_at=now,
        starts_at=starts_at,
        step_s=tenant.group_step_s,
    )
    group.jobs.append(job)
    if job.members:
        tenant.jobs.append(job)


def catch_up(tenant: Tenant, now: float) -> None:
    """Do all background work that is due by now, each member at its own moment."""
    tenant.azure.catch_up(now)
    tenant.partner.catch_up(now)
    waiting = [(job.due_at, place, job) for place, job in enumerate(tenant.jobs)]
    heapq.heapify(waiting)
    while waiting and waiting[0][0] <= now:
        due_at, place, job = heapq.heappop(waiting)
        settle(tenant, tenant.users[job.members[job.done]], job.group, now=due_at)
        job.done += 1
        if job.done < len(job.members):
            heapq.heappush(waiting, (job.due_at, place, job))
    tenant.jobs = [job for _, _, job in sorted(waiting, key=lambda item: item[1])]


def reprocess(tenant: Tenant, user: User, *, now: float) -> list[Violation]:
    """Try again what a user is to have from groups, and return what still stands against it."""
    asked = {row.group_id for row in user.state.rows}
    groups = [
        group for group in tenant.groups.values() if group.id in asked or group.gives(user.index)
    ]
    return [found for group in groups for found in settle(tenant, user, group, now=now)]


def settle(tenant: Tenant, user: User, group: Group, *, now: float) -> list[Violation]:
    """Give a user all that a group is to give, or none of it, and return what stood against it.

    Order: what is added and what is removed happen together. What the user had from the group
    stays when the change is refused, marked `ActiveWithError`.
    Source: Microsoft Entra, "What is group-based licensing" and "Resolve group license
    assignment problems", read 2026-11-22.
    """
    before = user.state
    if before.deleted_at is not None:
        return []
    own = [row for row in before.rows if row.group_id == group.id]
    others = [row for row in before.rows if row.group_id != group.id]
    wanted = [_unchanged(own, row) or replace(row, at=now) for row in group.gives(user.index)]
    after = before.with_changes(rows=(*others, *wanted))
    new = [row for row in wanted if row not in own]
    found = _obstacles(tenant, user, after=after, new=new, now=now)
    if found:
        after = before.with_changes(
            rows=(*others, *_refused(own, wanted, violations=found, now=now))
        )
    if after.rows != before.rows:
        tenant.change(user, after, now=now)
    return found


def _unchanged(own: Sequence[Row], wanted: Row) -> Row | None:
    same = (row for row in own if row.error is None and row == replace(wanted, at=row.at))
    return next(same, None)


def _obstacles(
    tenant: Tenant, user: User, *, after: AccountState, new: Sequence[Row], now: float
) -> list[Violation]:
    known = user.at(now - tenant.location_lag_s).usage_location
    location = known or tenant.entry.country
    found = broken_rules(tenant, user.state, after=after)
    for row in new:
        found += missing_seats(tenant, user.state, row=row, now=now)
        found += unfit_account(tenant, user, row=row, location=location)
    return found


def _refused(
    own: Sequence[Row], wanted: Sequence[Row], *, violations: Sequence[Violation], now: float
) -> list[Row]:
    had = [row for row in own if row.state in ACTIVE]
    kept = [_marked(row, "ActiveWithError", violations=violations, now=now) for row in had]
    there = {row.sku_id for row in kept}
    missed = [row for row in wanted if row.sku_id not in there]
    return kept + [_marked(row, "Error", violations=violations, now=now) for row in missed]


def _marked(row: Row, state: str, *, violations: Sequence[Violation], now: float) -> Row:
    plans = plans_left_on(row.sku_id, row.disabled)
    own = (
        violation.kind
        for violation in violations
        if violation.sku_id == row.sku_id or violation.plans & plans
    )
    error = next(own, COLLATERAL)
    at = row.at if (row.state, row.error) == (state, error) else now
    return replace(row, state=state, error=error, at=at)
