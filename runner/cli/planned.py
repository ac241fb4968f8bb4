"""Make a plan of a playbook: load, read the tenants, plan."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from runner.catalog import load_catalog
from runner.cli.accepting import expect_acceptable
from runner.cli.failed import failed_set
from runner.cli.loop import run_until_done
from runner.cli.options import Given
from runner.cli.screen import reading_progress
from runner.cli.wiring import Connections, Planner, Remember, plan_tenants, tenant_part_numbers
from runner.model.findings import PlaybookError
from runner.model.ids import SkuId
from runner.model.plan import Plan, TenantPlan, UnreadTenant
from runner.model.spec import Loaded, Tenant
from runner.planning import assemble, plan_tenant
from runner.playbook import LoadOptions, load, load_inventory
from runner.playbook.options import SkuResolution
from runner.render.progress import Reading


def load_playbook(playbook: Path, given: Given) -> Loaded:
    """Load a playbook; a product that only the tenants know is looked up there.

    Raises: PlaybookError with all problems.
    """
    options = given.load_options((playbook,), named_sets=failed_set(given.limit, playbook))
    try:
        return load([playbook], options=options)
    except PlaybookError as error:
        if any(problem.code != "unknown-sku" for problem in error.problems):
            raise
    tenants = load_inventory(options)
    known = run_until_done(tenant_part_numbers(tenants))
    return load([playbook], options=_knowing(options, known))


def _knowing(options: LoadOptions, known: Mapping[str, SkuId]) -> LoadOptions:
    def resolve(text: str) -> SkuResolution:
        return known.get(text.strip().lower()) or options.resolve_sku(text)

    return replace(options, resolve_sku=resolve)


def make(
    loaded: Loaded,
    connections: Connections,
    *,
    remember: Remember,
    forks: int,
    accepted: Sequence[str],
) -> Plan:
    """Read the tenants and return the plan.

    Raises: UsageError when a code is to be accepted that nothing here lets pass.
    """
    expect_acceptable(accepted, loaded.rules)
    if len(loaded.specs) > 1:
        click.echo(f"reading {len(loaded.specs)} tenants", err=True)
    plan_read = partial(
        plan_tenant, catalog=load_catalog(), accepted=tuple(accepted), prices=loaded.prices
    )
    with reading_progress(connections, tenants=len(loaded.specs)) as over:

        def told(found: TenantPlan | UnreadTenant) -> None:
            over("not read" if isinstance(found, UnreadTenant) else "planned")

        planner = Planner(remember=remember, plan=plan_read, told=told)
        work = plan_tenants(loaded, connections, planner=planner, forks=forks)
        plans = run_until_done(work)
    now = datetime.now(UTC).replace(microsecond=0)
    return assemble(loaded, plans, now=now, accepted=tuple(accepted))


def connect(tenants: Sequence[Tenant]) -> Connections:
    """Return the connections of these tenants, told of on stderr while they are read."""
    return Connections(tenants, tell=Reading(sys.stderr, monotonic_s=time.monotonic))


def tenants_of(loaded: Loaded) -> tuple[Tenant, ...]:
    """Return the tenants a playbook names."""
    return tuple(spec.tenant for spec in loaded.specs)
