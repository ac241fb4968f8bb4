"""Ask the outside what an inventory does not know by itself: customers, and what tenants own."""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from runner.cli.loop import run_until_done
from runner.cli.messages import as_finding
from runner.cli.scripts import run_script
from runner.model.customers import Customer, TenantFacts
from runner.model.findings import Finding, RunnerError
from runner.model.spec import Tenant
from runner.playbook.options import ScriptAnswer
from runner.render.progress import Reading
from runner.render.words import counted

LANES = 8
"""Tenants whose facts are read at once."""


class Outside:
    """Answers each question of one command once; nothing is kept beyond it."""

    def __init__(self) -> None:
        self._customers: dict[str, tuple[Customer, ...]] = {}
        self._facts: dict[str, TenantFacts | Finding] = {}
        self._printed: dict[tuple[Path, tuple[str, ...]], ScriptAnswer] = {}

    def run_script(self, path: Path, words: Sequence[str]) -> ScriptAnswer:
        """Return what an inventory that is a program prints; a playbook may be loaded twice."""
        asked = (path, tuple(words))
        if asked not in self._printed:
            self._printed[asked] = run_script(path, words)
        return self._printed[asked]

    def find_customers(self, partner: Tenant) -> tuple[Customer, ...]:
        """Return every customer of a partner.

        Raises: ProviderError with the place of the plugin.
        """
        asked = str(partner.where)
        if asked not in self._customers:
            try:
                found = run_until_done(_customers(partner))
            except RunnerError as error:
                error.where = error.where or asked
                raise
            click.echo(f"found {counted(len(found), 'customer')} for {asked}", err=True)
            self._customers[asked] = found
        return self._customers[asked]

    def read_facts(self, tenants: Sequence[Tenant]) -> Mapping[str, TenantFacts | Finding]:
        """Return the facts of each tenant by name, or why it could not be read."""
        missing = [tenant for tenant in tenants if tenant.name not in self._facts]
        if missing:
            click.echo(f"reading what {counted(len(missing), 'tenant')} own", err=True)
            self._facts |= run_until_done(_facts(missing))
        return {tenant.name: self._facts[tenant.name] for tenant in tenants}


async def _customers(partner: Tenant) -> tuple[Customer, ...]:
    from runner.providers.clock import TenantClock
    from runner.providers.graph.application import Application
    from runner.providers.graph.clouds import LOOPBACK, endpoint_of
    from runner.providers.graph.contracts import read_contracts
    from runner.providers.partner_center.customers import read_customers

    clock, application = TenantClock(is_local=endpoint_of(partner).host in LOOPBACK), Application()
    if partner.partner_center is not None:
        return await read_customers(
            partner.partner_center, tenant=partner, clock=clock, application=application
        )
    return await read_contracts(
        partner, clock=clock, application=application, tell=_pausing(partner)
    )


async def _facts(tenants: Sequence[Tenant]) -> Mapping[str, TenantFacts | Finding]:
    from runner.providers.clock import TenantClock
    from runner.providers.graph.application import Application
    from runner.providers.graph.clouds import LOOPBACK, endpoint_of
    from runner.providers.graph.owned import read_facts

    application, gate = Application(), asyncio.Semaphore(LANES)

    async def read(tenant: Tenant) -> TenantFacts | Finding:
        async with gate:
            try:
                clock = TenantClock(is_local=endpoint_of(tenant).host in LOOPBACK)
                return await read_facts(
                    tenant, clock=clock, application=application, tell=_pausing(tenant)
                )
            except RunnerError as error:
                return replace(as_finding(error), where=error.where or str(tenant.where))

    answers = await asyncio.gather(*(read(tenant) for tenant in tenants))
    return {tenant.name: each for tenant, each in zip(tenants, answers, strict=True)}


def _pausing(tenant: Tenant) -> partial[None]:
    return partial(Reading(sys.stderr, monotonic_s=time.monotonic).pausing, tenant.name)
