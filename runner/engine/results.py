"""How a tenant ended, and the words for it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from runner.engine.progress import Progress
from runner.model.findings import RunnerError, TenantLocked, Throttled, Unreachable, WrongTenant
from runner.model.outcome import Standing, Status
from runner.model.plan import Step, TenantPlan
from runner.steps import KIND_OF
from runner.steps.words import counted

NAMED = 4
"""How many steps are named that another one comes after; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResult:
    """How a tenant ended; until the run has taken it over, with every step's progress, too."""

    tenant: str
    tenant_id: str
    standing: Standing
    summary: str
    hint: str = ""
    users_changed: int = 0
    steps: tuple[Progress, ...] = ()


def result_of(
    plan: TenantPlan,
    standing: Standing,
    *,
    summary: str,
    hint: str = "",
    steps: tuple[Progress, ...] = (),
) -> TenantResult:
    """Return the result of a planned tenant."""
    return TenantResult(
        tenant=plan.tenant,
        tenant_id=plan.tenant_id,
        standing=standing,
        summary=summary,
        hint=hint,
        users_changed=len(set[str]().union(*(each.changed for each in steps))),
        steps=steps,
    )


def without_steps(result: TenantResult) -> TenantResult:
    """Return what a run keeps of a tenant: its steps name users, of all tenants too many."""
    return replace(result, steps=())


def standing_of(steps: tuple[Progress, ...]) -> Standing:
    """Return how a tenant ends whose steps came this far: the gravest word wins."""
    statuses = {each.status for each in steps}
    if Status.FAILED in statuses:
        return Standing.FAILED
    if Status.REFUSED in statuses or any(each.refused for each in steps):
        return Standing.REFUSED
    if statuses & {Status.WAITING, Status.BLOCKED, None}:
        return Standing.WAITING
    return Standing.DONE


def users_reset(steps: tuple[Progress, ...]) -> int:
    """Return how many users an upgrade of this run gave services that they had switched off.

    Source: commerce.md U11 (every moved user gets every service), read 2026-11-23.
    """
    turned = (each.step for each in steps if each.status is Status.CHANGED)
    return sum(len(getattr(step, "reset", ())) for step in turned)


def summary_of(steps: tuple[Progress, ...], standing: Standing) -> str:
    """Return in a few words what the standing comes from."""
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
        were = "was" if refused == 1 else "were"
        return f"{counted(refused, 'user')} {were} no longer as planned and {were} left alone"
    return f"{counted(len(steps), 'step')} done" if steps else "nothing to do"


def standing_of_error(error: RunnerError) -> Standing:
    """Return how a tenant stands that an error stopped."""
    if isinstance(error, TenantLocked | WrongTenant):
        return Standing.REFUSED
    if isinstance(error, Throttled):
        return Standing.WAITING
    return Standing.UNREACHABLE if isinstance(error, Unreachable) else Standing.FAILED


def comes_after(steps: Iterable[Step]) -> str:
    """Return which steps another one waits for, as far as they fit in a line."""
    lines = (KIND_OF[type(step)].describe(step) for step in steps)
    named = [f"{line.verb} {line.subject}" for line in lines]
    more = len(named) - NAMED
    shown = [*named[:NAMED], *([f"{more} more"] if more > 0 else [])]
    return f"comes after: {', '.join(shown)}"
