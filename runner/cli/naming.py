"""Put the names of the users of a plan into it, where somebody asks for them."""

from dataclasses import replace

import click

from runner.cli.loop import run_until_done
from runner.cli.wiring import Connections, each_in_turn
from runner.model.findings import RunnerError
from runner.model.plan import Plan, TenantPlan


def name_users(plan: Plan, connections: Connections, *, forks: int) -> Plan:
    """Return the plan with the names of everybody whom one of its steps is about.

    Where they may not be read, stderr says so and the plan goes without.
    """

    async def name(tenant: TenantPlan) -> TenantPlan:
        users = {user for step in tenant.steps for user in getattr(step, "users", ())}
        if not users:
            return tenant
        try:
            async with connections.open(tenant.tenant) as ports:
                names = await ports.directory.read_names(sorted(users))
        except RunnerError as error:
            click.echo(f"{tenant.tenant} goes without names: {error}", err=True)
            return tenant
        return replace(tenant, names=names)

    named = run_until_done(each_in_turn(name, plan.tenants, forks=forks))
    return replace(plan, tenants=tuple(named))
