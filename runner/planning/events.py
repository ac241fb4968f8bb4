"""Turn a plan into events, so that plans and runs are shown by the same renderers."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from typing import Any

from runner.model.outcome import Event, EventKind
from runner.model.plan import Plan, Step, TenantPlan, UnreadTenant
from runner.planning.course import course_of
from runner.planning.summary import is_refused, standing_of_unread, summarize
from runner.steps import KIND_OF


def plan_events(plan: Plan) -> Iterator[Event]:
    """Yield a plan as events: the run, every tenant with its steps and findings, the sums."""
    numbers = count(1)

    def event(kind: EventKind, *, tenant: str = "", step: str = "", **details: Any) -> Event:
        return Event(
            seq=next(numbers), at=plan.made_at, kind=kind, tenant=tenant, step=step, data=details
        )

    yield event(EventKind.RUN_STARTED, plan=plan.id, playbook=plan.playbook_file)
    for tenant in plan.tenants:
        yield event(
            EventKind.TENANT_STARTED,
            tenant=tenant.tenant,
            name=tenant.name,
            wave=tenant.wave,
            waves=tenant.waves,
            course=[asdict(each) for each in course_of(tenant)],
        )
        for step in tenant.steps:
            kind = KIND_OF[type(step)]
            yield event(
                EventKind.STEP_PLANNED,
                tenant=tenant.tenant,
                step=step.id,
                kind_name=kind.name,
                origin=step.origin,
                reason=step.reason,
                **asdict(kind.describe(step)),
                **_people(step, tenant),
            )
        for finding in tenant.findings:
            yield event(EventKind.FINDING, tenant=tenant.tenant, **asdict(finding))
        yield event(EventKind.TENANT_FINISHED, tenant=tenant.tenant, standing=_standing(tenant))
    for unread in plan.unread:
        yield event(EventKind.TENANT_STARTED, tenant=unread.tenant, **_head(unread, plan))
        yield event(EventKind.FINDING, tenant=unread.tenant, **asdict(unread.finding))
        standing = standing_of_unread(unread).value
        yield event(EventKind.TENANT_FINISHED, tenant=unread.tenant, standing=standing)
    yield event(EventKind.RUN_FINISHED, summary=asdict(summarize(plan)))


def _people(step: Step, tenant: TenantPlan) -> dict[str, Any]:
    """Return the names of the people of a step, where the plan has names."""
    users = getattr(step, "users", ()) if tenant.names else ()
    return {"who": sorted(tenant.names.get(each, each) for each in users)} if users else {}


def _head(unread: UnreadTenant, plan: Plan) -> dict[str, Any]:
    return {"name": unread.tenant, "wave": unread.wave, "waves": max(1, len(plan.paces))}


def _standing(tenant: TenantPlan) -> str:
    if is_refused(tenant):
        return "refused"
    return "changed" if tenant.steps else "unchanged"
