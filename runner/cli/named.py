"""Write the names of people into a plan, where somebody asks for them."""

from dataclasses import replace

from runner.cli.loop import run_until_done
from runner.cli.wiring import Connections, each_in_turn
from runner.model.plan import Plan, TenantPlan


def name_people(plan: Plan, connections: Connections, *, forks: int) -> Plan:
    """Return the plan with the user principal names of the people in its steps.

    Raises: ReadIncomplete, NotAllowed, Unreachable, Throttled: without names there is no such plan.
    """

    async def name(tenant: TenantPlan) -> TenantPlan:
        users = {each: None for step in tenant.steps for each in getattr(step, "users", ())}
        if not users:
            return tenant
        async with connections.open(tenant.tenant) as ports:
            return replace(tenant, names=await ports.directory.names(tuple(users)))

    work = each_in_turn(name, plan.tenants, forks=forks)
    return replace(plan, tenants=tuple(run_until_done(work)))
