"""A plan with a step of every kind, a finding and a tenant that could not be read."""

from dataclasses import replace
from datetime import timedelta

from runner.model.findings import Finding, Severity
from runner.model.ids import SkuId, group_id
from runner.model.plan import Plan, UnreadTenant
from runner.model.spec import SubscriptionGoal
from runner.model.state import Group, User
from tests.builders import (
    E3,
    E4,
    E5,
    EMS,
    NOW,
    catalog,
    holding,
    license,
    plan_of,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
    want_cancelled,
    want_moved,
)


def every_kind() -> Plan:
    """Return the plan."""
    have = tenant_state(
        subscription(E4, 20),
        subscription(E3, 9),
        subscription(EMS, 6, next_lifecycle_at=NOW + timedelta(days=99)),
        users=_people(),
        groups=(_sales(),),
    )
    ending = replace(want_cancelled(EMS), goal=SubscriptionGoal.RENEWAL_OFF)
    wanted = (want_active(E5), want_active(E3, 4), want_cancelled(E4, soak_s=3600), ending)
    move = want_moved(usage_location="IT", keeps_included_add_ons=False)
    plan = plan_of(have, spec(*wanted, assignments=(move, want_moved(E3))))
    finding = Finding(severity=Severity.ERROR, code="unreachable", summary="no answer — è vero")
    return replace(plan, unread=(UnreadTenant(tenant="fabrikam", wave=1, finding=finding),))


def _people() -> tuple[User, ...]:
    return (
        *users(3, license(E4, "SWAY")),
        *users(2, E3, prefix="other"),
        user("nowhere", E4, location=None),
        user("phone", E4, _add_on("MCOEV")),
        user("seller", holding(E4, by_group="sales")),
    )


def _sales() -> Group:
    members = frozenset({user("seller").id})
    return Group(id=group_id("sales"), name="Sales", licenses=(license(E4),), members=members)


def _add_on(part_number: str) -> SkuId:
    products = catalog().products.values()
    return next(each.id for each in products if part_number in each.part_numbers)


def smallest() -> Plan:
    """Return a plan of few bytes."""
    have = tenant_state(subscription(E4, 1))
    return plan_of(have, spec(want_cancelled(), assignments=()))
