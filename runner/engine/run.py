"""Carry the plan of one tenant out and record how it ended; its trouble stays its own."""

import asyncio
from dataclasses import asdict
from datetime import datetime

from runner.engine.progress import Progress
from runner.engine.results import (
    TenantResult,
    result_of,
    standing_of,
    standing_of_error,
    summary_of,
    users_reset,
)
from runner.engine.surroundings import Interrupted, Surroundings
from runner.engine.tenant import TenantRun
from runner.model.findings import LockLost, RunnerError, TenantLocked
from runner.model.outcome import EventKind, Standing, TenantStanding
from runner.model.plan import TenantPlan, UnreadTenant
from runner.planning import course_of, is_refused, standing_of_unread
from runner.steps import KIND_OF
from runner.steps.words import counted

INTERRUPTED = "interrupted; what was done is recorded"
GO_ON = "run the same command again to go on"


async def run_tenant(
    plan: TenantPlan, *, around: Surroundings, turns: asyncio.Semaphore, patience_s: float
) -> TenantResult:
    """Carry the plan of one tenant out and return how it ended, whatever happens there."""
    async with turns:
        if around.stop.is_asked and has_work(plan):
            return leave_out(plan, around, why="the run was interrupted")
        _start(plan, around)
        is_ours = True
        try:
            result = await _work(plan, around, turns=turns, patience_s=patience_s)
        except RunnerError as error:
            standing = standing_of_error(error)
            result = result_of(plan, standing, summary=error.summary, hint=error.hint)
            is_ours = not isinstance(error, TenantLocked | LockLost)
        except asyncio.CancelledError:
            result = result_of(plan, Standing.FAILED, summary=INTERRUPTED)
            _save_standing(around, result)
            _finish(plan, around, result)
            raise
        except Exception as error:
            said = f"this is a bug in runner: {type(error).__name__}: {error}"
            result = result_of(plan, Standing.FAILED, summary=said, hint="report it")
        if is_ours:
            _save_standing(around, result)
        _finish(plan, around, result)
        return result


def has_work(plan: TenantPlan) -> bool:
    """Say whether anything would begin at the tenant."""
    return bool(plan.steps) and not is_refused(plan)


def leave_out(plan: TenantPlan, around: Surroundings, *, why: str) -> TenantResult:
    """Record that nothing was begun at a tenant, and why."""
    _start(plan, around)
    result = result_of(plan, Standing.NOT_STARTED, summary=f"not started: {why}")
    _save_standing(around, result)
    _finish(plan, around, result)
    return result


def report_unread(unread: UnreadTenant, around: Surroundings, *, waves: int) -> TenantResult:
    """Record a tenant that has no plan because it could not be read; it is of so many waves."""
    result = TenantResult(
        tenant=unread.tenant,
        tenant_id=unread.tenant,
        standing=standing_of_unread(unread),
        summary=unread.finding.summary,
        hint=unread.finding.hint,
    )
    at = around.now()
    details = {"name": unread.tenant, "wave": unread.wave, "waves": max(1, waves)}
    around.tell.one(EventKind.TENANT_STARTED, at=at, tenant=unread.tenant, details=details)
    _save_standing(around, result)
    around.tell.one(EventKind.TENANT_FINISHED, at=at, tenant=unread.tenant, details=_ending(result))
    return result


def _start(plan: TenantPlan, around: Surroundings) -> None:
    around.tell.one(
        EventKind.TENANT_STARTED,
        at=around.now(),
        tenant=plan.tenant,
        details={
            "name": plan.name,
            "timezone": plan.timezone,
            "wave": plan.wave,
            "waves": plan.waves,
            "course": [asdict(each) for each in course_of(plan)],
        },
    )


def _finish(plan: TenantPlan, around: Surroundings, result: TenantResult) -> None:
    around.tell.one(
        EventKind.TENANT_FINISHED,
        at=around.now(),
        tenant=plan.tenant,
        details={"tenant_id": plan.tenant_id, "name": plan.name, **_ending(result)},
    )


def _ending(result: TenantResult) -> dict[str, str]:
    return {
        "standing": result.standing.value,
        "summary": result.summary,
        "hint": result.hint,
    }


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


async def _work(
    plan: TenantPlan, around: Surroundings, *, turns: asyncio.Semaphore, patience_s: float
) -> TenantResult:
    if is_refused(plan):
        errors = (f for f in plan.findings if f.severity == "error" and not f.accepted)
        codes = ", ".join(sorted({finding.code for finding in errors}))
        return result_of(plan, Standing.REFUSED, summary=f"refused by {codes}")
    with around.lock(plan.tenant_id):
        steps = {step.id for step in plan.steps}
        around.records.drop_orders(plan.tenant_id, keep=steps, at=around.now())
        if not steps:
            return _conclude(plan, around, steps=(), now=around.now())
        async with around.open_ports(plan.tenant) as ports:
            run = TenantRun(
                plan,
                ports=ports,
                around=around,
                turns=turns,
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
    except Interrupted:
        return None
    return None


RESTORE = "run it again: what users had switched off is switched off again"


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
        standing = standing_of_error(error)
        return result_of(plan, standing, summary=error.summary, hint=error.hint, steps=steps)
    standing = standing_of(steps)
    if standing is Standing.DONE and not any(_moves_users(each) for each in steps):
        around.records.close_snapshots(plan.tenant_id, at=now)
    if standing is Standing.WAITING and around.stop.is_asked:
        return result_of(plan, standing, summary=INTERRUPTED, hint=GO_ON, steps=steps)
    if standing is Standing.DONE and (reset := users_reset(steps)):
        said = f"{counted(reset, 'user')} may have every service on after the upgrade"
        return result_of(plan, Standing.WAITING, summary=said, hint=RESTORE, steps=steps)
    summary = summary_of(steps, standing)
    again = f"plan it again: {around.plan_again} -l {plan.tenant}"
    hint = again if standing is Standing.REFUSED else ""
    return result_of(plan, standing, summary=summary, hint=hint, steps=steps)


def _moves_users(progress: Progress) -> bool:
    """Say whether an order moved users, so that the next plan looks at what became of them."""
    is_order = KIND_OF[type(progress.step)].is_order
    return is_order and bool(getattr(progress.step, "users", ()))
