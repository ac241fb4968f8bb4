"""Read the record of a run and its tenants, and plan the way back."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from runner.catalog import load_catalog
from runner.cli.accepting import expect_acceptable
from runner.cli.approved import Approved
from runner.cli.failed import failed_set
from runner.cli.loop import run_until_done
from runner.cli.messages import as_finding
from runner.cli.options import Given
from runner.cli.places import require_store
from runner.cli.planned import connect
from runner.cli.wiring import Connections, each_in_turn
from runner.engine import with_sales, with_users
from runner.model.findings import NotOnRecord, PlanRefused, RunnerError, WrongTenant
from runner.model.outcome import Event, Run
from runner.model.past import Past
from runner.model.plan import TenantPlan, UnreadTenant
from runner.model.spec import Loaded, Tenant
from runner.model.state import TenantState
from runner.planning import assemble_tenants, has_changes, plan_rollback
from runner.playbook import load_inventory, load_rules
from runner.steps import KIND_OF
from runner.store import Store, steps_done, tenants_of_run


def plan_way_back(
    run: str, *, playbook: Path | None, given: Given, forks: int, accepted: Sequence[str]
) -> Approved:
    """Return the plan of the way back from a run; a person is asked when it changes anything.

    Raises: NotOnRecord when no such run is on record, PlanRefused when its playbook is gone.
    """
    store = require_store(playbook)
    found = next((each for each in store.journal.runs() if each.id == run), None)
    if found is None:
        raise NotOnRecord(
            f"there is no recorded run {run}", hint="`upgrade-runner runs` lists the runs on record"
        )
    book = playbook or _near(Path(found.playbook))
    loaded = _loaded(found, book, given)
    expect_acceptable(accepted, loaded.rules)
    events = store.journal.events(run)
    tenants = _tenants(found, events, book, given=given)
    connections = connect(tenants)
    work = _Work(found, store, events=events, accepted=tuple(accepted))
    plans = run_until_done(
        each_in_turn(lambda each: work.plan(each, connections), tenants, forks=forks)
    )
    plan = assemble_tenants(
        loaded,
        plans,
        now=datetime.now(UTC).replace(microsecond=0),
        accepted=tuple(accepted),
    )
    return Approved(
        plan=plan, connections=connections, store=store, needs_question=has_changes(plan)
    )


def _near(path: Path) -> Path:
    """Return the path as a person would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _loaded(run: Run, playbook: Path, given: Given) -> Loaded:
    try:
        content = playbook.read_bytes()
    except OSError as error:
        raise PlanRefused(
            f"the playbook {playbook} of run {run.id} cannot be read: {error.strerror}",
            hint="say where it is now with `--playbook PATH`",
        ) from error
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return Loaded(
        playbook_file=str(playbook),
        playbook_digest=digest,
        specs=(),
        rules=load_rules(given.load_options((playbook,))),
        rolls_back=run.id,
    )


def _tenants(
    run: Run, events: Sequence[Event], playbook: Path, *, given: Given
) -> tuple[Tenant, ...]:
    """Return the tenants of the run, without those that `--limit` leaves out.

    Raises: NotOnRecord when the run had none of those that are left, or the inventory lacks one.
    """
    failed = failed_set(given.limit, playbook)
    known = load_inventory(given.load_options((playbook,), named_sets=failed))
    names = tenants_of_run(events)
    chosen = tuple(each for each in known if each.name in names)
    missing = sorted(names.keys() - {each.name for each in known})
    if not given.limit and missing:
        raise NotOnRecord(
            f"the inventory has no tenant {missing[0]}, which run {run.id} was about",
            hint="use the inventory of that run, or leave the tenant out with `--limit`",
        )
    if names and not chosen:
        raise NotOnRecord(
            f"run {run.id} was about none of the tenants that `--limit` names",
            hint=f"it was about {', '.join(sorted(names))}",
        )
    return chosen


class _Work:
    """Reads one tenant after another and plans its way back."""

    def __init__(
        self, run: Run, store: Store, *, events: Sequence[Event], accepted: tuple[str, ...]
    ) -> None:
        self._run = run
        self._store = store
        self._events = events
        self._ids: Mapping[str, str] = tenants_of_run(events)
        self._accepted = accepted
        self._catalog = load_catalog()

    async def plan(self, tenant: Tenant, connections: Connections) -> TenantPlan | UnreadTenant:
        """Return the plan of a tenant, or why it could not be read; trouble stays its own."""
        try:
            steps, done = steps_done(self._events, tenant.name)
            past = Past(
                run=self._run.id,
                tenant=tenant.name,
                tenant_id=self._ids[tenant.name],
                steps=steps,
                done=done,
                held={},
                was_killed=self._run.exit_code is None,
            )
            state = await self._read(past, connections)
        except RunnerError as error:
            finding = replace(as_finding(error), where=error.where or str(tenant.where))
            return UnreadTenant(tenant=tenant.name, wave=1, finding=finding)
        past = replace(past, held=self._store.snapshots.before_run(past.run, state.tenant_id))
        return plan_rollback(past, tenant, state, catalog=self._catalog, accepted=self._accepted)

    async def _read(self, past: Past, connections: Connections) -> TenantState:
        skus = {sku for step in past.steps for sku in KIND_OF[type(step)].skus(step)}
        async with connections.open(past.tenant) as ports:
            state = await ports.directory.read(skus)
            if past.tenant_id not in ("", state.tenant_id):
                raise WrongTenant(
                    f"the sign-in leads to tenant {state.tenant_id}, the run was about "
                    f"{past.tenant_id}",
                    hint="use the inventory of that run",
                )
            state = await with_sales(state, ports.commerce)
            state = replace(state, memory=self._store.notes.remember(state.tenant_id))
            users = [user for step in past.steps for user in getattr(step, "users", ())]
            return await with_users(users, state, ports.directory)
