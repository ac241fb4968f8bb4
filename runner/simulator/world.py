"""Hold all simulated tenants, their common clock and what happened to them."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from runner.simulator.administrator import Administrator
from runner.simulator.build import build_tenant
from runner.simulator.clock import SimulatedClock, parse_moment, parse_span
from runner.simulator.faults import FaultPlan
from runner.simulator.inheritance import catch_up
from runner.simulator.log import CallLog
from runner.simulator.scenario import (
    FaultEntry,
    Scenario,
    ScenarioError,
    read_entry,
    read_scenario,
)
from runner.simulator.scenario_files import load_files
from runner.simulator.tenant import Tenant
from runner.simulator.throttle import Quotas, make_quotas


class World:
    """Hold everything one simulator serves; all access goes through its lock."""

    def __init__(self, scenario: Scenario) -> None:
        self.lock = threading.RLock()
        self.random = random.Random(scenario.seed)  # noqa: S311 - repeatable, not secret
        start = scenario.clock.start
        self.clock = SimulatedClock(
            start=None if start is None else parse_moment(start), rate=scenario.clock.rate
        )
        self.log = CallLog(scenario.log_limit)
        now = self.clock.now()
        self.tenants: Mapping[str, Tenant] = {
            name: build_tenant(name, entry, now=now) for name, entry in scenario.tenants.items()
        }
        self._by_name = _first(
            (word.lower(), tenant)
            for tenant in self.tenants.values()
            for word in (tenant.name, tenant.id, tenant.domain)
        )
        self._by_token = _first(
            (word, tenant)
            for tenant in self.tenants.values()
            for word in (tenant.id, tenant.name, *tenant.entry.tokens)
        )
        self.faults = {
            name: FaultPlan([*entry.faults, *scenario.faults])
            for name, entry in scenario.tenants.items()
        }
        self.partner = scenario.partner
        if self.partner.tenant not in ("", *self.tenants):
            raise ScenarioError(f"partner.tenant: there is no tenant '{self.partner.tenant}'")
        self.quotas: Quotas = make_quotas(scenario, self.clock)
        self._batches = itertools.count(1)
        self.cursors: dict[str, Sequence[int]] = {}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> World:
        """Return the world a mapping describes, as a scenario file would.

        Raises: ScenarioError naming what cannot be.
        """
        return cls(read_scenario(mapping))

    @classmethod
    def from_files(cls, paths: Iterable[str | Path]) -> World:
        """Return the world that one or more scenario files describe together.

        Raises: ScenarioError naming the file and what cannot be.
        """
        files = [Path(path) for path in paths]
        where = ", ".join(str(path) for path in files)
        try:
            return cls(read_scenario(load_files(files), where=where))
        except ScenarioError as error:
            text = str(error)
            raise ScenarioError(text if text.startswith(where) else f"{where}: {text}") from None

    def admin(self, tenant: str | None = None) -> Administrator:
        """Return who acts as administrator of a tenant; without a name, of the only one.

        Raises: LookupError naming the tenants there are.
        """
        return Administrator(self.tenant(tenant), clock=self.clock, lock=self.lock)

    def advance(self, span: str | float) -> float:
        """Move the clock on, by `"72h"` or `"2 business days"`, and return the new time.

        Order: business days are those of the tenants' time zone, or of UTC if theirs differ.
        Raises: ValueError when the text is no span of time.
        """
        zones = {tenant.entry.timezone for tenant in self.tenants.values()}
        zone = zones.pop() if len(zones) == 1 else "UTC"
        with self.lock:
            now = self.clock.advance(parse_span(span), zone=zone)
            self.catch_up()
            return now

    def set_clock(self, moment: str | datetime, *, rate: float | None = None) -> None:
        """Put the clock to a moment and, if given, change its rate."""
        with self.lock:
            self.clock.set(parse_moment(moment), rate=rate)
            self.catch_up()

    def catch_up(self) -> None:
        """Do all background work of every tenant that is due by now."""
        with self.lock:
            for tenant in self.tenants.values():
                catch_up(tenant, self.clock.now())

    def set_faults(
        self, faults: Iterable[FaultEntry | Mapping[str, Any]], *, tenant: str | None = None
    ) -> None:
        """Replace the faults of one tenant, or of all.

        Raises: ScenarioError naming what is no fault.
        """
        entries = [
            item if isinstance(item, FaultEntry) else read_entry(item, FaultEntry, where="faults")
            for item in faults
        ]
        names = list(self.tenants) if tenant is None else [self.tenant(tenant).name]
        with self.lock:
            for name in names:
                self.faults[name] = FaultPlan(entries)

    def next_batch(self) -> int:
        """Return the number that ties the calls of one batch together in the log."""
        return next(self._batches)

    def owner(self, word: str) -> Tenant | None:
        """Return the tenant that a token means: by its id, its name, or one of its tokens."""
        return self._by_token.get(word)

    def tenant(self, name: str | None = None) -> Tenant:
        """Return the tenant with this name or id; without a name, the only one.

        Order: background work that is due by now is done.
        Raises: LookupError naming the tenants there are.
        """
        if name is None and len(self.tenants) == 1:
            name = next(iter(self.tenants))
        if found := self._by_name.get((name or "").lower()):
            with self.lock:
                catch_up(found, self.clock.now())
            return found
        there = ", ".join(self.tenants)
        if name is None:
            raise LookupError(f"{len(self.tenants)} tenants are served, name one of: {there}")
        raise LookupError(f"no tenant is called {name!r}, there are: {there}")


def _first(pairs: Iterable[tuple[str, Tenant]]) -> dict[str, Tenant]:
    """Return the first tenant for each word: calls are many, and so may be tenants."""
    found: dict[str, Tenant] = {}
    for word, tenant in pairs:
        found.setdefault(word, tenant)
    return found
