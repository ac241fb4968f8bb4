"""Sequences of events as plans and runs make them, for every renderer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from runner.model.findings import Finding, Severity
from runner.model.outcome import Event, EventKind
from runner.model.plan import UnreadTenant
from runner.model.spec import Limits, TenantSpec
from runner.model.state import TenantState
from runner.planning import make_plan, plan_events
from tests.builders import (
    E4,
    E5,
    NOW,
    catalog,
    license,
    loaded,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
    want_cancelled,
    want_moved,
)
from tests.engine.runs import Bench
from tests.store.plans import every_kind

WANTED = (want_active(), want_cancelled(soak_s=72 * 3600))


def _mixed() -> TenantState:
    return tenant_state(
        subscription(E4, 120),
        users=(
            *users(104, E4),
            *users(12, license(E4, "YAMMER_ENTERPRISE", "SWAY"), prefix="quiet"),
            user("lost-1", E4, location=None),
        ),
    )


def a_plan() -> Iterable[Event]:
    """Yield the plan of four tenants: one changes, one does not, one is refused, one unread."""
    wants = {
        "contoso": spec(*WANTED, timezone="Europe/Rome"),
        "fabrikam": spec(*WANTED, name="fabrikam"),
        "northwind": spec(*WANTED, name="northwind", limits=(Limits(users=90),)),
        "tailspin": spec(*WANTED, name="tailspin"),
    }
    finding = Finding(severity=Severity.ERROR, code="unreachable", summary="no answer came")
    states: Mapping[str, TenantState | UnreadTenant] = {
        "contoso": _mixed(),
        "fabrikam": tenant_state(subscription(E5, 10), users=users(7, E5)),
        "northwind": _mixed(),
        "tailspin": UnreadTenant(tenant="tailspin", wave=1, finding=finding),
    }
    plan = make_plan(loaded(*wants.values()), states, catalog=catalog(), now=NOW)
    return plan_events(replace(plan, id="plan-1"))


def a_fleet_plan() -> Iterable[Event]:
    """Yield the plan of thirty tenants of a few shapes, some of them in trouble."""
    specs, states = [], dict[str, TenantState | UnreadTenant]()
    for number in range(30):
        name = f"tenant-{number:02}"
        limits = (Limits(users=20),) if number % 10 == 7 else ()
        specs.append(spec(*WANTED, name=name, limits=limits))
        states[name] = _one_of_many(name, number)
    plan = make_plan(loaded(*specs), states, catalog=catalog(), now=NOW)
    return plan_events(replace(plan, id="plan-1"))


def _one_of_many(name: str, number: int) -> TenantState | UnreadTenant:
    if number % 10 == 3:
        said = f"reading organization: 503 (request-id 00000000-0000-0000-0000-0000000000{number})"
        finding = Finding(
            severity=Severity.ERROR, code="unreachable", summary=said, hint="run it again later"
        )
        return UnreadTenant(tenant=name, wave=1, finding=finding)
    if number % 10 == 5:
        return tenant_state(subscription(E5, 10), users=users(7, E5))
    quiet = users(number, license(E4, "SWAY"), prefix="quiet") if number % 2 else ()
    quieter = users(2, license(E4, "SWAY", "YAMMER_ENTERPRISE"), prefix="quieter")
    lost = user("lost", E4, location=None)
    more = (*(quieter if number % 4 == 1 else ()), *((lost,) if number % 3 == 0 else ()))
    everybody = (*users(20 + number, E4), *quiet, *more)
    return tenant_state(subscription(E4, 100 + number), users=everybody)


def a_fleet_run() -> Iterable[Event]:
    """Yield a run over tenants that are done, wait, and are in trouble for two reasons."""
    told = [Event(seq=0, at=NOW, kind=EventKind.RUN_STARTED, data={"run": "run-1"})]
    for number in range(15):
        bench = _bench(spec(*WANTED, name=f"tenant-{number:02}"))
        if number % 3:
            bench.world.buy(E5, 10)
        if number % 5 == 4:
            bench.directory.refusals[f"user-{number % 3}"] = "503: busy"
        bench.apply()
        told += bench.events
    details = {"run": "run-1", "users_changed": 24}
    return [*told, Event(seq=999, at=NOW, kind=EventKind.RUN_FINISHED, data=details)]


def a_plan_of_every_kind() -> Iterable[Event]:
    """Yield a plan that has a step of every kind."""
    return plan_events(replace(every_kind(), id="plan-1"))


def an_accepted_plan() -> Iterable[Event]:
    """Yield the plan of a tenant whose refusal was accepted."""
    want = spec(want_active(), assignments=(want_moved(),), limits=(Limits(users=90),))
    states = {"contoso": _mixed()}
    codes = ("too-many-users",)
    plan = make_plan(loaded(want), states, catalog=catalog(), now=NOW, accepted=codes)
    return plan_events(replace(plan, id="plan-1"))


def _run(bench: Bench) -> Iterable[Event]:
    result = bench.apply()
    details = {"run": "run-1", "users_changed": sum(len(each.changed) for each in result.steps)}
    last = bench.events[-1]
    start = Event(seq=0, at=NOW, kind=EventKind.RUN_STARTED, data={"run": "run-1"})
    end = replace(last, seq=last.seq + 1, kind=EventKind.RUN_FINISHED, tenant="", data=details)
    return [start, *bench.events, end]


def _bench(want: TenantSpec) -> Bench:
    have = tenant_state(subscription(E4, 10), users=users(3, E4))
    return Bench(have, want)


def a_waiting_run() -> Iterable[Event]:
    """Yield a run that asks a person to buy."""
    return _run(_bench(spec(*WANTED, timezone="Europe/Rome")))


def a_soaking_run() -> Iterable[Event]:
    """Yield a run that has moved everybody and waits out the soak."""
    bench = _bench(spec(*WANTED))
    bench.world.buy(E5, 10)
    return _run(bench)


def a_finished_run() -> Iterable[Event]:
    """Yield the run that sees the last subscription gone."""
    bench = _bench(spec(*WANTED))
    bench.world.buy(E5, 10)
    plan = bench.plan()
    bench.apply(plan)
    bench.clock.move(timedelta(hours=73))
    bench.apply(plan)
    bench.commerce.fulfil()
    bench.events.clear()
    bench.plan = lambda: plan  # type: ignore[method-assign]
    return _run(bench)


def a_failed_run() -> Iterable[Event]:
    """Yield a run in which Graph refuses a user."""
    bench = _bench(spec(*WANTED))
    bench.world.buy(E5, 10)
    bench.directory.refusals["user-2"] = "conflict"
    return _run(bench)


STORIES: Mapping[str, Callable[[], Iterable[Event]]] = MappingProxyType(
    {
        "plan": a_plan,
        "fleet-plan": a_fleet_plan,
        "fleet-run": a_fleet_run,
        "every-kind": a_plan_of_every_kind,
        "accepted-plan": an_accepted_plan,
        "waiting-run": a_waiting_run,
        "soaking-run": a_soaking_run,
        "finished-run": a_finished_run,
        "failed-run": a_failed_run,
    }
)
