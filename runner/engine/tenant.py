"""Carry the plan of one tenant out: look, act, look again, until nothing can go on now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from runner.engine.looking import concerned, unheld, unlisted, with_users
from runner.engine.patience import Patience, is_circle
from runner.engine.progress import (
    Progress,
    finished_details,
    outcome_details,
    started_details,
)
from runner.engine.tell import Tell
from runner.model.findings import WrongTenant
from runner.model.outcome import Check, EventKind, Outcome, Status, Verdict
from runner.model.plan import Step, TenantPlan
from runner.model.state import OpenOrder, TenantState
from runner.ports import Ports, Records
from runner.steps import KIND_OF
from runner.steps.naming import order_key
from runner.steps.ordering import is_answered, outgrown


class TenantRun:
    """One tenant's plan under way."""

    def __init__(
        self, plan: TenantPlan, *, ports: Ports, records: Records, tell: Tell, patience_s: float
    ) -> None:
        self._plan = plan
        self._ports = ports
        self._records = records
        self._tell = tell
        self._progress = {step.id: Progress(step=step) for step in plan.steps}
        self._patience = Patience(ports.clock, patience_s=patience_s)

    @property
    def progress(self) -> tuple[Progress, ...]:
        """Return how far each step has come, in plan order."""
        return tuple(self._progress[step.id] for step in self._plan.steps)

    async def run(self) -> None:
        """Go on until every step is settled or has to wait.

        Raises: WrongTenant, and whatever reading or writing cannot go on from.
        """
        while True:
            state = await self._observe()
            if await self._round(state):
                self._patience.look_soon()
                continue
            pause_s = self._patience.next_pause_s(self._waiting())
            if pause_s is None:
                break
            await self._ports.clock.sleep(pause_s)
        self._finish()

    async def _observe(self) -> TenantState:
        steps = [s for s in self._plan.steps if not self._progress[s.id].is_ended]
        skus = sorted({sku for step in steps for sku in KIND_OF[type(step)].skus(step)})
        groups = [each for step in steps if (each := getattr(step, "group", None))]
        state = await self._ports.directory.read(skus, members_of=groups)
        state = await with_users(unlisted(steps, state), state, self._ports.directory)
        if state.tenant_id != self._plan.tenant_id:
            raise WrongTenant(
                f"the sign-in leads to tenant {state.tenant_id}, "
                f"the plan is for {self._plan.tenant_id}",
                hint="make a plan for the tenant that is meant",
            )
        self._records.note_unheld(
            state.tenant_id, unheld=unheld(state, skus), looked_at=skus, at=state.read_at
        )
        self._tell.one(
            EventKind.TENANT_OBSERVED,
            at=state.read_at,
            tenant=self._plan.tenant,
            details={"users": len(state.users)},
        )
        sales = await self._ports.commerce.read(state.tenant_id)
        return self._with_memory(replace(state, sales=sales))

    def _with_memory(self, state: TenantState) -> TenantState:
        return replace(state, memory=self._records.remember(state.tenant_id))

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
        if has_moved or any(not self._progress[step.id].is_retry for step in to_do):
            self._patience.begin_again()
        for kind, group in groupby(to_do, key=type):
            await self._perform(list(group), state)
            if KIND_OF[kind].is_background:
                break
        return bool(to_do) or has_moved

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
            return not progress.is_performed or _is_to_go_on(progress, now)
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
            self._open_orders(steps, state, now)
            state = self._with_memory(state)
        self._keep(self._plan.steps if kind.is_order else steps, state, now)
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
        async for outcomes in kind.perform(steps, state, self._ports):
            self._record(outcomes)

    def _keep(self, steps: Sequence[Step], state: TenantState, now: datetime) -> None:
        """Keep what users hold before they change, or before an order that may change anybody.

        Source: commerce.md U11 (the vendor's own upgrade resets every service; note them before),
        read 2026-11-23.
        """
        names = dict.fromkeys(name for step in steps for name in concerned(step, state))
        users = [state.users[name] for name in names if name in state.users]
        if users:
            self._records.save_snapshot(state.tenant_id, at=now, users=users)

    def _open_orders(self, steps: Sequence[Any], state: TenantState, now: datetime) -> None:
        for step in steps:
            kind = KIND_OF[type(step)]
            seats = kind.ordered_seats(step) if kind.ordered_seats else 0
            order = OpenOrder(
                key=order_key(state.tenant_id, step.id, seats=seats, opened_at=now),
                step=step.id,
                kind=kind.name,
                sku=step.sku,
                seats=seats,
                opened_at=now,
            )
            earlier = outgrown(step.id, seats, state)
            if earlier:
                self._records.close_order(state.tenant_id, earlier.step, now)
            self._records.open_order(state.tenant_id, order)
            if earlier and is_answered(earlier):
                self._records.note_reference(state.tenant_id, step.id, earlier.reference)

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
                line = KIND_OF[type(self._progress[missing[0]].step)].describe(
                    self._progress[missing[0]].step
                )
                why = f"comes after: {line.verb} {line.subject}"
                self._end(progress, Status.BLOCKED, why, now=now)
            else:
                self._end(progress, progress.status or Status.BLOCKED, progress.detail, now=now)


def _is_to_go_on(progress: Progress, now: datetime) -> bool:
    """Say whether an order that was begun is to be carried on: its channel said when."""
    is_order = KIND_OF[type(progress.step)].is_order
    return is_order and progress.look_again_at is not None and progress.look_again_at <= now
