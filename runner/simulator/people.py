"""Make the users of a tenant and put them into its groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import accumulate, pairwise

from runner.simulator.accounts import AccountState, Group, Profile, Row, User
from runner.simulator.parts import check_location, license_rows, object_id, place
from runner.simulator.scenario import BlockEntry, ScenarioError, TenantEntry, UserEntry
from runner.simulator.subscriptions import DAY
from runner.simulator.tenant import Tenant

Errors = Mapping[str, str | None]


def nest_groups(tenant: Tenant, entry: TenantEntry) -> None:
    """Put groups into the groups that name them.

    Raises: ScenarioError when there is no such group.
    """
    for group, given in zip(tenant.groups.values(), entry.groups, strict=True):
        group.nested = [_group_called(tenant, name) for name in given.nested]


def add_people(tenant: Tenant, entry: TenantEntry, *, at: float, now: float) -> None:
    """Make all users; their groups have given them their licenses already.

    Raises: ScenarioError naming the entry that cannot be.
    """
    edges = accumulate((kind.count for kind in entry.users), initial=0)
    blocks = [range(first, end) for first, end in pairwise(edges)]
    joined: dict[int, dict[str, str | None]] = defaultdict(dict)
    for number, given in enumerate(entry.groups):
        with place(f"tenant {tenant.name}: groups[{number}]"):
            key = _group_called(tenant, given.name).id
            for item in given.members:
                for index in _named(item, blocks):
                    joined[index][key] = None
    for number, kind in enumerate(entry.users):
        with place(f"tenant {tenant.name}: users[{number}]"):
            alone = _alone(kind, at=at, deleted_at=now - DAY)
            _add_block(tenant, kind, alone=alone, joined=joined, at=at)


def _named(item: int | str | BlockEntry, blocks: list[range]) -> range:
    among = range(blocks[-1].stop if blocks else 0)
    if isinstance(item, BlockEntry):
        if not 1 <= item.block <= len(blocks):
            raise ScenarioError(f"there is no block {item.block}, `users` has {len(blocks)}")
        among = blocks[item.block - 1]
        first = item.first
        last = len(among) if item.count is None else first + item.count - 1
    else:
        start, _, end = str(item).partition("-")
        if not start.strip().isdigit() or not (end or start).strip().isdigit():
            raise ScenarioError(f"{item!r} names no users, write 7, '1-50' or {{block: 2}}")
        first, last = int(start), int(end or start)
    if not 1 <= first <= last <= len(among):
        raise ScenarioError(f"{first} to {last} are no users, there are {len(among)}")
    return among[first - 1 : last]


def _alone(entry: UserEntry, *, at: float, deleted_at: float) -> AccountState:
    if entry.usage_location is not None:
        check_location(entry.usage_location)
    enabled = entry.account_enabled
    return AccountState(
        usage_location=entry.usage_location,
        account_enabled=not entry.shared_mailbox if enabled is None else enabled,
        rows=license_rows(entry.licenses, at=at),
        deleted_at=deleted_at if entry.deleted else None,
    )


def _add_block(
    tenant: Tenant,
    entry: UserEntry,
    *,
    alone: AccountState,
    joined: Mapping[int, Errors],
    at: float,
) -> None:
    common: Errors = dict(_memberships(tenant, entry))
    profile = Profile(
        user_type=entry.user_type,
        department=entry.department,
        on_premises=entry.on_premises,
        shared_mailbox=entry.shared_mailbox,
        proxy_conflict=entry.proxy_conflict,
    )
    states: dict[tuple[tuple[str, str | None], ...], AccountState] = {}
    for _ in range(entry.count):
        groups = {**joined.get(len(tenant.users), {}), **common}
        key = tuple(groups.items())
        if key not in states:
            states[key] = _member_state(tenant, alone, groups=groups)
        user = _user(tenant, entry, state=states[key], profile=profile, at=at)
        tenant.add_user(user)
        for group_id in () if entry.deleted else groups:
            tenant.groups[group_id].members[user.index] = None


def _memberships(tenant: Tenant, entry: UserEntry) -> Iterator[tuple[str, str | None]]:
    for item in entry.groups:
        name, error = (item, None) if isinstance(item, str) else (item.group, item.error)
        yield _group_called(tenant, name).id, error


def _member_state(tenant: Tenant, alone: AccountState, *, groups: Errors) -> AccountState:
    rows: list[Row] = list(alone.rows)
    for group_id, error in groups.items():
        group = tenant.groups[group_id]
        given = group.licenses if group.security_enabled else ()
        rows += [replace(row, state="Error", error=error) for row in given] if error else given
    return alone.with_changes(rows=tuple(rows))


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
