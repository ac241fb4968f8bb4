"""Carry the plan of one tenant out: look, act, look again, until nothing can go on now."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from runner.engine.intents import keep_users, open_orders
from runner.engine.look import observe, with_memory
from runner.engine.patience import Patience, is_circle
from runner.engine.progress import (
    Progress,
    finished_details,
    outcome_details,
    started_details,
)
from runner.engine.results import comes_after
from runner.engine.surroundings import Interrupted, Surroundings
from runner.model.outcome import Check, EventKind, Outcome, Status, Verdict
from runner.model.plan import Step, TenantPlan
from runner.model.state import TenantState
from runner.planning import opening
from runner.ports import Ports
from runner.steps import KIND_OF

LONG_PAUSE_S = 5.0
"""A tenant that waits this long before it is looked at again holds up no other."""


class TenantRun:
    """One tenant's plan under way."""

    def __init__(
        self,
        plan: TenantPlan,
        *,
        ports: Ports,
        around: Surroundings,
        turns: asyncio.Semaphore,
        patience_s: float,
    ) -> None:
        self._plan = plan
        self._ports = ports
        self._around = around
        self._records = around.records
        self._tell = around.tell
        self._stop = around.stop
        self._turns = turns
        self._progress = {step.id: Progress(step=step) for step in plan.steps}
        self._patience = Patience(ports.clock, patience_s=patience_s)
        ports.directory.only_while(self._may_begin)

    @property
    def progress(self) -> tuple[Progress, ...]:
        """Return how far each step has come, in plan order."""
        return tuple(self._progress[step.id] for step in self._plan.steps)

    async def run(self) -> None:
        """Go on until every step is settled or has to wait.

        Raises: Interrupted, WrongTenant, and whatever reading or writing cannot go on from.
        """
        while True:
            if await self._look_and_act():
                self._patience.look_soon()
                continue
            pause_s = self._patience.next_pause_s(self._waiting())
            if pause_s is None:
                break
            await self._rest(pause_s)
        self._finish()

    async def _look_and_act(self) -> bool:
        """Look at the tenant, carry out what may be now, and say if anything did move."""
        state = await self._stop.unless_asked(self._observe())
        has_moved = await self._round(state)
        if self._stop.is_asked:
            raise Interrupted
        return has_moved

    async def _rest(self, pause_s: float) -> None:
        """Wait, and let another tenant have the turn if that takes a while."""
        pause = self._stop.unless_asked(self._ports.clock.sleep(pause_s))
        if pause_s < LONG_PAUSE_S:
            await pause
            return
        self._turns.release()
        try:
            await pause
        finally:
            await self._turns.acquire()

    async def _observe(self) -> TenantState:
        left = [each for each in self.progress if not each.is_ended]
        return await observe(self._plan, left, ports=self._ports, around=self._around)

    async def _round(self, state: TenantState) -> bool:
        """Check every step that may go on, carry out what is to do, and say if anything did."""
        now = self._ports.clock.now()
        to_do: list[Step] = []
        has_moved = False
        for step in self._plan.steps:
            progress = self._progress[step.id]
            if progress.is_ended or not self._may_go_on(step):
                continue
            check = KIND_OF[type(step)].check(step, state, now)
            if self._judge(progress, check, state=state, now=now):
                to_do.append(step)
            has_moved = has_moved or progress.is_settled
        to_do = self._within_windows(to_do, now)
        acting = [p for step in to_do if not (p := self._progress[step.id]).is_followed]
        if has_moved or any(not each.is_retry for each in acting):
            self._patience.begin_again()
        for kind, group in groupby(to_do, key=type):
            if self._may_begin():
                await self._perform(list(group), state)
            if KIND_OF[kind].is_background:
                break
        return bool(acting) or has_moved

    def _may_begin(self) -> bool:
        """Say whether a call or an order may begin now."""
        now = self._ports.clock.now()
        return not self._stop.is_asked and opening(self._plan.windows, now) == now

    def _within_windows(self, to_do: list[Step], now: datetime) -> list[Step]:
        """Return what may begin now; while a maintenance window is closed, all of it waits."""
        opens_at = opening(self._plan.windows, now)
        if opens_at == now:
            return to_do
        for step in to_do:
            self._progress[step.id].wait_for_window(opens_at)
        return []

    def _may_go_on(self, step: Step) -> bool:
        return all(self._progress[need].lets_others_go_on for need in step.needs)

    def _judge(
        self, progress: Progress, check: Check, *, state: TenantState, now: datetime
    ) -> bool:
        """Take a verdict over; True means that the step is to be carried out now."""
        self._refuse(progress, check, now)
        self._take_arrivals(progress, check, now)
        if check.verdict is Verdict.TODO:
            return self._is_to_do(progress, check, state=state, now=now)
        if check.verdict is Verdict.STALE and progress.pending:
            progress.wait_for_replicas(1)
            return False
        if hidden := progress.changed & check.refused.keys():
            progress.wait_for_replicas(len(hidden))
            return False
        if check.verdict is Verdict.DONE:
            if KIND_OF[type(progress.step)].is_order:
                self._records.close_order(state.tenant_id, progress.step.id, now)
            changed = progress.changed or progress.is_performed
            self._end(progress, Status.CHANGED if changed else Status.OK, check.why, now=now)
        elif check.verdict is Verdict.STALE:
            self._end(progress, Status.REFUSED, check.why, now=now)
        else:
            self._wait(progress, check, now)
        return False

    def _wait(self, progress: Progress, check: Check, now: datetime) -> None:
        progress.wait_for(check)
        if check.deadline_at is not None and check.deadline_at < now:
            late = f"{check.why}, and should have been over by {check.deadline_at:%Y-%m-%d %H:%M}"
            self._end(progress, Status.FAILED, f"{late} UTC", now=now)

    def _is_to_do(
        self, progress: Progress, check: Check, *, state: TenantState, now: datetime
    ) -> bool:
        progress.to_do = len(check.subjects)
        if not check.subjects:
            return not progress.is_performed or progress.is_to_go_on(now)
        left = progress.left_of(check.subjects, now)
        if left - progress.changed:
            return True
        if left:
            progress.wait_for_replicas(len(left))
        elif progress.failed:
            progress.wait_no_longer()
            self._end(progress, Status.FAILED, progress.failure(), now=now)
        elif progress.unsure:
            since = state.memory.waiting_since.get(progress.step.id, now)
            self._wait(progress, progress.doubt(since), now)
        else:
            self._end(progress, Status.OK, check.why, now=now)
        return False

    def _refuse(self, progress: Progress, check: Check, now: datetime) -> None:
        known = progress.refused.keys() | progress.changed
        new = {subject: why for subject, why in check.refused.items() if subject not in known}
        progress.refused.update(new)
        if new:
            rows = [
                (progress.step.id, {"subject": s, "status": Status.REFUSED.value, "detail": why})
                for s, why in sorted(new.items())
            ]
            self._tell.many(EventKind.OUTCOME, at=now, tenant=self._plan.tenant, rows=rows)

    def _take_arrivals(self, progress: Progress, check: Check, now: datetime) -> None:
        """Record whom Graph has reached in the background since the last look."""
        if not progress.pending or check.verdict is Verdict.STALE:
            return
        arrived = progress.pending.intersection(check.arrived)
        if arrived:
            self._patience.begin_again()
            progress.pending -= arrived
            progress.changed |= arrived
            changed = {"status": Status.CHANGED.value, "is_background": True}
            rows = [(progress.step.id, {"subject": each, **changed}) for each in sorted(arrived)]
            self._tell.many(EventKind.OUTCOME, at=now, tenant=self._plan.tenant, rows=rows)

    def _end(self, progress: Progress, status: Status, detail: str, *, now: datetime) -> None:
        progress.status, progress.detail = status, detail
        self._tell.one(
            EventKind.STEP_FINISHED,
            at=now,
            tenant=self._plan.tenant,
            step=progress.step.id,
            details=finished_details(progress),
        )

    async def _perform(self, steps: list[Any], state: TenantState) -> None:
        """Carry steps of one kind out; intents are on disk before, outcomes before the next."""
        kind = KIND_OF[type(steps[0])]
        now = self._ports.clock.now()
        if kind.is_order:
            open_orders(steps, state, self._records, now=now)
            state = with_memory(state, self._records)
        keep_users(self._plan.steps if kind.is_order else steps, state, self._records, now=now)
        for step in steps:
            progress = self._progress[step.id]
            if kind.is_background and not progress.is_performed:
                progress.pending, progress.to_do = set(step.users), len(step.users)
            progress.is_performed = True
        self._tell.many(
            EventKind.STEP_STARTED,
            at=now,
            tenant=self._plan.tenant,
            rows=[(step.id, started_details(self._progress[step.id])) for step in steps],
        )
        begun = await self._record_all(
            kind.perform(steps, state, self._ports), is_order=kind.is_order
        )
        if not self._may_begin():
            for progress in (self._progress[step.id] for step in steps if step.id not in begun):
                progress.is_performed, progress.pending = False, set()

    async def _record_all(
        self, happening: AsyncIterator[tuple[Outcome, ...]], *, is_order: bool
    ) -> set[str]:
        """Record outcomes as they come, and return the steps that had any.

        An order goes no act further than it may.
        """
        begun: set[str] = set()
        async for outcomes in happening:
            self._record(outcomes)
            begun.update(each.step for each in outcomes)
            if is_order and not self._may_begin():
                break
        if isinstance(happening, AsyncGenerator):
            await happening.aclose()
        return begun

    def _record(self, outcomes: Sequence[Outcome]) -> None:
        rows = [(each.step, outcome_details(each)) for each in outcomes]
        now = self._ports.clock.now()
        self._tell.many(EventKind.OUTCOME, at=now, tenant=self._plan.tenant, rows=rows)
        for outcome in outcomes:
            progress = self._progress[outcome.step]
            if outcome.reference:
                self._records.note_reference(self._plan.tenant_id, outcome.step, outcome.reference)
            progress.take(outcome, now)
            if progress.is_ended and progress.status:
                self._end(progress, progress.status, progress.detail, now=now)

    def _waiting(self) -> list[Progress]:
        return [each for each in self._progress.values() if each.is_waiting]

    def _finish(self) -> None:
        """Say how every step stands that has not ended, and what never came to its turn."""
        now = self._ports.clock.now()
        if is_circle(self._waiting()):
            for progress in self._waiting():
                why = f"{progress.detail}, and nobody is left to do so: plan again"
                self._end(progress, Status.REFUSED, why, now=now)
        for step in self._plan.steps:
            progress = self._progress[step.id]
            if progress.is_ended:
                continue
            missing = [n for n in step.needs if not self._progress[n].lets_others_go_on]
            if missing:
                why = comes_after(self._progress[need].step for need in missing)
                self._end(progress, Status.BLOCKED, why, now=now)
            else:
                self._end(progress, progress.status or Status.BLOCKED, progress.detail, now=now)
