"""Check what holds after any sequence of license changes, direct and through groups."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.simulator import World
from runner.simulator.accounts import ACTIVE
from runner.simulator.errors import GraphError, Refusal
from runner.simulator.inheritance import reprocess
from runner.simulator.licensing import assign_license
from runner.simulator.memberships import assign_group_license
from runner.simulator.obstacles import active_plans
from runner.simulator.products import load_products
from tests.simulator.served import contoso, license_body

WORDS = ("STANDARDPACK", "ENTERPRISEWITHSCAL", "ENTERPRISEPREMIUM", "MCOMEETADV", "VISIOCLIENT")
SKUS = [load_products().find(word).sku_id for word in WORDS]
GROUPS = ("Sales", "Rome")
USERS = 4
sets = st.lists(st.sampled_from(SKUS), max_size=2, unique=True)
users = st.integers(0, USERS - 1)
acts = st.one_of(
    st.tuples(st.just("user"), users, sets, st.booleans()),
    st.tuples(st.just("group"), st.sampled_from(GROUPS), sets, st.booleans()),
    st.tuples(st.sampled_from(["join", "leave"]), users, st.sampled_from(GROUPS)),
    st.tuples(st.just("reprocess"), users),
    st.tuples(st.just("delete"), users),
    st.tuples(st.just("wait"), st.integers(1, 5)),
)


def world(rules):
    """Return four users, two groups and fewer seats than could be asked for."""
    return World.from_mapping(
        contoso(
            subscriptions=[{"sku": sku_id, "seats": 2} for sku_id in SKUS],
            users=[{"count": USERS, "usage_location": "IT"}],
            groups=[{"name": "Sales", "members": ["1-3"]}, {"name": "Rome", "members": ["3-4"]}],
            group_licensing={"delay": 1, "rate": 1},
            rules=rules,
        )
    )


def swap(held, *, add, is_swap):
    """Return a call that adds, and takes away all else if it is a swap."""
    return license_body(add=add, remove=[sku for sku in held if is_swap and sku not in add])


def do(world, act):
    """Do one act; a refused one changes nothing."""
    tenant, now = world.tenant(), world.clock.now()
    kind, *rest = act
    try:
        if kind == "user":
            user = tenant.users[rest[0]]
            body = swap(user.state.direct, add=rest[1], is_swap=rest[2])
            assign_license(tenant, user, body=body, now=now)
        elif kind == "group":
            group = tenant.group_called(rest[0])
            body = swap((row.sku_id for row in group.licenses), add=rest[1], is_swap=rest[2])
            assign_group_license(tenant, group, body=body, now=now)
        elif kind in ("join", "leave"):
            getattr(world.admin(), kind)(tenant.users[rest[0]].id, group=rest[1])
        elif kind == "reprocess":
            reprocess(tenant, tenant.users[rest[0]], now=now)
        elif kind == "delete":
            world.admin().delete_user(tenant.users[rest[0]].id)
        else:
            world.advance(rest[0])
    except (GraphError, Refusal):
        return


def check(tenant):
    """Check what holds at every moment."""
    alive = [user for user in tenant.users if user.state.deleted_at is None]
    for sku_id in SKUS:
        assert tenant.consumed(sku_id) == sum(sku_id in user.state.held for user in alive) <= 2
    for user in alive:
        assert tenant.rules.violations(active_plans(user.state)) == ()
        assert all((row.state == "Active") is (row.error is None) for row in user.state.rows)
        for group_id in tenant.groups:
            states = {row.state for row in user.state.rows if row.group_id == group_id}
            assert not {"Active", "Error"} <= states


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(acts, max_size=25), st.sampled_from(["strict", "relaxed"]))
def test_no_sequence_of_changes_breaks_seats_rules_or_bundles(steps, rules):
    made = world(rules)
    for act in steps:
        do(made, act)
        check(made.tenant())
    made.advance("1h")
    tenant = made.tenant()
    check(tenant)
    for user in tenant.users:
        if user.state.deleted_at is not None:
            continue
        for group in tenant.groups.values():
            wanted = {row.sku_id for row in group.gives(user.index)}
            had = {row.sku_id: row.state for row in user.state.rows if row.group_id == group.id}
            assert wanted <= had.keys()
            extra = {had[sku_id] for sku_id in had.keys() - wanted}
            assert extra <= {"ActiveWithError"} <= set(ACTIVE)
