"""Give users the target SKU and take the source SKU, one call each."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from runner.model.ids import ServicePlanId, SkuId, UserId
from runner.model.outcome import Check, Outcome, Status, Verdict
from runner.model.plan import Step
from runner.model.spec import TenantSpec
from runner.model.state import License, TenantState, User
from runner.ports import LicenseAnswer, LicenseChange, LicenseResult, Ports
from runner.steps.cohorts import Cohort, direct, holds
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import product_name, step_id
from runner.steps.seats import LIVE, short_of_seats
from runner.steps.translate import gains, plans_of
from runner.steps.verdicts import stale


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveUsers(Step):
    """A cohort: users who hold `before` and get the same call body.

    `known_plans` are the target's service plans at planning, kept where the body switches plans
    off. `source`, `target`, `gained`, `kept`, `lost`, `stays_off`, `lost_switches` and
    `going_off` are for reading: names of products and plans, and how many.
    """

    users: tuple[UserId, ...]
    before: tuple[License, ...]
    add: tuple[License, ...]
    remove: tuple[SkuId, ...]
    known_plans: tuple[ServicePlanId, ...] = ()
    source: str
    target: str
    target_sku: SkuId
    gained: int = 0
    kept: int = 0
    lost: tuple[str, ...] = ()
    stays_off: tuple[str, ...] = ()
    lost_switches: tuple[str, ...] = ()
    going_off: tuple[str, ...] = ()


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[MoveUsers]:
    """Yield one step per cohort of users who hold a source directly."""
    for cohort in context.sorting.cohorts:
        yield _step(want, have, context, cohort=cohort)


def _step(want: TenantSpec, have: TenantState, context: Context, *, cohort: Cohort) -> MoveUsers:
    catalog, change, target = context.catalog, cohort.change, cohort.assignment.target
    brings = gains(change.remove, target, have=have, catalog=catalog)
    off = [p for each in change.add for p in each.disabled_plans]
    names = {p.id: p.name for sku in have.skus.values() for p in sku.service_plans} | {
        p.id: p.name for p in catalog.service_plans.values()
    }
    new_off = set(brings.gained) if not cohort.assignment.enables_new_services else set()
    source = " + ".join(product_name(sku, have, catalog) for sku in change.remove)
    tenant = want.tenant.name
    return MoveUsers(
        id=step_id(tenant, "move_users", repr((change.before, change.add, change.remove))),
        needs=(step_id(tenant, "await_ready", target),),
        reason=f"they hold {source} directly",
        origin=str(cohort.assignment.where),
        users=cohort.users,
        before=change.before,
        add=change.add,
        remove=change.remove,
        known_plans=plans_of(target, have, catalog) if off else (),
        source=source,
        target=product_name(target, have, catalog),
        target_sku=target,
        gained=len(brings.gained),
        kept=len(brings.kept),
        lost=tuple(names.get(p, p) for p in brings.lost),
        stays_off=tuple(names.get(p, p) for p in off if p not in new_off),
        lost_switches=tuple(names.get(p, p) for p in change.lost_switches),
        going_off=tuple(names.get(p, p) for p in change.going_off),
    )


def check(step: MoveUsers, have: TenantState, now: datetime) -> Check:
    """Sort the cohort's users into done, still to do, and no longer as planned."""
    target = have.skus.get(step.target_sku)
    if target is None or target.capability_status not in LIVE:
        state = target.capability_status if target else "not in the tenant"
        return stale(f"{step.target} is {state}, so nobody can depend on it")
    unknown = _unknown_plans(step, have)
    if unknown:
        return stale(f"{step.target} has {unknown} services that the plan did not know")
    remaining, refused = _sort(step, have)
    if remaining:
        return Check(
            verdict=Verdict.TODO,
            why=f"{len(remaining)} of {len(step.users)} users are still to move",
            subjects=tuple(remaining),
            refused=MappingProxyType(refused),
        )
    held = f"{len(step.users) - len(refused)} users hold {step.target}"
    left = f"; {len(refused)} are no longer as planned and left alone" if refused else ""
    return Check(verdict=Verdict.DONE, why=held + left, refused=MappingProxyType(refused))


def _unknown_plans(step: MoveUsers, have: TenantState) -> int:
    state = have.skus.get(step.target_sku)
    if not step.known_plans or state is None:
        return 0
    listed = {p.id for p in state.service_plans if p.applies_to == "User"}
    return len(listed - set(step.known_plans))


def _sort(step: MoveUsers, have: TenantState) -> tuple[list[UserId], dict[str, str]]:
    add = _fitting(step, have)
    remaining: list[UserId] = []
    refused: dict[str, str] = {}
    for user_id in step.users:
        user = have.users.get(user_id)
        if user is None:
            refused[user_id] = f"no longer holds {step.source}"
        elif not _is_settled(step, add, user):
            why = _misfit(step, user)
            if why:
                refused[user_id] = why
            else:
                remaining.append(user_id)
    return remaining, refused


def _fitting(step: MoveUsers, have: TenantState) -> tuple[License, ...]:
    """Leave out switched-off plans that the tenant's product does not have; there they are off."""
    fitting = []
    for each in step.add:
        state = have.skus.get(each.sku)
        known = None
        if state and state.service_plans:
            known = {p.id for p in state.service_plans if p.applies_to != "Company"}
        plans = tuple(p for p in each.disabled_plans if known is None or p in known)
        fitting.append(License(sku=each.sku, disabled_plans=plans))
    return tuple(fitting)


def _is_settled(step: MoveUsers, add: Sequence[License], user: User) -> bool:
    """Say whether the user has what is added and nothing of what is removed.

    Source: graph.md 12.9: Graph may switch off dependents too, read 2026-11-22.
    """
    if any(direct(user, sku) for sku in step.remove) or not holds(user, step.target_sku):
        return False
    for each in add:
        held = direct(user, each.sku)
        if held is None or not set(each.disabled_plans) <= set(held.disabled_plans):
            return False
    return True


def _misfit(step: MoveUsers, user: User) -> str:
    for each in step.before:
        held = direct(user, each.sku)
        if held is None and each.sku in step.remove:
            return f"no longer holds {step.source}"
        if held is not None and set(held.disabled_plans) != set(each.disabled_plans):
            return "has other services switched off than at planning"
    if not step.add and not holds(user, step.target_sku):
        return f"no longer holds {step.target}"
    planned = {each.sku for each in step.before}
    if step.target_sku not in planned and direct(user, step.target_sku):
        return f"has been given {step.target} since planning"
    return ""


async def perform(
    steps: Sequence[MoveUsers], have: TenantState, ports: Ports
) -> AsyncIterator[tuple[Outcome, ...]]:
    """Change every user who is still to move; the directory batches and paces the calls."""
    have = await _with_fresh_users(steps, have, ports)
    short = _short_of_seats(steps, have)
    for step in steps:
        if step.target_sku in short:
            yield (_refused_for_seats(step, short[step.target_sku]),)
    changes = [
        change for step in steps if step.target_sku not in short for change in _changes(step, have)
    ]
    async for answers in ports.directory.change_licenses(changes):
        yield tuple(_outcome(answer) for answer in answers)


async def _with_fresh_users(
    steps: Sequence[MoveUsers], have: TenantState, ports: Ports
) -> TenantState:
    """Look at the users again where the seats seem too few: a list may lag behind the seats."""
    if not _short_of_seats(steps, have):
        return have
    remaining = [user for step in steps for user in _sort(step, have)[0]]
    seen = await ports.directory.look(remaining)
    fresh = {user_id: user for user_id, user in seen.items() if user is not None}
    return replace(have, users=MappingProxyType({**have.users, **fresh}))


def _short_of_seats(steps: Sequence[MoveUsers], have: TenantState) -> Mapping[SkuId, str]:
    need: dict[SkuId, int] = {}
    for step in steps:
        if step.add:
            need[step.target_sku] = need.get(step.target_sku, 0) + len(_sort(step, have)[0])
    return short_of_seats(have, need)


def _refused_for_seats(step: MoveUsers, why: str) -> Outcome:
    return Outcome(
        step=step.id,
        subject=step.id,
        status=Status.REFUSED,
        detail=f"{step.target}: {why}",
        hint="plan again",
    )


def _changes(step: MoveUsers, have: TenantState) -> Iterator[LicenseChange]:
    add = _fitting(step, have)
    for user_id in _sort(step, have)[0]:
        yield LicenseChange(
            user=user_id,
            step=step.id,
            add=add,
            remove=step.remove,
            is_settled=lambda user: _is_settled(step, add, user),
            misfit=lambda user: _misfit(step, user),
        )


_STATUS: Mapping[LicenseResult, Status] = MappingProxyType(
    {
        LicenseResult.CHANGED: Status.CHANGED,
        LicenseResult.REFUSED: Status.FAILED,
        LicenseResult.GONE: Status.REFUSED,
        LicenseResult.UNKNOWN: Status.WAITING,
        LicenseResult.NOT_TRIED: Status.BLOCKED,
    }
)


def _outcome(answer: LicenseAnswer) -> Outcome:
    return Outcome(
        step=answer.change.step,
        subject=answer.change.user,
        status=_STATUS[answer.result],
        detail=f"{answer.reason}: {answer.message}" if answer.message else answer.reason,
        evidence=answer.request_id,
    )


def describe(step: MoveUsers) -> Line:
    """Say how many users move from what to what, and what that brings."""
    count = len(step.users)
    lost = f", loses {len(step.lost)}: {_listed(step.lost)}" if step.lost else ""
    verb = "stays" if len(step.stays_off) == 1 else "stay"
    brings = f"gains {step.gained} services, keeps {step.kept}{lost}"
    if not step.add:
        brings = f"they hold {step.target} already and keep their own choices there"
    return Line(
        symbol="~",
        verb="move",
        subject=f"{count} user{'s' if count != 1 else ''}",
        amount=f"{step.source} → {step.target}",
        detail=brings,
        note=f"{_listed(step.stays_off)} {verb} off" if step.stays_off else "",
    )


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:5]) + ([f"{len(names) - 5} more"] if len(names) > 5 else [])
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def totals(step: MoveUsers) -> Totals:
    """Count the users, each of which is one write."""
    return Totals(users_moved=len(step.users), writes=len(step.users))


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
