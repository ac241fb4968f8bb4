"""Small builders with defaults for all that a test is not about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from runner.catalog import load_catalog
from runner.model.catalog import Catalog
from runner.model.findings import Origin
from runner.model.ids import ServicePlanId, SkuId, group_id, sku_id, tenant_id
from runner.model.ids import subscription_id as as_subscription_id
from runner.model.ids import user_id as as_user_id
from runner.model.plan import Plan
from runner.model.spec import (
    AssignmentWant,
    Auth,
    AzureBilling,
    CancelWhen,
    Channel,
    Loaded,
    PartnerCenter,
    Purchase,
    SeatsExactly,
    SeatsMatch,
    SeatsWanted,
    SubscriptionGoal,
    SubscriptionWant,
    Tenant,
    TenantSpec,
    Who,
)
from runner.model.state import (
    Group,
    Holding,
    License,
    ServicePlanState,
    SkuState,
    SubscriptionState,
    TenantState,
    User,
)
from runner.planning import make_plan

E1 = sku_id("18181a46-0d4e-45cd-891e-60aabd171b4e")
E3 = sku_id("6fd2c87f-b296-42f0-b197-1e91e994b900")
E4 = sku_id("1392051d-0cb9-4b7a-88d5-621fee5e8711")
E5 = sku_id("c7df2760-2c81-4ef7-b578-5b5392b571df")
EMS = sku_id("efccb6f7-5641-4e0e-bd10-b4976e1bf68e")
PHONE = sku_id("e43b5b99-8dfb-405f-9987-dc307f34bcbd")
STORAGE = sku_id("99049c9c-6011-4908-bf17-15f496e6519d")
NAMES: Mapping[str, SkuId] = {
    "E1": E1,
    "E3": E3,
    "E4": E4,
    "E5": E5,
    "EMS": EMS,
    "PHONE": PHONE,
    "STORAGE": STORAGE,
}
SHORT: Mapping[SkuId, str] = {sku: name for name, sku in NAMES.items()}

CONTOSO = tenant_id("8f14e45f-ceea-467f-9575-2f1c7d2c1a11")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
LONG_AGO = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
ORIGIN = Origin(file="book.yaml", line=3)


@cache
def catalog() -> Catalog:
    """Return the program's own catalogue, read once."""
    return load_catalog()


@cache
def plan_id(name: str) -> ServicePlanId:
    """Return the id of a service plan by its technical name."""
    return next(plan.id for plan in catalog().service_plans.values() if plan.name == name)


def license(sku: SkuId, *off: str) -> License:
    """Return a license with the named service plans switched off."""
    return License(sku=sku, disabled_plans=tuple(sorted(plan_id(name) for name in off)))


def holding(of: SkuId | License, *, by_group: str | None = None, status: str = "Active") -> Holding:
    """Return one way of holding a license, directly unless a group is named."""
    return Holding(
        license=of if isinstance(of, License) else License(sku=of),
        by_group=group_id(by_group) if by_group else None,
        status=status,
        error=None,
    )


def user(name: str, *holds: SkuId | License | Holding, **more: Any) -> User:
    """Return a user who holds these; `location`, `is_enabled` and `is_guest` may be given."""
    return User(
        as_user_id(name),
        tuple(each if isinstance(each, Holding) else holding(each) for each in holds),
        more.get("location", "IT"),
        more.get("is_enabled", True),
        more.get("is_guest", False),
    )


def users(count: int, *holds: SkuId | License, prefix: str = "user") -> tuple[User, ...]:
    """Return so many users who hold the same, `user-1` the first."""
    held = tuple(holding(each) for each in holds)
    return tuple(
        User(as_user_id(f"{prefix}-{number}"), held, "IT", True, False)
        for number in range(1, count + 1)
    )


def service_plans(sku: SkuId, *, status: str = "Success") -> tuple[ServicePlanState, ...]:
    """Return the service plans of a product as a tenant shows them."""
    known = catalog().service_plans
    return tuple(
        ServicePlanState(id=each, name=known[each].name, status=status, applies_to="User")
        for each in catalog().products[sku].service_plans
    )


def sku(of: SkuId = E4, **more: Any) -> SkuState:
    """Return a product of a tenant; its counts are worked out by `tenant_state`."""
    start = SkuState(
        id=of,
        part_number=catalog().products[of].part_numbers[0],
        applies_to="User",
        capability_status="Enabled",
        enabled=0,
        warning=0,
        suspended=0,
        locked_out=0,
        consumed=0,
        service_plans=service_plans(of),
        subscription_ids=(),
    )
    return replace(start, **more)


def subscription(of: SkuId = E4, seats: int = 10, **more: Any) -> SubscriptionState:
    """Return a paid subscription of long ago; `id` and everything else may be given."""
    start = SubscriptionState(
        id=as_subscription_id(more.pop("id", f"{SHORT[of].lower()}-subscription")),
        commerce_id=None,
        sku=of,
        part_number=catalog().products[of].part_numbers[0],
        status="Enabled",
        is_trial=False,
        seats=seats,
        created_at=LONG_AGO,
        next_lifecycle_at=None,
        owner_tenant=None,
    )
    return replace(start, **more)


def tenant_state(
    *subscriptions: SubscriptionState,
    users: Iterable[User] = (),
    skus: Iterable[SkuState] = (),
    groups: tuple[Group, ...] | None = (),
    **more: Any,
) -> TenantState:
    """Return a tenant whose seats and seats in use follow from its subscriptions and users."""
    named = {each.id: each for each in skus}
    everybody = {each.id: each for each in users}
    held = {h.license.sku for person in everybody.values() for h in person.holdings}
    for of in (*(each.sku for each in subscriptions), *sorted(held)):
        named.setdefault(of, sku(of))
    return settled(
        TenantState(
            tenant_id=more.pop("tenant_id", CONTOSO),
            name="Contoso",
            country="IT",
            read_at=more.pop("read_at", NOW),
            skus=named,
            subscriptions=subscriptions,
            users=everybody,
            groups=groups,
            **more,
        )
    )


_UNITS = {"Enabled": "enabled", "Warning": "warning", "Suspended": "suspended"}


def settled(state: TenantState) -> TenantState:
    """Return the state with every count as its subscriptions and users make it."""
    return replace(state, skus={of: _counted(each, state) for of, each in state.skus.items()})


def _counted(each: SkuState, state: TenantState) -> SkuState:
    units = dict.fromkeys(("enabled", "warning", "suspended", "locked_out"), 0)
    mine = [s for s in state.subscriptions if s.sku == each.id]
    for subscribed in mine:
        units[_UNITS.get(subscribed.status, "locked_out")] += subscribed.seats
    holders = [
        person
        for person in state.users.values()
        if any(h.license.sku == each.id and h.status != "Error" for h in person.holdings)
    ]
    words = (("Enabled", "enabled"), ("Warning", "warning"), ("Suspended", "suspended"))
    status = next((word for word, unit in words if units[unit]), "LockedOut")
    return replace(
        each,
        enabled=units["enabled"],
        warning=units["warning"],
        suspended=units["suspended"],
        locked_out=units["locked_out"],
        consumed=len(holders),
        capability_status=status,
        subscription_ids=tuple(s.id for s in mine),
    )


def want_active(of: SkuId = E5, seats: SeatsWanted | int | None = None, **more: Any) -> Any:
    """Return an entry for a product to have; without a number as many seats as E4 has."""
    wanted = SeatsExactly(seats=seats) if isinstance(seats, int) else seats or SeatsMatch(sku=E4)
    terms = Purchase(term="annual", billing="monthly")
    return _entry(of, SubscriptionGoal.ACTIVE, seats=wanted, purchase=terms, **more)


def want_cancelled(of: SkuId = E4, **more: Any) -> SubscriptionWant:
    """Return an entry for a product to be rid of."""
    return _entry(of, SubscriptionGoal.CANCELLED, **more)


def _entry(of: SkuId, goal: SubscriptionGoal, **more: Any) -> SubscriptionWant:
    start = SubscriptionWant(
        sku=of,
        goal=goal,
        seats=None,
        purchase=None,
        when=CancelWhen.SOONEST,
        soak_s=0,
        subscription_ids=(),
        channel=Channel.AUTO,
        where=ORIGIN,
    )
    return replace(start, **more)


def want_moved(*sources: SkuId, to: SkuId = E5, **more: Any) -> AssignmentWant:
    """Return an assignment of everyone, from E4 unless other products are named."""
    start = AssignmentWant(
        sources=sources or (E4,),
        target=to,
        who=Who(is_everyone=True),
        keeps_service_plans=True,
        enables_new_services=True,
        keeps_included_add_ons=True,
        moves_guests=True,
        moves_blocked_accounts=True,
        usage_location=None,
        where=ORIGIN,
    )
    return replace(start, **more)


def spec(
    *subscriptions: SubscriptionWant,
    assignments: Iterable[AssignmentWant] | None = None,
    name: str = "contoso",
    **more: Any,
) -> TenantSpec:
    """Return what is wanted of one tenant: without words, E4 replaced by E5 for everyone."""
    tenant = Tenant(
        name=name,
        tenant_id=None,
        cloud="global",
        auth=Auth(),
        graph_endpoint=None,
        timezone=more.pop("timezone", "UTC"),
        channel=Channel.AUTO,
        partner_center=PartnerCenter(auth=Auth(), where=ORIGIN),
        azure_billing=AzureBilling(auth=Auth(), writes=True, where=ORIGIN),
        groups=(),
        where=ORIGIN,
    )
    start = TenantSpec(
        tenant=tenant,
        plays=("play",),
        wave=1,
        waves=1,
        subscriptions=tuple(_placed(subscriptions or (want_active(), want_cancelled()), 10)),
        assignments=tuple(_placed((want_moved(),) if assignments is None else assignments, 30)),
        limits=(),
        windows=(),
        where=ORIGIN,
    )
    return replace(start, **more)


def _placed(entries: Iterable[Any], line: int) -> Iterator[Any]:
    for number, entry in enumerate(entries):
        yield replace(entry, where=replace(ORIGIN, line=line + number))


def loaded(*specs: TenantSpec) -> Loaded:
    return Loaded(playbook_file="book.yaml", playbook_digest="sha256:00", specs=specs)


def plan_of(have: TenantState, want: TenantSpec | None = None, **more: Any) -> Plan:
    """Return the plan of one tenant."""
    want = want or spec()
    states = {want.tenant.name: have}
    return make_plan(loaded(want), states, catalog=catalog(), now=NOW, **more)
