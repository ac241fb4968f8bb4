"""Carry an approved plan out, with records and everybody who shows it."""

import getpass
import platform
import shlex
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime

import click

from runner.catalog import GRAPH_QUOTAS
from runner.cli.approved import Approved
from runner.cli.exits import INTERRUPTED, exit_code_of
from runner.cli.loop import run_until_done
from runner.cli.notified import notifying
from runner.cli.options import Given
from runner.cli.places import machine_folder
from runner.cli.screen import run_progress, run_renderer
from runner.engine import Handle, Stop, Surroundings, Tell, TenantResult, apply_plan
from runner.model.outcome import EventKind
from runner.model.plan import Plan
from runner.store import RunRecords, Store, TenantLock


def carry_out(
    approved: Approved, *, forks: int, patience_s: float, given: Given, also: Sequence[Handle] = ()
) -> int:
    """Run the plan and return the exit code; the run is on record from before its first step.

    `also` hears every event besides the screen; so do the webhooks of the settings.
    """
    with notifying() as told:
        return _carried_out(
            approved, forks=forks, patience_s=patience_s, given=given, also=(*also, *told)
        )


def _carried_out(
    approved: Approved, *, forks: int, patience_s: float, given: Given, also: Sequence[Handle]
) -> int:
    store, plan = approved.store, approved.plan
    run = _run_id()
    started_at = datetime.now(UTC)
    playbook = store.name_of(plan.playbook_file)
    store.journal.start_run(run, plan=plan.id, playbook=playbook, at=started_at)
    tenants = len(plan.tenants) + len(plan.unread)
    waits = () if given.is_verbose else store.notes.waits()
    told = frozenset(each.task for each in waits if each.task)
    form = "json" if given.as_json else "text"
    shown = run_renderer(form, given, tenants=tenants, tasks=told)
    progress = run_progress(tenants=tenants)
    names = {tenant.tenant: tenant.tenant_id for tenant in plan.tenants}
    records = store.for_run(run, playbook=plan.playbook_file, tenants=names)
    tell = Tell(write=records.record, show=(progress.handle, *also, shown.handle))
    exit_code = INTERRUPTED
    try:
        begun = {"run": run, "plan": plan.id, **_where()}
        tell.one(EventKind.RUN_STARTED, at=started_at, details=begun)
        approved.connections.listen(progress)
        around = _around(approved, run, records=records, tell=tell, given=given)
        work = apply_plan(plan, around=around, forks=forks, patience_s=patience_s)
        results = run_until_done(work, on_interrupt=lambda: _interrupt(around.stop))
        progress.stop()
        if not around.stop.is_asked:
            exit_code = exit_code_of(each.standing for each in results)
        _conclude(tell, run=run, results=results, exit_code=exit_code)
    finally:
        progress.stop()
        with closing(store):
            store.journal.finish_run(run, exit_code=exit_code, at=datetime.now(UTC))
    shown.close()
    return exit_code


def _around(
    approved: Approved, run: str, *, records: RunRecords, tell: Tell, given: Given
) -> Surroundings:
    store, connections = approved.store, approved.connections
    return Surroundings(
        run=run,
        open_ports=lambda name: connections.open(name, spent_writes=_spent(store, name)),
        lock=lambda tenant: _locked(store, tenant, run),
        records=records,
        tell=tell,
        now=_now,
        plan_again=_command(approved.plan, given),
    )


def _command(plan: Plan, given: Given) -> str:
    """Return the command that makes a plan again, for a shell."""
    book = plan.playbook_file
    back = ("rollback", plan.rolls_back, "--playbook", book)
    inventories = (word for path in given.inventories for word in ("-i", str(path)))
    verb = back if plan.rolls_back else ("plan", book)
    return shlex.join(("upgrade-runner", *verb, *inventories))


def _where() -> dict[str, str]:
    """Return the machine of a run and its user there, who has no name in some containers."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "an unnamed user"
    return {"host": platform.node(), "user": user}


def _interrupt(stop: Stop) -> None:
    stop.ask()
    click.echo(
        "interrupted: calls under way are finished and recorded; once more ends at once", err=True
    )


def _conclude(tell: Tell, *, run: str, results: tuple[TenantResult, ...], exit_code: int) -> None:
    changed = sum(each.users_changed for each in results)
    details = {"run": run, "exit_code": exit_code, "users_changed": changed}
    tell.one(EventKind.RUN_FINISHED, at=datetime.now(UTC), details=details)


def _spent(store: Store, tenant: str) -> int:
    """Return the writes of earlier runs that still count against Graph's quota."""
    return store.journal.count_changes(tenant, GRAPH_QUOTAS.writes_per_app_and_tenant.window_s)


@contextmanager
def _locked(store: Store, tenant: str, run: str) -> Iterator[None]:
    """Keep other runs out: those on this machine, and those that share the records."""
    holder = f"{run} on {platform.node()}, since {_now():%Y-%m-%d %H:%M} UTC,"
    here = TenantLock(machine_folder(), tenant, holder=holder)
    with ExitStack() as held:
        for lock in (here, store.lock(tenant, holder=holder)):
            lock.take()
            held.callback(lock.release)
        yield


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _run_id() -> str:
    return f"{_now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"
