"""Swap the license of a group in one call and follow it to every member."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from runner.model.ids import GroupId, SkuId, UserId
from runner.model.outcome import Check, Outcome, Status
from runner.model.spec import TenantSpec
from runner.model.state import Group, License, TenantState
from runner.ports import (
    Answer,
    ChangeResult,
    GroupChange,
    Ports,
    Reprocess,
    SetLicenses,
    UserChange,
)
from runner.steps.answers import STATUS, fits_anybody, outcomes_of
from runner.steps.cohorts import about_cohort
from runner.steps.group_moves import GroupMove
from runner.steps.holding import holds, takes_seat
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.members import (
    SOON,
    GroupSwap,
    follow,
    has_arrived,
    members_of,
    people_of_group,
    reach_of,
)
from runner.steps.naming import step_id
from runner.steps.readiness import readiness_of
from runner.steps.seats import free_seats, short_of_seats
from runner.steps.swapping import (
    Swap,
    SwapStep,
    brings,
    fitting,
    swap_fields,
    unfit_target,
    what_stays_off,
)
from runner.steps.verdicts import stale, todo, wait_for_seats
from runner.steps.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveGroup(SwapStep):
    """A group whose license is swapped; `users` were its members at planning.

    `is_again` says that it is swapped already and `users` are those it left in error.
    """

    group: GroupId
    name: str
    is_again: bool = False


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[MoveGroup]:
    """Yield one step per group that carries a source and whose members are all covered."""
    before: dict[GroupId, str] = {}
    for move in context.sorting.groups:
        step = _step(want, have, context, move=move)
        one_by_one = (before[step.group],) if step.group in before else ()
        yield replace(step, needs=(*step.needs, *one_by_one))
        before[step.group] = step.id


def _step(want: TenantSpec, have: TenantState, context: Context, *, move: GroupMove) -> MoveGroup:
    tenant = want.tenant.name
    swap = Swap(
        assignment=move.assignment,
        add=move.add,
        remove=move.remove,
        lost_switches=move.lost_switches,
        going_off=move.going_off,
    )
    ready = readiness_of(tenant, move.target, have=have, context=context)
    said = swap_fields(swap, have, context.catalog)
    why = f"gives {said['source']} to its members"
    if move.is_again:
        why = f"carries {said['target']} and left members of it without"
    return MoveGroup(
        id=step_id(tenant, "move_group", move.group.id, move.target),
        needs=(*ready.needs, *_direct_first(tenant, context, move)),
        reason=f"the group {why}",
        users=move.users,
        before=move.before,
        group=move.group.id,
        name=move.group.name,
        is_again=move.is_again,
        uses_freed_seats=ready.uses_freed_seats and bool(move.arriving),
        **said,
    )


def _direct_first(tenant: str, context: Context, move: GroupMove) -> Iterator[str]:
    for cohort in context.sorting.cohorts:
        is_same = cohort.assignment.target == move.target
        if is_same and move.group.id in cohort.change.before_groups:
            yield step_id(tenant, "move_users", *about_cohort(cohort))


def check(step: MoveGroup, have: TenantState, now: datetime) -> Check:
    """Say whether the group is to be swapped, is on its way, or has reached every member.

    Source: graph.md 5.2 and 5.4 (`ProcessingComplete` is no success; count the members' own
    states), read 2026-11-22.
    """
    if have.groups is None:
        return stale(f'groups cannot be read, so nobody knows what "{step.name}" carries')
    group = next((each for each in have.groups if each.id == step.group), None)
    if group is None:
        return stale(f'group "{step.name}" does not carry {step.source} any more')
    if not _is_swapped(step, group):
        if step.is_again:
            return stale(f'group "{step.name}" carries other products than at planning')
        return _before(step, group, have, now=now)
    people = people_of_group(_swap(step), group, have)
    since = have.memory.waiting_since.get(step.id, now)
    return follow(_swap(step), people, group, since=since, now=now)


def _swap(step: MoveGroup) -> GroupSwap:
    return GroupSwap(
        group=step.group,
        name=step.name,
        target=step.target_sku,
        product=step.target,
        remove=step.remove,
        planned=step.users,
        is_again=step.is_again,
    )


def _is_swapped(step: MoveGroup, group: Group) -> bool:
    carried = {each.sku for each in group.licenses}
    return step.target_sku in carried and carried.isdisjoint(step.remove)


def _before(step: MoveGroup, group: Group, have: TenantState, *, now: datetime) -> Check:
    if why := _misfit(step, group):
        return stale(f'group "{step.name}" {why}')
    if unfit := unfit_target(step, have):
        return unfit
    if joined := set(members_of(_swap(step), group, have)) - set(step.users):
        return stale(f'group "{step.name}" has {counted(len(joined), "member")} more than planned')
    users = people_of_group(_swap(step), group, have)
    if not step.add and (without := [u for u in users if not holds(u, step.target_sku)]):
        count = counted(len(without), "member")
        return stale(f'{count} of group "{step.name}" would be left without {step.target}')
    need = sum(not takes_seat(user, step.target_sku) for user in users)
    if need > free_seats(have, step.target_sku):
        short = short_of_seats(have, step.target_sku, need)
        why = f'group "{step.name}", {step.target}: {short}'
        since = have.memory.waiting_since.get(step.id, now)
        if step.uses_freed_seats:
            return wait_for_seats(why, since=since, now=now)
        return stale(why)
    return todo(f'group "{step.name}" carries {step.source}')


def _misfit(step: MoveGroup, group: Group) -> str:
    """Return how the group differs from what was planned for, or nothing."""
    carried = {each.sku: each for each in group.licenses}
    planned = {each.sku: each for each in step.before}
    for sku in (*step.remove, step.target_sku):
        if (sku in carried) != (sku in planned):
            what = "carries" if sku in carried else "does not carry"
            name = step.target if sku == step.target_sku else step.source
            return f"{what} {name}, unlike at planning"
        if sku in carried and not _same(carried[sku], planned[sku]):
            return "has other services switched off than at planning"
    return ""


def _same(one: License, other: License) -> bool:
    return set(one.disabled_plans) == set(other.disabled_plans)


async def perform(
    steps: Sequence[MoveGroup], have: TenantState, ports: Ports
) -> AsyncIterator[tuple[Outcome, ...]]:
    """Swap the groups that still carry a source; have members in error tried once more."""
    groups = {each.id: each for each in have.groups or ()}
    swaps = [step for step in steps if not _is_swapped(step, groups[step.group])]
    changes, short = _with_seats(swaps, groups, have)
    if short:
        yield tuple(short)
    at = ports.clock.now()
    async for answers in ports.directory.change_groups(changes):
        yield tuple(_outcome(answer, at) for answer in answers)
    others = [step for step in steps if step not in swaps]
    again = [each for step in others for each in _reprocessing(step, groups[step.group], have)]
    if again:
        async for users in ports.directory.change_users(again):
            yield outcomes_of(users)


def _with_seats(
    steps: Sequence[MoveGroup], groups: Mapping[GroupId, Group], have: TenantState
) -> tuple[list[GroupChange], list[Outcome]]:
    """Return the swaps that seats are left for together, and the refusals of the others."""
    changes: list[GroupChange] = []
    short: list[Outcome] = []
    given: dict[SkuId, set[UserId]] = {}
    for step in steps:
        has = given.setdefault(step.target_sku, set())
        people = people_of_group(_swap(step), groups[step.group], have)
        need = {user.id for user in people if not takes_seat(user, step.target_sku)} - has
        free = free_seats(have, step.target_sku) - len(has)
        if len(need) > free:
            count = counted(len(need), "member")
            why = f"{count} in need of a seat of {step.target} and {free} free"
            refused = Status.REFUSED
            short.append(Outcome(step=step.id, subject=step.id, status=refused, detail=why))
        else:
            has |= need
            changes.append(_change(step, have))
    return changes, short


def _change(step: MoveGroup, have: TenantState) -> GroupChange:
    return GroupChange(
        group=step.group,
        step=step.id,
        request=SetLicenses(add=fitting(step, have), remove=step.remove),
        is_settled=lambda group: _is_swapped(step, group),
        misfit=lambda group: _misfit(step, group),
    )


def _reprocessing(step: MoveGroup, group: Group, have: TenantState) -> Iterator[UserChange]:
    people = people_of_group(_swap(step), group, have)
    for member in reach_of(_swap(step), people, group).failed:
        yield UserChange(
            user=member,
            step=step.id,
            request=Reprocess(),
            is_settled=lambda user: has_arrived(_swap(step), user),
            misfit=fits_anybody,
        )


def _outcome(answer: Answer[GroupChange], at: datetime) -> Outcome:
    """Return how a swap stands: what Graph took over is not done before its members are."""
    is_taken = answer.result in (ChangeResult.CHANGED, ChangeResult.UNKNOWN)
    said = f"{answer.reason}: {answer.message}" if answer.message else answer.reason
    return Outcome(
        step=answer.change.step,
        subject=answer.change.step,
        status=Status.WAITING if is_taken else STATUS[answer.result],
        detail=said or "Graph carries it to the members now",
        look_again_at=at + SOON if is_taken else None,
        evidence=answer.request_id,
    )


def describe(step: MoveGroup) -> Line:
    """Say which group moves from what to what, how many members it has, what that brings."""
    what = brings(step) if step.add else f"it gives {step.target} already"
    if step.is_again:
        what = "not there yet, followed and tried once more where in error"
    swap = f"{step.source} → {step.target}" if step.remove else step.target
    return Line(
        symbol="~",
        verb="move",
        subject=f'group "{step.name}"',
        amount=f"{counted(len(step.users), 'member')}, {swap}",
        detail=what,
        note=what_stays_off(step),
    )


def totals(step: MoveGroup) -> Totals:
    """Count the one call."""
    return Totals(writes=1)


def skus(step: MoveGroup) -> tuple[SkuId, ...]:
    """Name the target and the sources."""
    return (step.target_sku, *step.remove)


KIND = Kind(
    name="move_group",
    step=MoveGroup,
    plan=plan,
    check=check,
    perform=perform,
    describe=describe,
    totals=totals,
    skus=skus,
    is_background=True,
)
