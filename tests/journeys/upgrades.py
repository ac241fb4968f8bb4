"""Generate tenants, playbooks and faults, and play the administrator of one."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from runner.catalog import load_catalog
from runner.simulator.errors import Refusal
from runner.simulator.products import load_products
from tests.journeys.stage import Stage, buying, cancelling, moving, play, world_of

TURNS = 14
COMPANY_PLANS = ("EXCHANGE_S_FOUNDATION", "INTUNE_O365")
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "missing_answer", "rate": 0.1, "on": "inner"},
    {"kind": "applied_unanswered", "rate": 0.15, "on": "inner"},
    {"kind": "applied_unanswered", "rate": 0.1, "on": "batch", "answer": "drop"},
    {"kind": 429, "rate": 0.1, "retry_after": 0},
    {"kind": 409, "rate": 0.1, "on": "write"},
    {"kind": 500, "rate": 0.05},
    {"kind": 504, "rate": 0.05},
    {"kind": "drop", "rate": 0.05},
)


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """A tenant, what is wanted of it, and what goes wrong on the way."""

    sources: tuple[str, ...]
    target: str
    tenant: dict[str, Any]
    subscriptions: list[dict[str, Any]]
    assignment: dict[str, Any]
    faults: list[dict[str, Any]]

    def world(self) -> dict[str, Any]:
        """Return the scenario."""
        return world_of({"contoso": self.tenant})

    def play(self) -> dict[str, Any]:
        """Return the play."""
        return play(subscriptions=self.subscriptions, assignments=[self.assignment])


@cache
def assignable() -> tuple[str, ...]:
    """Return the GUIDs of all products that have service plans."""
    simulated = load_products().by_id
    return tuple(
        sku
        for sku, product in sorted(load_catalog().products.items())
        if product.service_plans and sku in simulated and user_plans(sku)
    )


def user_plans(sku: str) -> list[str]:
    """Return the service plans of a product that users have, and not the whole company."""
    plans = load_products().by_id[sku].plans.values()
    return sorted(plan.id for plan in plans if plan.name not in COMPANY_PLANS)


def licenses(sku: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a license with some services switched off."""
    off = st.lists(st.sampled_from(user_plans(sku)), max_size=3, unique=True)
    return st.builds(lambda plans: {"sku": sku, "disabled": plans}, off)


@st.composite
def cohorts(
    draw: st.DrawFn, skus: list[str], *, others: list[str], has_group: bool
) -> dict[str, Any]:
    """Draw users of one kind: what they hold, where, and whether they may sign in."""
    held = draw(st.lists(st.sampled_from(skus), max_size=3, unique=True))
    if draw(st.booleans()) and not set(held) - set(others):
        held.append(skus[0])
    location = draw(st.sampled_from(["IT", "DE", "US", "IT", "IT", None]))
    return {
        "count": draw(st.integers(1, 9)),
        "licenses": [draw(licenses(sku)) for sku in held],
        "groups": draw(st.sampled_from([[], [], ["Sales"]])) if has_group else [],
        "account_enabled": draw(st.sampled_from([True, True, True, False])),
        "user_type": draw(st.sampled_from(["Member", "Member", "Member", "Guest"])),
        **({"usage_location": location} if location else {}),
    }


def _holders(users: list[dict[str, Any]], sku: str, *, by_group: str | None) -> int:
    """Return how many users hold a product, directly or through the group."""
    return sum(
        user["count"]
        for user in users
        if any(each["sku"] == sku for each in user["licenses"])
        or (sku == by_group and user["groups"])
    )


@st.composite
def tenants(draw: st.DrawFn, *, skus: list[str], target: str, others: list[str]) -> dict[str, Any]:
    """Draw a tenant that owns the products, the target only perhaps."""
    by_group = draw(st.sampled_from([*others, *others, *skus[:1]])) if others else None
    drawn = cohorts(skus, others=others, has_group=by_group is not None)
    users = draw(st.lists(drawn, min_size=1, max_size=6))
    seats = {
        sku: _holders(users, sku, by_group=by_group) + draw(st.integers(1, 40)) for sku in skus
    }
    if not _holders(users, target, by_group=by_group) and draw(st.booleans()):
        del seats[target]
    check = draw(st.sampled_from([0, "2 business days"]))
    return {
        "country": "IT",
        "subscriptions": [{"sku": sku, "seats": count} for sku, count in seats.items()],
        "groups": [{"name": "Sales", "licenses": [by_group]}] if by_group else [],
        "users": users,
        "rules": {"profile": "off"},
        "purchase": {"credit_check": check, "visible": draw(st.booleans())},
    }


@st.composite
def upgrades(draw: st.DrawFn) -> Upgrade:
    """Draw a tenant with a playbook that moves its users to another product."""
    skus = draw(st.lists(st.sampled_from(assignable()), min_size=3, max_size=5, unique=True))
    count = draw(st.integers(1, 2))
    sources, target = tuple(skus[:count]), skus[count]
    needed = {"needed": True, "headroom": draw(st.sampled_from([1, 3]))}
    seats = draw(st.sampled_from([needed, {"match": sources[0]} if count == 1 else needed]))
    ends = [sku for sku in sources if draw(st.booleans())]
    soak = draw(st.sampled_from(["0s", "72h"]))
    assignment = moving(
        source=list(sources),
        target=target,
        service_plans=draw(st.sampled_from(["keep", "reset"])),
        new_services=draw(st.sampled_from(["enable", "disable"])),
        guests=draw(st.sampled_from(["move", "leave"])),
        blocked_accounts=draw(st.sampled_from(["move", "leave"])),
    )
    return Upgrade(
        sources=sources,
        target=target,
        tenant=draw(tenants(skus=skus, target=target, others=skus[count + 1 :])),
        subscriptions=[buying(target, seats), *(cancelling(sku, soak=soak) for sku in ends)],
        assignment=assignment,
        faults=draw(st.lists(st.sampled_from(FAULTS), max_size=3, unique_by=str)),
    )


def act(stage: Stage) -> bool:
    """Do as the administrator what is asked for now, and say whether anything was."""
    did = False
    asked = "SELECT kind, sku, seats FROM orders WHERE closed_at IS NULL ORDER BY opened_at"
    for kind, sku, seats in stage.rows(asked):
        try:
            did = _do(stage, kind, sku=sku, seats=seats) or did
        except Refusal:
            continue
    return did


def _do(stage: Stage, kind: str, *, sku: str, seats: int) -> bool:
    admin, now = stage.world.admin(), stage.world.clock.now()
    live = [
        each
        for each in stage.tenant.subscriptions
        if each.sku_id == sku and each.status(now) == "Enabled"
    ]
    have = sum(each.seats for each in live)
    if kind == "buy_seats" and have < seats:
        admin.buy(sku, seats=seats - have)
    elif kind == "change_seats" and have > seats:
        admin.resize(live[0].id, seats=seats)
    elif kind == "cancel_subscription" and live:
        if live[0].seats > 25:
            admin.resize(live[0].id, seats=25)
        admin.cancel(live[0].id)
    else:
        return False
    return True
