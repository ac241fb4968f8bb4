"""A plan with a step of every kind, a finding and a tenant that could not be read."""

from dataclasses import replace
from datetime import timedelta

from runner.model.findings import Finding, Severity
from runner.model.ids import SkuId, group_id
from runner.model.plan import Plan, UnreadTenant
from runner.model.sales import Sale, SaleStatus, Upgrade
from runner.model.spec import Channel, SubscriptionGoal
from runner.model.state import Group, User
from tests.builders import (
    E1,
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
        replace(subscription(E1, 5), commerce_id="e1-subscription"),
        users=_people(),
        groups=(_sales(),),
        sales=(_sale(),),
    )
    ending = replace(want_cancelled(EMS), goal=SubscriptionGoal.RENEWAL_OFF)
    wanted = (want_active(E5), want_active(E3, 4), want_cancelled(E4, soak_s=3600), ending)
    upgraded = (want_active(_product("SPE_E5"), 5), want_cancelled(E1))
    move = want_moved(usage_location="IT", keeps_included_add_ons=False)
    moves = (move, want_moved(E3), want_moved(E1, to=_product("SPE_E5")))
    plan = plan_of(have, spec(*wanted, *upgraded, assignments=moves))
    finding = Finding(severity=Severity.ERROR, code="unreachable", summary="no answer — è vero")
    return replace(plan, unread=(UnreadTenant(tenant="fabrikam", wave=1, finding=finding),))


def _people() -> tuple[User, ...]:
    return (
        *users(3, license(E4, "SWAY")),
        *users(2, E3, prefix="other"),
        user("nowhere", E4, location=None),
        user("phone", E4, _product("MCOEV")),
        *users(2, E1, prefix="small"),
        user("seller", holding(E4, by_group="sales")),
    )


def _sales() -> Group:
    members = frozenset({user("seller").id})
    return Group(id=group_id("sales"), name="Sales", licenses=(license(E4),), members=members)


def _sale() -> Sale:
    """Return what Partner Center says of E1: it can become Microsoft 365 E5."""
    upgrade = Upgrade(sku=_product("SPE_E5"), product="CFQ7TTC0LFLZ:0002:X", moves_users=True)
    return Sale(
        channel=Channel.PARTNER_CENTER,
        id="e1-subscription",
        product="CFQ7TTC0LF8Q:0001",
        sku=E1,
        status=SaleStatus.LIVE,
        seats=5,
        renews=True,
        ends_at_term=False,
        upgrades=(upgrade,),
    )


def _product(part_number: str) -> SkuId:
    products = catalog().products.values()
    return next(each.id for each in products if part_number in each.part_numbers)


def smallest() -> Plan:
    """Return a plan of few bytes."""
    have = tenant_state(subscription(E4, 1))
    return plan_of(have, spec(want_cancelled(), assignments=()))
