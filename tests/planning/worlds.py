"""Generated tenants and wishes for the properties of planning."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from runner.model.ids import SkuId, group_id, sku_id, subscription_id, user_id
from runner.model.spec import (
    AssignmentWant,
    Reference,
    ReferenceKind,
    SeatsExactly,
    SeatsMatch,
    SeatsNeeded,
    SeatsWanted,
    TenantSpec,
    Who,
)
from runner.model.state import (
    Group,
    License,
    Memory,
    Selection,
    SubscriptionState,
    TenantState,
    User,
)
from tests.builders import (
    E1,
    E3,
    E4,
    E5,
    EMS,
    catalog,
    holding,
    spec,
    subscription,
    tenant_state,
    user,
    want_active,
    want_cancelled,
    want_moved,
)

SOURCES = (E1, E3, E4)
PHONE = sku_id("e43b5b99-8dfb-405f-9987-dc307f34bcbd")
"""Phone System, an add-on that E5 contains."""

GROUPS = ("alpha", "beta", "gamma")
NAMED = tuple(Reference(kind=ReferenceKind.USER, text=f"user-{n}") for n in (1, 3))
HALF = Reference(kind=ReferenceKind.FILTER, text="department eq 'Sales'")
STATUSES = ("Enabled", "Enabled", "Enabled", "Warning", "Suspended", "LockedOut")


@st.composite
def _licenses(draw: Any, sku: SkuId) -> License:
    plans = catalog().products[sku].service_plans
    off = draw(st.sets(st.sampled_from(plans[:12]), max_size=3))
    return License(sku=sku, disabled_plans=tuple(sorted(off)))


@st.composite
def _groups(draw: Any) -> list[Group]:
    """Generate up to three groups with licenses, without members."""
    names = GROUPS[: draw(st.sampled_from((0, 1, 2, 2, 3)))]
    given = st.sets(st.sampled_from((*SOURCES, E4, E5, EMS)), max_size=2)
    return [
        Group(
            id=group_id(name),
            name=name,
            licenses=tuple(draw(_licenses(sku)) for sku in sorted(draw(given))),
            members=frozenset(),
        )
        for name in names
    ]


@st.composite
def _users(draw: Any, number: int, groups: list[Group]) -> tuple[User, list[Group]]:
    """Generate a user with licenses, some by groups, and the groups the user is in."""
    sources = draw(st.sets(st.sampled_from(SOURCES), max_size=2))
    others = draw(st.sets(st.sampled_from((E5, EMS, PHONE)), max_size=2))
    held = [holding(draw(_licenses(sku))) for sku in sorted(sources | others)]
    joined = [group for group in groups if draw(st.booleans())]
    for group in joined:
        status = "Error" if draw(st.integers(0, 9)) == 0 else "Active"
        held += [holding(each, by_group=group.id, status=status) for each in group.licenses]
    person = user(
        f"user-{number}",
        *held,
        location=draw(st.sampled_from(("IT", "IT", "IT", None))),
        is_enabled=draw(st.booleans()),
        is_guest=draw(st.booleans()),
    )
    return person, joined


@st.composite
def _before(draw: Any) -> tuple[License, ...]:
    """Generate what a user held directly before an upgrade, nothing where nobody knows."""
    held = draw(st.sets(st.sampled_from((*SOURCES, *SOURCES, E5)), max_size=2))
    return tuple(draw(_licenses(sku)) for sku in sorted(held))


@st.composite
def _subscriptions(draw: Any, sku: SkuId) -> list[SubscriptionState]:
    start = subscription(id="", sku=sku, part_number=catalog().products[sku].part_numbers[0])
    return [
        replace(
            start,
            id=subscription_id(f"{sku[:4]}-{number}"),
            seats=draw(st.integers(0, 15)),
            status=draw(st.sampled_from(STATUSES)),
            is_trial=draw(st.integers(0, 4)) == 0,
        )
        for number in range(draw(st.integers(0, 2)))
    ]


def _group_reference(name: str) -> Reference:
    return Reference(kind=ReferenceKind.GROUP, text=name)


@st.composite
def tenants(draw: Any) -> TenantState:
    """Generate a tenant of up to twelve users, three groups and six products in any state."""
    bought = [s for sku in (*SOURCES, E5, EMS, PHONE) for s in draw(_subscriptions(sku))]
    groups = draw(_groups())
    people = [draw(_users(number, groups)) for number in range(draw(st.integers(0, 12)))]
    members = {
        group.id: frozenset(person.id for person, joined in people if group in joined)
        for group in groups
    }
    meant = {_group_reference(each.name): Selection(users=members[each.id]) for each in groups}
    meant |= {each: Selection(users=frozenset([user_id(each.text)])) for each in NAMED}
    half = frozenset(person.id for number, (person, _) in enumerate(people) if number % 2)
    return tenant_state(
        *bought,
        users=[person for person, _ in people],
        groups=tuple(replace(each, members=members[each.id]) for each in groups),
        selections=meant | {HALF: Selection(users=half)},
        memory=Memory(before={person.id: draw(_before()) for person, _ in people}),
    )


@st.composite
def _whos(draw: Any) -> Who:
    """Generate whom an assignment covers; a group the tenant lacks means nobody."""
    if draw(st.booleans()):
        return Who(is_everyone=True)
    excepted = tuple(each.text for each in NAMED if draw(st.integers(0, 3)) == 0)
    return Who(
        is_everyone=False,
        groups=tuple(draw(st.sets(st.sampled_from(GROUPS), max_size=2))),
        odata_filter=draw(st.sampled_from((HALF.text, None))),
        except_users=excepted,
    )


def _seats(source: SkuId) -> st.SearchStrategy[SeatsWanted]:
    return st.one_of(
        st.builds(SeatsExactly, seats=st.integers(0, 40)),
        st.just(SeatsMatch(sku=source)),
        st.builds(SeatsNeeded, headroom=st.integers(0, 5)),
        st.builds(SeatsNeeded, headroom_percent=st.sampled_from((0.0, 5.0, 33.0))),
    )


@st.composite
def _assignments(draw: Any, *sources: SkuId, to: SkuId) -> AssignmentWant:
    flags = {
        name: draw(st.booleans())
        for name in (
            "keeps_service_plans",
            "enables_new_services",
            "keeps_included_add_ons",
            "moves_guests",
            "moves_blocked_accounts",
        )
    }
    location = draw(st.sampled_from(("IT", None)))
    who = draw(_whos())
    return want_moved(*sources, to=to, who=who, usage_location=location, **flags)


@st.composite
def wishes(draw: Any) -> TenantSpec:
    """Generate a wish: users of some sources move to E5 or are split over E5 and E3.

    Seats of E5 are wanted or not, and sources perhaps cancelled.
    """
    sources = tuple(draw(st.lists(st.sampled_from(SOURCES), min_size=1, max_size=3, unique=True)))
    entries = [want_active(E5, draw(_seats(sources[0])))] if draw(st.booleans()) else []
    entries += [want_cancelled(sku) for sku in sources if draw(st.booleans())]
    assignments = [draw(_assignments(*sources, to=E5))]
    second = draw(st.sampled_from(("none", "same", "split")))
    if second == "same":
        assignments.append(draw(_assignments(draw(st.sampled_from(SOURCES)), to=E5)))
    elif second == "split" and E3 not in sources:
        assignments.append(draw(_assignments(*sources, to=E3)))
    return spec(*entries, assignments=assignments)
