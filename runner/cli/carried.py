"""Carry an approved plan out, with records and everybody who shows it."""

import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from runner.catalog import GRAPH_QUOTAS
from runner.cli.approved import Approved
from runner.cli.exits import INTERRUPTED, exit_code_of, standing_of_unread
from runner.cli.loop import run_until_done
from runner.cli.options import Given
from runner.cli.screen import run_renderer
from runner.engine import Handle, Surroundings, Tell, TenantResult, apply_plan
from runner.model.outcome import EventKind, TenantStanding
from runner.render.progress import Progress
from runner.store import Store


def carry_out(
    approved: Approved, *, forks: int, patience_s: float, given: Given, also: Sequence[Handle] = ()
) -> int:
    """Run the plan and return the exit code; the run is on record from before its first step.

    `also` hears every event besides the screen.
    """
    store, plan = approved.store, approved.plan
    run = _run_id()
    started_at = _now()
    store.journal.start_run(run, plan=plan.id, playbook=plan.playbook_file, at=started_at)
    tenants = len(plan.tenants) + len(plan.unread)
    shown = run_renderer("json" if given.as_json else "text", given, tenants=tenants)
    progress = Progress(sys.stderr, is_terminal=sys.stderr.isatty(), monotonic_s=time.monotonic)
    records = store.for_run(run, playbook=plan.playbook_file)
    tell = Tell(write=records.record, show=(progress.handle, *also, shown.handle))
    exit_code = INTERRUPTED
    try:
        tell.one(EventKind.RUN_STARTED, at=started_at, details={"run": run, "plan": plan.id})
        connections = approved.connections
        connections.listen(progress)
        around = Surroundings(
            run=run,
            open_ports=lambda name: connections.open(name, spent_writes=_spent(store, name)),
            lock=lambda tenant: _locked(store, tenant, run),
            records=records,
            tell=tell,
            now=_now,
        )
        work = apply_plan(plan, around=around, forks=forks, patience_s=patience_s)
        results = run_until_done(work)
        progress.stop()
        exit_code = _conclude(tell, approved, run=run, results=results)
    finally:
        progress.stop()
        store.journal.finish_run(run, exit_code=exit_code, at=_now())
        store.close()
    shown.close()
    return exit_code


def _conclude(
    tell: Tell, approved: Approved, *, run: str, results: tuple[TenantResult, ...]
) -> int:
    for unread in approved.plan.unread:
        at = _now()
        name = {"name": unread.tenant}
        tell.one(EventKind.TENANT_STARTED, at=at, tenant=unread.tenant, details=name)
        tell.one(
            EventKind.TENANT_FINISHED,
            at=at,
            tenant=unread.tenant,
            details={
                "standing": standing_of_unread(unread).value,
                "summary": unread.finding.summary,
                "hint": unread.finding.hint,
            },
        )
        store = approved.store
        store.notes.save_tenant(
            TenantStanding(
                tenant=unread.tenant,
                name=unread.tenant,
                run=run,
                at=at,
                standing=standing_of_unread(unread),
                summary=unread.finding.summary,
            )
        )
    standings = [result.standing for result in results]
    standings += [standing_of_unread(unread) for unread in approved.plan.unread]
    exit_code = exit_code_of(standings)
    people = (set[str]().union(*(s.changed for s in each.steps)) for each in results)
    changed = sum(len(each) for each in people)
    details = {"run": run, "exit_code": exit_code, "users_changed": changed}
    tell.one(EventKind.RUN_FINISHED, at=_now(), details=details)
    return exit_code


def _spent(store: Store, tenant: str) -> int:
    """Return the writes of earlier runs that still count against Graph's quota."""
    return store.journal.count_changes(tenant, GRAPH_QUOTAS.writes_per_app_and_tenant.window_s)


@contextmanager
def _locked(store: Store, tenant: str, run: str) -> Iterator[None]:
    lock = store.lock(tenant, holder=run)
    lock.take()
    try:
        yield
    finally:
        lock.release()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _run_id() -> str:
    return f"{_now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"
