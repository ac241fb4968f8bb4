"""Answer one call to Graph: faults, quota, permission, then the work itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from runner.simulator.clock import http_date, iso
from runner.simulator.errors import GraphError, forbidden
from runner.simulator.faults import ERRORS, Fault, Target
from runner.simulator.inheritance import catch_up
from runner.simulator.log import Call
from runner.simulator.messages import Answer, Context, Request
from runner.simulator.routes import Route, find_route
from runner.simulator.tenant import Tenant
from runner.simulator.throttle import WARN_ABOVE, Verdict
from runner.simulator.world import World

Work = Callable[[Sequence[Fault]], Answer]


def respond(tenant: Tenant, request: Request, *, work: Work | None = None) -> Answer:
    """Answer a single call, or one inside a batch, and remember it.

    Order: faults first; `work` does what is not Graph's.
    """
    faults = strike(tenant, request)
    error = next((fault for fault in faults if fault.status), None)
    applied = False
    try:
        if any(fault.kind == "drop" for fault in faults):
            answer = Answer(status=0, is_dropped=True)
        elif any(fault.kind == "missing_answer" and not fault.entry.applied for fault in faults):
            answer = Answer(status=0)
        elif error is not None:
            answer = fault_answer(request, error)
        else:
            answer = work(faults) if work else _work(tenant, request, faults=faults)
            applied = request.method != "GET"
    except GraphError as refusal:
        answer = error_answer(request, refusal)
    spoil(request, answer, faults=faults)
    remember(tenant, request, answer=answer, faults=faults, applied=applied)
    return answer


def _work(tenant: Tenant, request: Request, *, faults: Sequence[Fault]) -> Answer:
    route = find_route(request)
    verdict = _charge(tenant, request, route=route)
    if verdict.retry_after:
        return throttled(request, verdict)
    if tenant.granted is not None and not route.allowed & tenant.granted:
        raise forbidden()
    now = request.world.clock.now()
    catch_up(tenant, now)
    context = Context(
        tenant=tenant,
        request=request,
        now=now,
        as_of=now - lag_s(tenant, request, faults=faults),
        gives_empty_page=any(fault.kind == "empty_page" for fault in faults),
    )
    answer = route.answer(context)
    if not request.is_inner:
        answer.headers["x-ms-resource-unit"] = str(route.cost(request))
        if verdict.used > WARN_ABOVE:
            answer.headers["x-ms-throttle-limit-percentage"] = f"{verdict.used:.2f}"
    return answer


def _charge(tenant: Tenant, request: Request, *, route: Route) -> Verdict:
    return request.world.quotas.charge(
        request.app,
        tenant.id,
        users=len(tenant.users),
        units=route.cost(request),
        writes=1 if route.is_write else 0,
    )


def lag_s(tenant: Tenant, request: Request, *, faults: Sequence[Fault]) -> float:
    """Return how far behind the replica is that answers a read."""
    if request.method != "GET":
        return 0.0
    stale = [fault.entry.seconds for fault in faults if fault.kind == "stale_read"]
    lag = tenant.advanced_lag_s if request.is_eventual else tenant.primary_lag_s
    if lag and request.world.random.random() < tenant.lag.share:
        stale.append(lag)
    return max(stale, default=0.0)


def strike(tenant: Tenant, request: Request) -> list[Fault]:
    """Return the faults that hit a call."""
    plan = request.world.faults[tenant.name]
    if not plan.faults:
        return []
    place = "batch" if request.path == "/$batch" else "read" if request.method == "GET" else "write"
    scopes = request.scopes | {place, "inner" if request.is_inner else "outer"}
    users: frozenset[str] = frozenset()
    if plan.asks_for_users and request.segments[:1] == ("users",) and len(request.segments) > 1:
        users = _names_of(tenant, request.segments[1])
    return plan.strike(Target(path=request.path, scopes=scopes, users=users), request.world.random)


def _names_of(tenant: Tenant, key: str) -> frozenset[str]:
    try:
        user = tenant.user(key)
    except GraphError:
        return frozenset({key.lower()})
    return frozenset({user.id, user.upn.lower()})


def spoil(request: Request, answer: Answer, *, faults: Sequence[Fault]) -> None:
    """Delay, lose or replace an answer whose work is already done."""
    for fault in faults:
        if fault.kind == "slow":
            answer.delay_s += fault.entry.seconds
        elif fault.kind == "missing_answer":
            answer.is_missing = True
        elif fault.kind == "applied_unanswered" and answer.status < 400:
            if fault.entry.answer == "drop" and not request.is_inner:
                answer.is_dropped = True
            else:
                lost = error_answer(request, graph_error(504))
                answer.status, answer.body, answer.text = 504, lost.body, None
                answer.headers.clear()


def graph_error(status: int) -> GraphError:
    """Return the error that Graph gives with a status when nothing more is known."""
    code, message = ERRORS[status]
    return GraphError(status, code, message=message)


def fault_answer(request: Request, fault: Fault) -> Answer:
    """Return the error a fault gives instead of an answer."""
    code, message = ERRORS[fault.status]
    entry = fault.entry
    refusal = GraphError(fault.status, str(entry.code or code), message=entry.message or message)
    answer = error_answer(request, refusal)
    after = entry.retry_after if entry.retry_after is not None else 1
    wanted = fault.status == 429 or entry.retry_after is not None
    if wanted and entry.retry_after_form == "seconds":
        answer.headers["Retry-After"] = str(after)
    elif wanted and entry.retry_after_form == "date":
        answer.headers["Retry-After"] = http_date(request.world.clock.now() + after)
    return answer


def throttled(request: Request, verdict: Verdict) -> Answer:
    """Return the answer to a call that is over a quota."""
    answer = error_answer(request, graph_error(429))
    answer.headers |= {
        "Retry-After": str(verdict.retry_after),
        "x-ms-throttle-scope": verdict.scope,
        "x-ms-throttle-information": verdict.reason,
    }
    return answer


def error_answer(request: Request, refusal: GraphError) -> Answer:
    """Return a refusal in Graph's envelope."""
    inner: dict[str, Any] = {
        "date": iso(request.world.clock.now())[:-1],
        "request-id": new_id(request.world),
    }
    inner["client-request-id"] = request.headers.get("client-request-id", inner["request-id"])
    body = {"code": refusal.code, "message": refusal.message, "innerError": inner}
    return Answer(status=refusal.status, body={"error": body})


def new_id(world: World) -> str:
    """Return a GUID of the world's own chance."""
    text = f"{world.random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def remember(
    tenant: Tenant,
    request: Request,
    *,
    answer: Answer,
    faults: Sequence[Fault] = (),
    applied: bool = False,
) -> None:
    """Put a call into the log."""
    request.world.log.add(
        Call(
            at=request.world.clock.now(),
            tenant=tenant.name,
            app=request.app,
            method=request.method,
            path=request.path,
            query=dict(request.query),
            status=0 if answer.is_dropped or answer.is_missing else answer.status,
            body=request.content or None,
            batch=request.batch,
            fault=", ".join(fault.kind for fault in faults) or None,
            is_partner="partner" in request.scopes,
            applied=applied,
        )
    )
