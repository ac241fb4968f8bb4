"""Take add-on licenses from users whose new product contains them."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from runner.model.ids import ServicePlanId, SkuId, UserId
from runner.model.outcome import Check, Outcome, Verdict
from runner.model.plan import Step
from runner.model.spec import TenantSpec
from runner.model.state import License, TenantState, User
from runner.ports import Ports, SetLicenses, UserChange
from runner.steps.add_ons import AddOnRemoval
from runner.steps.answers import outcomes_of
from runner.steps.holding import WORKING, direct
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import product_name, step_id
from runner.steps.swapping import listed
from runner.steps.verdicts import unseen
from runner.steps.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAddOn(Step):
    """Users who lose the same add-ons, as they hold them in `before`.

    `services` are the plans of the target that do the add-ons' work: without them nothing is taken.
    """

    users: tuple[UserId, ...]
    before: tuple[License, ...]
    remove: tuple[SkuId, ...]
    services: tuple[ServicePlanId, ...]
    add_ons: str
    target: str
    target_sku: SkuId


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[RemoveAddOn]:
    """Yield one step per set of add-ons that the target contains, where the playbook says so.

    Source: commerce.md S18 and 2.3, read 2026-11-22.
    """
    moves = [step for step in context.earlier if hasattr(step, "target_sku")]
    for removal in context.sorting.add_ons:
        target, users = removal.assignment.target, set(removal.users)
        names = [product_name(e.sku, have, context.catalog) for e in removal.included.before]
        yield RemoveAddOn(
            id=step_id(want.tenant.name, "remove_add_on", *_about(removal)),
            needs=tuple(step.id for step in moves if users & set(getattr(step, "users", ()))),
            reason="the playbook wants included add-ons removed",
            origin=str(removal.assignment.where),
            users=removal.users,
            before=removal.included.before,
            remove=tuple(each.sku for each in removal.included.before),
            services=removal.included.services,
            add_ons=listed(names),
            target=product_name(target, have, context.catalog),
            target_sku=target,
        )


def _about(removal: AddOnRemoval) -> tuple[str, ...]:
    want = removal.assignment
    return (repr((want.sources, want.target, want.who, removal.included)),)


def check(step: RemoveAddOn, have: TenantState, now: datetime) -> Check:
    """Sort the users into done, still to do, and no longer as planned."""
    remaining: list[UserId] = []
    refused: dict[str, str] = {}
    for user_id in step.users:
        user = have.users.get(user_id)
        if user is None or _is_settled(step, user):
            continue
        if why := _misfit(step, user):
            refused[user_id] = why
        else:
            remaining.append(user_id)
    late = [name for name in refused if _is_late(step, have.users[UserId(name)])]
    if late and not remaining:
        since = have.memory.waiting_since.get(step.id, now)
        return unseen(len(late), step.target, since=since, now=now)
    refused = {name: why for name, why in refused.items() if name not in late}
    verdict = Verdict.TODO if remaining else Verdict.DONE
    why = f"{len(remaining)} of {counted(len(step.users), 'user')} still hold {step.add_ons}"
    return Check(
        verdict=verdict,
        why=why,
        subjects=tuple(remaining),
        refused=MappingProxyType(refused),
    )


def _is_late(step: RemoveAddOn, user: User) -> bool:
    """Say whether a list is behind: a step before this one gave the user the target."""
    is_there = any(h.license.sku == step.target_sku and h.status in WORKING for h in user.holdings)
    return bool(step.needs) and not is_there


def _is_settled(step: RemoveAddOn, user: User) -> bool:
    return not any(direct(user, sku) for sku in step.remove)


def _misfit(step: RemoveAddOn, user: User) -> str:
    """Return why the add-ons are needed after all, or nothing."""
    given = [
        h.license for h in user.holdings if h.license.sku == step.target_sku and h.status in WORKING
    ]
    if not given:
        return f"does not hold {step.target}"
    for plan_id in step.services:
        if all(plan_id in each.disabled_plans for each in given):
            return f"has a service switched off in {step.target} that the add-on gives"
    for each in step.before:
        held = direct(user, each.sku)
        if held is not None and set(held.disabled_plans) != set(each.disabled_plans):
            return "has other services switched off than at planning"
    return ""


async def perform(
    steps: Sequence[RemoveAddOn], have: TenantState, ports: Ports
) -> AsyncIterator[tuple[Outcome, ...]]:
    """Take the add-ons from everybody who still holds one and can do without."""
    changes = [
        change
        for step in steps
        for user_id in check(step, have, ports.clock.now()).subjects
        if (change := _change(step, have.users[UserId(user_id)]))
    ]
    async for answers in ports.directory.change_users(changes):
        yield outcomes_of(answers)


def _change(step: RemoveAddOn, user: User) -> UserChange:
    held = tuple(sku for sku in step.remove if direct(user, sku))
    return UserChange(
        user=user.id,
        step=step.id,
        request=SetLicenses(add=(), remove=held),
        is_settled=lambda user: _is_settled(step, user),
        misfit=lambda user: _misfit(step, user),
    )


def describe(step: RemoveAddOn) -> Line:
    """Say from how many users which add-ons are taken, and what contains them."""
    return Line(
        symbol="-",
        verb="remove",
        subject=step.add_ons,
        amount=f"from {counted(len(step.users), 'user')}",
        detail=f"{step.target} contains {'it' if len(step.remove) == 1 else 'them'}",
    )


def totals(step: RemoveAddOn) -> Totals:
    """Count one write for each user."""
    return Totals(writes=len(step.users))


def skus(step: RemoveAddOn) -> tuple[SkuId, ...]:
    """Name the target and the add-ons."""
    return (step.target_sku, *step.remove)


KIND = Kind(
    name="remove_add_on",
    step=RemoveAddOn,
    plan=plan,
    check=check,
    perform=perform,
    describe=describe,
    totals=totals,
    skus=skus,
)
