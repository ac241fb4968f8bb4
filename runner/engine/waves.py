"""Carry a plan out wave by wave, several tenants at a time, until one stops the next."""

import asyncio
from collections.abc import Iterator

from runner.engine.gates import Gates
from runner.engine.results import TenantResult, without_steps
from runner.engine.run import has_work, leave_out, report_unread, run_tenant
from runner.engine.surroundings import Surroundings
from runner.model.outcome import EventKind, Standing
from runner.model.plan import Plan, TenantPlan
from runner.model.spec import Pace
from runner.planning import why_held


async def apply_plan(
    plan: Plan, *, around: Surroundings, forks: int, patience_s: float
) -> tuple[TenantResult, ...]:
    """Carry the plan out and return how every tenant ended, wave by wave.

    `forks` tenants are worked on at once; `patience_s` is how long, in real seconds, a tenant is
    looked at again while it waits.
    """
    run = _Run(plan, around=around, turns=asyncio.Semaphore(forks), patience_s=patience_s)
    return await run.to_the_end()


class _Run:
    """A plan under way over its waves."""

    def __init__(
        self, plan: Plan, *, around: Surroundings, turns: asyncio.Semaphore, patience_s: float
    ) -> None:
        self._plan = plan
        self._around = around
        self._turns = turns
        self._patience_s = patience_s
        self._gates = Gates(plan, around)
        self._results: list[TenantResult] = []

    async def to_the_end(self) -> tuple[TenantResult, ...]:
        """Carry out every wave that may start, and record for the others why they may not."""
        held = ""
        for number in self._waves():
            results = await self._wave(number, held)
            self._results += results
            held = held or self._why_held(number, results)
        self._gates.close_passed(self._results)
        return tuple(self._results)

    def _waves(self) -> list[int]:
        read = {each.wave for each in self._plan.tenants}
        return sorted(read | {each.wave for each in self._plan.unread})

    async def _wave(self, number: int, held: str) -> list[TenantResult]:
        tenants = [each for each in self._plan.tenants if each.wave == number]
        unread = [each for each in self._plan.unread if each.wave == number]
        self._tell(EventKind.WAVE_STARTED, number, tenants=len(tenants) + len(unread))
        results = await asyncio.gather(*(self._tenant(each, held) for each in tenants))
        results += [
            report_unread(each, self._around, waves=len(self._plan.paces)) for each in unread
        ]
        standings = [each.standing for each in results]
        counts = {each.value: standings.count(each) for each in Standing if each in standings}
        self._tell(EventKind.WAVE_FINISHED, number, standings=counts, held=held)
        return results

    async def _tenant(self, tenant: TenantPlan, held: str) -> TenantResult:
        if held and has_work(tenant):
            return leave_out(tenant, self._around, why=held)
        result = await run_tenant(
            tenant, around=self._around, turns=self._turns, patience_s=self._patience_s
        )
        return without_steps(result)

    def _why_held(self, number: int, results: list[TenantResult]) -> str:
        if not any(has_work(each) for each in self._later(number)):
            return ""
        if self._around.stop.is_asked:
            return "the run was interrupted"
        pace = self._plan.paces[number - 1] if number <= len(self._plan.paces) else Pace()
        why = why_held(
            pace,
            wave=number,
            standings=[each.standing for each in results],
            so_far=[each.standing for each in self._results],
        )
        return why or self._gates.why_held(pace, wave=number)

    def _later(self, number: int) -> Iterator[TenantPlan]:
        return (each for each in self._plan.tenants if each.wave > number)

    def _tell(self, kind: EventKind, number: int, **details: object) -> None:
        waves = len(self._plan.paces)
        if waves > 1:
            told = {"wave": number, "waves": waves, **details}
            self._around.tell.one(kind, at=self._around.now(), details=told)
