"""Give users the target SKU and take the source SKU, one call each."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from runner.model.ids import SkuId, UserId
from runner.model.outcome import Check, Outcome, Status, Verdict
from runner.model.spec import TenantSpec
from runner.model.state import License, TenantState, User
from runner.ports import Ports, SetLicenses, UserChange
from runner.steps.cohorts import Cohort, about_cohort
from runner.steps.holding import direct, has_from_group, holds, inherits, takes_seat
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.move_group import MoveGroup
from runner.steps.naming import step_id
from runner.steps.readiness import readiness_of
from runner.steps.restoring import is_restoring, needed, restoring_line, what_is_off
from runner.steps.rounds import Move, in_rounds, short_targets
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
from runner.steps.verdicts import left_alone, unseen, wait_for_seats
from runner.steps.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveUsers(SwapStep):
    """A cohort: users who hold `before` directly and get the same call body.

    `is_after_group` says that a group of theirs is swapped first and counts them;
    `is_before_group` that one follows, which gives them the source until then.
    """

    is_after_group: bool = False
    is_before_group: bool = False


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[MoveUsers]:
    """Yield one step per cohort of users who hold a source directly, or did before a reset."""
    for cohort in context.sorting.cohorts:
        yield _step(want, have, context, cohort=cohort)


def _step(want: TenantSpec, have: TenantState, context: Context, *, cohort: Cohort) -> MoveUsers:
    change, assignment, tenant = cohort.change, cohort.assignment, want.tenant.name
    swap = Swap(
        assignment=assignment,
        add=change.add,
        remove=change.remove,
        lost_switches=change.lost_switches,
        going_off=change.going_off,
        restores=change.restores,
    )
    fields = swap_fields(swap, have, context.catalog)
    held = "held" if change.restores else "hold"
    target = assignment.target
    ready = readiness_of(tenant, target, have=have, context=context)
    takes_freed = ready.uses_freed_seats and change.takes_seat
    return MoveUsers(
        id=step_id(tenant, "move_users", *about_cohort(cohort)),
        needs=(
            *(ready.needs if change.remove else ()),
            step_id(tenant, "set_usage_location", cohort.location or ""),
            *(step_id(tenant, "move_group", group, target) for group in change.after_groups),
            *_groups_first(context, target, uses_freed=takes_freed),
        ),
        reason=f"they {held} {fields['source']} directly",
        users=cohort.users,
        before=change.before,
        is_after_group=bool(change.after_groups),
        is_before_group=bool(change.before_groups),
        uses_freed_seats=takes_freed,
        **fields,
    )


def _groups_first(context: Context, target: SkuId, *, uses_freed: bool) -> Iterator[str]:
    """Yield the groups that are promised the seats which are short."""
    for step in context.earlier if uses_freed else ():
        if isinstance(step, MoveGroup) and step.target_sku == target:
            yield step.id


def check(step: MoveUsers, have: TenantState, now: datetime) -> Check:
    """Sort the cohort's users into done, still to do, and no longer as planned."""
    if unfit := unfit_target(step, have):
        return unfit
    remaining, refused = _sort(step, have)
    late = [name for name in refused if _is_late(step, have.users.get(UserId(name)))]
    if late and not remaining:
        since = have.memory.waiting_since.get(step.id, now)
        return unseen(len(late), step.target, since=since, now=now)
    refused = {name: why for name, why in refused.items() if name not in late}
    if remaining and step.uses_freed_seats and not free_seats(have, step.target_sku):
        short = f"{step.target}: {short_of_seats(have, step.target_sku, len(remaining))}"
        since = have.memory.waiting_since.get(step.id, now)
        found = wait_for_seats(short, since=since, now=now)
        return replace(found, refused=MappingProxyType(refused))
    if remaining:
        return Check(
            verdict=Verdict.TODO,
            why=f"{len(remaining)} of {len(step.users)} users are still to {describe(step).verb}",
            subjects=tuple(remaining),
            refused=MappingProxyType(refused),
        )
    count = len(step.users) - len(refused)
    held = f"{counted(count, 'user')} {'holds' if count == 1 else 'hold'} {step.target}"
    if is_restoring(step):
        held += f" with {what_is_off(step)}"
    elif step.is_before_group:
        held = f"{counted(count, 'user')} with {step.source} from a group alone"
    if refused:
        held += f"; {left_alone(refused)}"
    return Check(verdict=Verdict.DONE, why=held, refused=MappingProxyType(refused))


def _is_late(step: MoveUsers, user: User | None) -> bool:
    """Say whether a list is behind: the group that was swapped first gave the user the target."""
    is_lacking = user is not None and not holds(user, step.target_sku)
    return is_lacking and step.is_after_group and not step.add


def _sort(step: MoveUsers, have: TenantState) -> tuple[list[UserId], dict[str, str]]:
    add = fitting(step, have)
    remaining: list[UserId] = []
    refused: dict[str, str] = {}
    for user_id in step.users:
        user = have.users.get(user_id)
        if user is None:
            refused[user_id] = f"no longer holds {needed(step)}"
        elif not _is_settled(step, add, user):
            why = _misfit(step, user)
            if not why and add and not user.usage_location:
                why = "has no usage location"
            if why:
                refused[user_id] = why
            else:
                remaining.append(user_id)
    return remaining, refused


def _is_settled(step: MoveUsers, add: Sequence[License], user: User) -> bool:
    """Say whether the user has what is added and nothing of what is removed.

    Source: graph.md 12.9: Graph may switch off dependents too, read 2026-11-22.
    """
    if any(direct(user, sku) for sku in step.remove):
        return False
    if step.is_before_group:
        return True
    if not holds(user, step.target_sku):
        return False
    for each in add:
        held = direct(user, each.sku)
        if held is None or not set(each.disabled_plans) <= set(held.disabled_plans):
            return False
    return True


def _misfit(step: MoveUsers, user: User) -> str:
    for each in step.before:
        held = direct(user, each.sku)
        if held is None and (is_restoring(step) or each.sku in step.remove):
            return f"no longer holds {needed(step)}"
        if held is not None and set(held.disabled_plans) != set(each.disabled_plans):
            return "has other services switched off than at planning"
    if step.is_before_group and not all(has_from_group(user, sku) for sku in step.remove):
        return f"no longer has {step.source} from a group"
    if not step.add and not step.is_before_group and not holds(user, step.target_sku):
        return f"no longer holds {step.target}"
    planned = {each.sku for each in step.before}
    if step.target_sku not in planned and direct(user, step.target_sku):
        return f"has been given {step.target} since planning"
    return ""


async def perform(
    steps: Sequence[MoveUsers], have: TenantState, ports: Ports
) -> AsyncIterator[tuple[Outcome, ...]]:
    """Change every user who is still to move, as many at once as there are seats for.

    Order: a seat that one user gives back is given out again only once that is certain.
    """
    moves, short = await _movable(steps, have, ports)
    for step in steps:
        if step.target_sku in short and not step.uses_freed_seats:
            yield (_refused_for_seats(step, short[step.target_sku]),)
    async for outcomes in in_rounds(moves, have, ports):
        yield outcomes


async def _movable(
    steps: Sequence[MoveUsers], have: TenantState, ports: Ports
) -> tuple[list[Move], Mapping[SkuId, str]]:
    """Return who can move, and for targets without enough seats why nobody does.

    Source: commerce.md edge case 9 (no half waves), read 2026-11-22.
    """
    moves = [move for step in steps for move in _moves(step, have)]
    short = short_targets(moves, have)
    if short and not any(step.uses_freed_seats for step in steps):
        seen = await ports.directory.look([each.change.user for each in moves])
        fresh = {user_id: user for user_id, user in seen.items() if user is not None}
        have = replace(have, users=MappingProxyType({**have.users, **fresh}))
        moves = [move for step in steps for move in _moves(step, have)]
        short = short_targets(moves, have)
    return [each for each in moves if each.target not in short or each.can_wait], short


def _moves(step: MoveUsers, have: TenantState) -> Iterator[Move]:
    add = fitting(step, have)
    for user_id in _sort(step, have)[0]:
        user = have.users[user_id]
        change = UserChange(
            user=user_id,
            step=step.id,
            request=SetLicenses(add=add, remove=step.remove),
            is_settled=lambda user: _is_settled(step, add, user),
            misfit=lambda user: _misfit(step, user),
        )
        is_new = bool(add) and not takes_seat(user, step.target_sku)
        yield Move(
            change=change,
            target=step.target_sku,
            takes=(step.target_sku,) if is_new else (),
            can_wait=step.uses_freed_seats,
            frees=tuple(sku for sku in step.remove if not inherits(user, sku)),
        )


def _refused_for_seats(step: MoveUsers, why: str) -> Outcome:
    return Outcome(
        step=step.id,
        subject=step.id,
        status=Status.REFUSED,
        detail=f"{step.target}: {why}",
        hint="plan again",
    )


def describe(step: MoveUsers) -> Line:
    """Say how many users move from what to what, and what that brings."""
    if is_restoring(step):
        return restoring_line(step)
    what = brings(step)
    if not step.add:
        what = f"they hold {step.target} already and keep their own choices there"
        if step.is_before_group:
            what = f"their group gives it to them as well, and then {step.target}"
        elif step.is_after_group:
            what = f"their group gives them {step.target} with all they use"
    return Line(
        symbol="~",
        verb="move",
        subject=counted(len(step.users), "user"),
        amount=f"{step.source} → {step.target}",
        detail=what,
        note=what_stays_off(step),
    )


def totals(step: MoveUsers) -> Totals:
    """Count one write for each user."""
    return Totals(writes=len(step.users))


def skus(step: MoveUsers) -> tuple[SkuId, ...]:
    """Name the target and the sources."""
    return (step.target_sku, *step.remove)


KIND = Kind(
    name="move_users",
    step=MoveUsers,
    plan=plan,
    check=check,
    perform=perform,
    describe=describe,
    totals=totals,
    skus=skus,
)
