"""A plan with a step of every kind, a finding and a tenant that could not be read."""

from dataclasses import replace

from runner.model.findings import Finding, Severity
from runner.model.plan import Plan, UnreadTenant
from tests.builders import (
    E3,
    E4,
    E5,
    license,
    plan_of,
    spec,
    subscription,
    tenant_state,
    users,
    want_active,
    want_cancelled,
    want_moved,
)


def every_kind() -> Plan:
    """Return the plan."""
    have = tenant_state(
        subscription(E4, 10),
        subscription(E3, 9),
        users=(*users(3, license(E4, "SWAY")), *users(2, E3, prefix="other")),
    )
    wanted = (want_active(E5), want_active(E3, 4), want_cancelled(E4, soak_s=3600))
    plan = plan_of(have, spec(*wanted, assignments=(want_moved(), want_moved(E3))))
    finding = Finding(severity=Severity.ERROR, code="unreachable", summary="no answer — è vero")
    return replace(plan, unread=(UnreadTenant(tenant="fabrikam", wave=1, finding=finding),))


def smallest() -> Plan:
    """Return a plan of few bytes."""
    have = tenant_state(subscription(E4, 1))
    return plan_of(have, spec(want_cancelled(), assignments=()))
