"""Make tenants out of what a scenario describes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import NAMESPACE_DNS, UUID, uuid5
from zoneinfo import ZoneInfo

from runner.simulator.accounts import AccountState, Group, Profile, Row, User
from runner.simulator.clock import parse_moment, parse_span
from runner.simulator.countries import COUNTRIES
from runner.simulator.products import load_products
from runner.simulator.scenario import (
    GroupEntry,
    LicenseEntry,
    ScenarioError,
    SubscriptionEntry,
    TenantEntry,
    UserEntry,
)
from runner.simulator.subscriptions import DAY, GRACE_S, TERM_S, Subscription
from runner.simulator.tenant import Tenant

NAMESPACE = uuid5(NAMESPACE_DNS, "simulator.invalid")
AGE_S = 100 * DAY


def object_id(tenant: str, kind: str, *, key: object) -> str:
    """Return the GUID that an object of this tenant has in every run."""
    return str(uuid5(NAMESPACE, f"{tenant}/{kind}/{key}"))


def build_tenant(name: str, entry: TenantEntry, *, now: float) -> Tenant:
    """Return the tenant as the scenario says it is at the start.

    Raises: ScenarioError naming the entry that cannot be.
    """
    where = f"tenant {name}"
    with _place(where):
        _check_settings(entry)
        tenant_id = str(UUID(entry.id)) if entry.id else object_id(name, "tenant", key=name)
        tenant = Tenant(name, entry, tenant_id=tenant_id, created_at=now - AGE_S)
    for number, bought in enumerate(entry.subscriptions):
        with _place(f"{where}: subscriptions[{number}]"):
            key = object_id(name, "subscription", key=number)
            tenant.subscriptions.append(_subscription(tenant, bought, key=key, now=now))
    for number, given in enumerate(entry.groups):
        with _place(f"{where}: groups[{number}]"):
            group = _group(tenant, given, at=now - AGE_S)
            tenant.groups[group.id] = group
    for number, kind in enumerate(entry.users):
        with _place(f"{where}: users[{number}]"):
            _add_users(tenant, kind, at=now - AGE_S)
    return tenant


@contextmanager
def _place(where: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, LookupError) as error:
        message = error.args[0] if error.args else error
        raise ScenarioError(f"{where}: {message}") from None


def _check_settings(entry: TenantEntry) -> None:
    for span in (entry.purchase.credit_check, entry.purchase.provisioning):
        parse_span(span)
    lag = entry.lag
    for span in (lag.primary, lag.advanced, lag.consumed, lag.usage_location):
        parse_span(span)
    _check_location(entry.country)
    ZoneInfo(entry.timezone)


def _check_location(country: str) -> None:
    if country not in COUNTRIES:
        raise ScenarioError(f"{country!r} is no two-letter country code")


def _subscription(
    tenant: Tenant, entry: SubscriptionEntry, *, key: str, now: float
) -> Subscription:
    if entry.seats < 0:
        raise ScenarioError(f"{entry.seats} seats are fewer than none")
    created = now - AGE_S if entry.created is None else parse_moment(entry.created)
    stopped = None
    lifecycle = created + TERM_S
    if entry.status == "Warning":
        lifecycle = now - DAY
    elif entry.status != "Enabled":
        stopped = (now - DAY, entry.status)
    if entry.next_lifecycle is not None:
        next_at = parse_moment(entry.next_lifecycle)
        lifecycle = next_at - GRACE_S if entry.status == "Warning" else next_at
    return Subscription(
        id=entry.id or key,
        commerce_id=object_id(tenant.name, "commerce", key=entry.id or key),
        sku_id=load_products().find(entry.sku).sku_id,
        seats=entry.seats,
        created_at=created,
        is_trial=entry.trial,
        owner_id=object_id(tenant.name, "owner", key="admin"),
        owner_tenant=entry.owner_tenant,
        visible_at=created,
        enabled_at=created,
        provisioned_at=created,
        renews=entry.renews and entry.status != "Warning",
        lifecycle_at=lifecycle,
        stopped=stopped,
        plan_statuses={load_products().plan_id(word): to for word, to in entry.plans.items()},
    )


def license_rows(
    items: Sequence[str | LicenseEntry], *, group_id: str | None = None, at: float = 0.0
) -> tuple[Row, ...]:
    """Return the licenses that a scenario names, by part number or GUID.

    Raises: LookupError for an unknown product, ScenarioError for a plan it does not contain.
    """
    rows = []
    for item in items:
        entry = LicenseEntry(sku=item) if isinstance(item, str) else item
        product = load_products().find(entry.sku)
        plans = {word: product.plan(word) for word in entry.disabled}
        for word, plan in plans.items():
            if plan is None:
                raise ScenarioError(f"{product.part_number} has no service plan {word!r}")
        disabled = tuple(sorted(plan.id for plan in plans.values() if plan is not None))
        rows.append(Row(sku_id=product.sku_id, disabled=disabled, group_id=group_id, at=at))
    return tuple(rows)


def _group(tenant: Tenant, entry: GroupEntry, *, at: float) -> Group:
    key = object_id(tenant.name, "group", key=entry.name)
    return Group(
        id=key,
        name=entry.name,
        created_at=at,
        licenses=license_rows(entry.licenses, group_id=key, at=at),
        security_enabled=entry.security_enabled,
        group_types=tuple(entry.group_types),
    )


def _add_users(tenant: Tenant, entry: UserEntry, *, at: float) -> None:
    if entry.usage_location is not None:
        _check_location(entry.usage_location)
    groups = [_group_called(tenant, name) for name in entry.groups]
    inherited = [row for group in groups for row in group.licenses if group.security_enabled]
    state = AccountState(
        usage_location=entry.usage_location,
        account_enabled=entry.account_enabled,
        rows=(*license_rows(entry.licenses, at=at), *inherited),
    )
    profile = Profile(
        user_type=entry.user_type, department=entry.department, on_premises=entry.on_premises
    )
    for _ in range(entry.count):
        user = _user(tenant, entry, state=state, profile=profile, at=at)
        tenant.add_user(user)
        for group in groups:
            group.members.append(user.index)


def _group_called(tenant: Tenant, name: str) -> Group:
    found = next((group for group in tenant.groups.values() if group.name == name), None)
    if found is None:
        raise ScenarioError(f"no group is called {name!r}, add it to `groups`")
    return found


def _user(
    tenant: Tenant, entry: UserEntry, *, state: AccountState, profile: Profile, at: float
) -> User:
    index = len(tenant.users)
    local = f"{entry.name.lower().replace(' ', '.')}{index + 1:06d}"
    if entry.user_type == "Guest":
        local = f"{local}_fabrikam.example#EXT#"
    return User(
        index=index,
        id=object_id(tenant.name, "user", key=index),
        upn=entry.upn or f"{local}@{tenant.domain}",
        display_name=f"{entry.name.title()} {index + 1}",
        profile=profile,
        created_at=at,
        state=state,
    )
