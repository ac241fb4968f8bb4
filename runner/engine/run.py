"""Carry a plan out over its tenants, several at a time; one tenant's trouble stays its own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from runner.engine.progress import Progress
from runner.engine.tell import Tell
from runner.engine.tenant import TenantRun
from runner.model.findings import (
    LockLost,
    RunnerError,
    TenantLocked,
    Throttled,
    Unreachable,
    WrongTenant,
)
from runner.model.outcome import EventKind, Standing, Status, TenantStanding
from runner.model.plan import Plan, TenantPlan
from runner.planning import is_refused
from runner.ports import Ports, Records
from runner.steps import KIND_OF

OpenPorts = Callable[[str], AbstractAsyncContextManager[Ports]]
Lock = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResult:
    """How a tenant ended, with every step's progress in plan order."""

    tenant: str
    tenant_id: str
    standing: Standing
    summary: str
    hint: str = ""
    steps: tuple[Progress, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a run works with: ports by tenant name, locks by tenant id, records and listeners.

    `now` tells this machine's time, for what concerns no tenant.
    """

    run: str
    open_ports: OpenPorts
    lock: Lock
    records: Records
    tell: Tell
    now: Callable[[], datetime]


async def apply_plan(
    plan: Plan, *, around: Surroundings, forks: int, patience_s: float
) -> tuple[TenantResult, ...]:
    """Carry the plan out and return how every tenant ended, in plan order.

    `forks` tenants are worked on at once; `patience_s` is how long, in real seconds, a tenant is
    looked at again while it waits.
    """
    gate = asyncio.Semaphore(forks)

    async def guarded(tenant: TenantPlan) -> TenantResult:
        async with gate:
            return await _tenant(tenant, around, patience_s)

    work: list[Awaitable[TenantResult]] = [guarded(tenant) for tenant in plan.tenants]
    return tuple(await asyncio.gather(*work))


async def _tenant(plan: TenantPlan, around: Surroundings, patience_s: float) -> TenantResult:
    around.tell.one(
        EventKind.TENANT_STARTED,
        at=around.now(),
        tenant=plan.tenant,
        details={"name": plan.name, "timezone": plan.timezone},
    )
    is_ours = True
    try:
        result = await _work(plan, around, patience_s)
    except RunnerError as error:
        standing = _standing_of_error(error)
        result = _result(plan, standing, summary=error.summary, hint=error.hint)
        is_ours = not isinstance(error, TenantLocked | LockLost)
    except asyncio.CancelledError:
        interrupted = "interrupted; what was done is recorded"
        _save_standing(around, _result(plan, Standing.FAILED, summary=interrupted))
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        result = _result(
            plan, Standing.FAILED, summary=f"this is a bug in runner: {said}", hint="report it"
        )
    if is_ours:
        _save_standing(around, result)
    around.tell.one(
        EventKind.TENANT_FINISHED,
        at=around.now(),
        tenant=plan.tenant,
        details={
            "tenant_id": plan.tenant_id,
            "name": plan.name,
            "standing": result.standing.value,
            "summary": result.summary,
            "hint": result.hint,
        },
    )
    return result


def _save_standing(around: Surroundings, result: TenantResult) -> None:
    around.records.save_standing(
        TenantStanding(
            tenant=result.tenant_id,
            name=result.tenant,
            run=around.run,
            at=around.now(),
            standing=result.standing,
            summary=result.summary,
        )
    )


async def _work(plan: TenantPlan, around: Surroundings, patience_s: float) -> TenantResult:
    if is_refused(plan):
        errors = (f for f in plan.findings if f.severity == "error" and not f.accepted)
        codes = ", ".join(sorted({finding.code for finding in errors}))
        return _result(plan, Standing.REFUSED, summary=f"refused by {codes}")
    with around.lock(plan.tenant_id):
        steps = {step.id for step in plan.steps}
        around.records.drop_orders(plan.tenant_id, keep=steps, at=around.now())
        if not steps:
            return _conclude(plan, around, steps=(), now=around.now())
        async with around.open_ports(plan.tenant) as ports:
            run = TenantRun(
                plan,
                ports=ports,
                records=around.records,
                tell=around.tell,
                patience_s=patience_s,
            )
            error = await _to_the_end(run)
            now = ports.clock.now()
            return _conclude(plan, around, steps=run.progress, now=now, error=error)


async def _to_the_end(run: TenantRun) -> RunnerError | None:
    """Run until nothing can go on, and return what stopped it early, so that nothing is lost."""
    try:
        await run.run()
    except RunnerError as error:
        return error
    return None


def _conclude(
    plan: TenantPlan,
    around: Surroundings,
    *,
    steps: tuple[Progress, ...],
    now: datetime,
    error: RunnerError | None = None,
) -> TenantResult:
    waits = [each.as_wait(plan.tenant_id, now) for each in steps if each.is_waited_for]
    unjudged = tuple(each.step.id for each in steps if each.status is None)
    around.records.save_waits(plan.tenant_id, waits, keep=unjudged)
    if error is not None:
        standing = _standing_of_error(error)
        return _result(plan, standing, summary=error.summary, hint=error.hint, steps=steps)
    standing = standing_of(steps)
    if standing is Standing.DONE and not any(_moves_users(each) for each in steps):
        around.records.close_snapshots(plan.tenant_id, at=now)
    return _result(plan, standing, summary=_summary(steps, standing), steps=steps)


def _moves_users(progress: Progress) -> bool:
    """Say whether an order moved users, so that the next plan looks at what became of them."""
    is_order = KIND_OF[type(progress.step)].is_order
    return is_order and bool(getattr(progress.step, "users", ()))


def _result(
    plan: TenantPlan,
    standing: Standing,
    *,
    summary: str,
    hint: str = "",
    steps: tuple[Progress, ...] = (),
) -> TenantResult:
    return TenantResult(
        tenant=plan.tenant,
        tenant_id=plan.tenant_id,
        standing=standing,
        summary=summary,
        hint=hint,
        steps=steps,
    )


def standing_of(steps: tuple[Progress, ...]) -> Standing:
    """Return how a tenant ends whose steps came this far: the gravest word wins."""
    statuses = {each.status for each in steps}
    if Status.FAILED in statuses:
        return Standing.FAILED
    if Status.REFUSED in statuses or any(each.refused for each in steps):
        return Standing.REFUSED
    if Status.WAITING in statuses or Status.BLOCKED in statuses:
        return Standing.WAITING
    return Standing.DONE


def _summary(steps: tuple[Progress, ...], standing: Standing) -> str:
    wanted = {
        Standing.FAILED: (Status.FAILED,),
        Standing.REFUSED: (Status.REFUSED,),
        Standing.WAITING: (Status.WAITING,),
    }.get(standing, ())
    for each in steps:
        if each.status in wanted:
            return each.detail
    refused = sum(len(each.refused) for each in steps)
    if refused:
        return f"{refused} users were no longer as planned and were left alone"
    return f"{len(steps)} steps done" if steps else "nothing to do"


def _standing_of_error(error: RunnerError) -> Standing:
    if isinstance(error, TenantLocked | WrongTenant):
        return Standing.REFUSED
    if isinstance(error, Throttled):
        return Standing.WAITING
    return Standing.UNREACHABLE if isinstance(error, Unreachable) else Standing.FAILED
