"""Connect tenants to their ports and read what they are."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from runner.cli.channels import open_channels
from runner.cli.messages import as_finding
from runner.engine import doubted, seen_anew, with_sales, with_users
from runner.model.findings import Finding, RunnerError, Severity, WrongTenant
from runner.model.ids import SkuId
from runner.model.plan import TenantPlan, UnreadTenant
from runner.model.spec import Loaded, Reference, SeatsMatch, Tenant, TenantSpec
from runner.model.state import Memory, TenantState
from runner.ports import Listener, Ports, Question
from runner.render.progress import Reading
from runner.steps.reset import stranded
from runner.steps.who import references_of

Remember = Callable[[str], Memory]
Item = TypeVar("Item")
Result = TypeVar("Result")

FORKS = 16
"""How many tenants are asked at once for the products they know."""


class Connections:
    """Opens the ports of tenants; all share the quotas of the application and its tokens."""

    def __init__(self, tenants: Sequence[Tenant], *, tell: Listener) -> None:
        from runner.providers.graph.application import Application

        self._tenants = {tenant.name: tenant for tenant in tenants}
        self._application = Application()
        self._tell = tell

    def listen(self, tell: Listener) -> None:
        """Tell somebody else from now on; what is opened later tells them."""
        self._tell = tell

    @asynccontextmanager
    async def open(self, name: str, *, spent_writes: int = 0) -> AsyncIterator[Ports]:
        """Open the ports of a tenant and close them afterwards.

        `spent_writes` are writes of earlier runs that Graph still counts.

        Raises: RunnerError when the inventory does not have it, NotAllowed for a wrong sign-in.
        """
        from runner.providers.clock import TenantClock
        from runner.providers.commerce import Channels
        from runner.providers.graph.clouds import LOOPBACK, endpoint_of
        from runner.providers.graph.directory import GraphDirectory

        tenant = self._tenants.get(name)
        if tenant is None:
            raise RunnerError(
                f"the inventory has no tenant {name}",
                hint="use the inventory that the plan was made of",
            )
        clock = TenantClock(is_local=endpoint_of(tenant).host in LOOPBACK)
        channels = open_channels(tenant, clock, self._application)
        directory = GraphDirectory(
            tenant,
            clock=clock,
            application=self._application,
            spent_writes=spent_writes,
            tell=self._tell,
        )
        try:
            yield Ports(directory=directory, commerce=Channels(channels), clock=clock)
        finally:
            await directory.close()
            for channel in channels.values():
                await channel.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """How tenants are planned.

    `remember` returns what the records know of a tenant; `told` hears of every tenant in its turn,
    also of one that could not be read.
    """

    remember: Remember
    plan: Callable[[TenantSpec, TenantState], TenantPlan]
    told: Callable[[TenantPlan | UnreadTenant], None]


async def plan_tenants(
    loaded: Loaded,
    connections: Connections,
    *,
    planner: Planner,
    forks: int,
) -> Mapping[str, TenantPlan | UnreadTenant]:
    """Read and plan every tenant a playbook names; trouble with one stays its own.

    `forks` tenants are read at once, and none is kept beyond its plan: what is held does not grow
    with the users of all.
    """

    async def work(spec: TenantSpec) -> TenantPlan | UnreadTenant:
        found = await _planned(spec, connections, planner)
        planner.told(found)
        return found

    plans = await each_in_turn(work, loaded.specs, forks=forks)
    names = [spec.tenant.name for spec in loaded.specs]
    waves = {spec.tenant.name: spec.wave for spec in loaded.specs}
    return _without_doubles(dict(zip(names, plans, strict=True)), waves)


async def each_in_turn(
    work: Callable[[Item], Awaitable[Result]], items: Sequence[Item], *, forks: int
) -> list[Result]:
    """Do the work of every item, so many at once and begun in their order; return the results."""
    found: dict[int, Result] = {}
    left = iter(enumerate(items))

    async def lane() -> None:
        for place, item in left:
            found[place] = await work(item)

    await asyncio.gather(*(lane() for _ in range(min(forks, len(items)))))
    return [found[place] for place in range(len(items))]


def _without_doubles(
    plans: Mapping[str, TenantPlan | UnreadTenant], waves: Mapping[str, int]
) -> Mapping[str, TenantPlan | UnreadTenant]:
    """Refuse a tenant that goes by two names: everything would be done and bought twice."""
    first: dict[str, str] = {}
    found = dict(plans)
    for name, plan in plans.items():
        if isinstance(plan, UnreadTenant):
            continue
        other = first.setdefault(plan.tenant_id, name)
        if other != name:
            finding = Finding(
                severity=Severity.ERROR,
                code=WrongTenant.code,
                summary=f"{name} and {other} are one tenant, {plan.tenant_id}",
                hint="keep one of the two names",
            )
            found[name] = UnreadTenant(tenant=name, wave=waves[name], finding=finding)
    return found


async def _planned(
    spec: TenantSpec, connections: Connections, planner: Planner
) -> TenantPlan | UnreadTenant:
    """Return the plan of a tenant; whom its lists may be behind about is looked at first."""
    try:
        async with connections.open(spec.tenant.name) as ports:
            state = await _read(spec, ports, planner.remember)
            draft = planner.plan(spec, state)
            seen = await seen_anew(doubted(draft, state), state, ports.directory)
    except RunnerError as error:
        finding = replace(as_finding(error), where=error.where or str(spec.tenant.where))
        return UnreadTenant(tenant=spec.tenant.name, wave=spec.wave, finding=finding)
    return draft if seen.users == state.users else planner.plan(spec, seen)


async def _read(spec: TenantSpec, ports: Ports, remember: Remember) -> TenantState:
    counts = any(limits.users_percent is not None for limits in spec.limits)
    question = Question(references=references_of_spec(spec), counts_licensed_users=counts)
    state = await ports.directory.read(skus_of(spec), question=question)
    sold = await with_sales(state, ports.commerce)
    have = replace(sold, memory=remember(state.tenant_id))
    return await with_users(stranded(have), have, ports.directory)


def skus_of(spec: TenantSpec) -> set[SkuId]:
    """Return every SKU a spec names."""
    named = {want.sku for want in spec.subscriptions}
    named |= {w.seats.sku for w in spec.subscriptions if isinstance(w.seats, SeatsMatch)}
    for assignment in spec.assignments:
        named |= {assignment.target, *assignment.sources}
    return named


def references_of_spec(spec: TenantSpec) -> tuple[Reference, ...]:
    """Return everything a spec says of `who` that only the tenant can resolve, each once."""
    found = (each for want in spec.assignments for each in references_of(want.who))
    return tuple(dict.fromkeys(found))


async def tenant_part_numbers(tenants: Sequence[Tenant]) -> Mapping[str, SkuId]:
    """Return the SKUs that tenants themselves know, by part number in lower case.

    A tenant that cannot be read knows nothing; that is said when it is planned.
    """
    connections = Connections(tenants, tell=Reading(sys.stderr, monotonic_s=time.monotonic))

    async def known(tenant: Tenant) -> dict[str, SkuId]:
        try:
            async with connections.open(tenant.name) as ports:
                state = await ports.directory.read(())
        except RunnerError:
            return {}
        return {sku.part_number.lower(): sku.id for sku in state.skus.values()}

    found: dict[str, SkuId] = {}
    for each in await each_in_turn(known, tenants, forks=FORKS):
        found |= each
    return found
