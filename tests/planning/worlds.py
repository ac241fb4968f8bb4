"""Generated tenants and wishes for the properties of planning."""

from typing import Any

from hypothesis import strategies as st

from runner.model.ids import SkuId
from runner.model.spec import SeatsExactly, SeatsMatch, SeatsNeeded, SeatsWanted, TenantSpec
from runner.model.state import License, SubscriptionState, TenantState, User
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
STATUSES = ("Enabled", "Enabled", "Enabled", "Warning", "Suspended", "LockedOut")


@st.composite
def _licenses(draw: Any, sku: SkuId) -> License:
    plans = catalog().products[sku].service_plans
    off = draw(st.sets(st.sampled_from(plans[:12]), max_size=3))
    return License(sku=sku, disabled_plans=tuple(sorted(off)))


@st.composite
def _users(draw: Any, number: int) -> User:
    sources = draw(st.sets(st.sampled_from(SOURCES), max_size=2))
    others = draw(st.sets(st.sampled_from((E5, EMS)), max_size=2))
    held = [holding(draw(_licenses(sku))) for sku in sorted(sources | others)]
    if draw(st.integers(0, 9)) == 0:
        held.append(holding(EMS, by_group="group-1"))
    return user(
        f"user-{number}",
        *held,
        location=draw(st.sampled_from(("IT", "IT", "IT", None))),
        is_enabled=draw(st.booleans()),
        is_guest=draw(st.booleans()),
    )


@st.composite
def _subscriptions(draw: Any, sku: SkuId) -> list[SubscriptionState]:
    count = draw(st.integers(0, 2))
    return [
        subscription(
            sku,
            draw(st.integers(0, 15)),
            id=f"{sku[:4]}-{number}",
            status=draw(st.sampled_from(STATUSES)),
            is_trial=draw(st.integers(0, 4)) == 0,
        )
        for number in range(count)
    ]


@st.composite
def tenants(draw: Any) -> TenantState:
    """Generate a tenant of up to twelve users and five products in any state."""
    bought = [s for sku in (*SOURCES, E5, EMS) for s in draw(_subscriptions(sku))]
    people = [draw(_users(number)) for number in range(draw(st.integers(0, 12)))]
    return tenant_state(*bought, users=people)


def _seats(source: SkuId) -> st.SearchStrategy[SeatsWanted]:
    return st.one_of(
        st.builds(SeatsExactly, seats=st.integers(0, 40)),
        st.just(SeatsMatch(sku=source)),
        st.builds(SeatsNeeded, headroom=st.integers(0, 5)),
        st.builds(SeatsNeeded, headroom_percent=st.sampled_from((0.0, 5.0, 33.0))),
    )


@st.composite
def wishes(draw: Any) -> TenantSpec:
    """Generate a wish: users of some sources move to E5, seats of E5, perhaps sources cancelled."""
    sources = tuple(draw(st.lists(st.sampled_from(SOURCES), min_size=1, max_size=3, unique=True)))
    entries = [want_active(E5, draw(_seats(sources[0])))] if draw(st.booleans()) else []
    entries += [want_cancelled(sku) for sku in sources if draw(st.booleans())]
    flags = {
        name: draw(st.booleans())
        for name in (
            "keeps_service_plans",
            "enables_new_services",
            "moves_guests",
            "moves_blocked_accounts",
        )
    }
    return spec(*entries, assignments=(want_moved(*sources, to=E5, **flags),))
