"""Say what one user holds, and by which way it came."""

from collections.abc import Iterator, Mapping

from runner.model.ids import GroupId, SkuId, UserId
from runner.model.state import License, TenantState, User

WORKING = ("Active", "ActiveWithError")
"""Source: graph.md 3.2 (states of an assignment), read 2026-11-22."""


def direct(user: User, sku: SkuId) -> License | None:
    """Return the license the user holds directly for a SKU."""
    for holding in user.holdings:
        if holding.license.sku == sku and holding.by_group is None:
            return holding.license
    return None


def holds(user: User, sku: SkuId) -> bool:
    """Return whether the user has the use of a SKU, directly or through a group."""
    return any(h.license.sku == sku and h.status in WORKING for h in user.holdings)


def is_assigned(user: User, sku: SkuId) -> bool:
    """Return whether the user has a SKU in any state, working or not."""
    return any(h.license.sku == sku for h in user.holdings)


def takes_seat(user: User, sku: SkuId) -> bool:
    """Return whether the user takes a seat of a SKU; what ended in error takes none.

    Source: graph.md 5.2 (who cannot be given a license stays pending), read 2026-11-22.
    """
    return any(h.license.sku == sku and h.status != "Error" for h in user.holdings)


def inherits(user: User, sku: SkuId) -> bool:
    """Return whether a group gives the SKU to the user, working or not."""
    return any(h.license.sku == sku and h.by_group is not None for h in user.holdings)


def groups_giving(user: User, sku: SkuId) -> Iterator[GroupId]:
    """Yield the groups that give a SKU to the user, working or not."""
    for holding in user.holdings:
        if holding.license.sku == sku and holding.by_group is not None:
            yield holding.by_group


def row_of(user: User, sku: SkuId, group: GroupId) -> str:
    """Return the state of a SKU that a group gives to the user, or nothing.

    A working row counts before one in error.
    """
    rows = [h.status for h in user.holdings if h.license.sku == sku and h.by_group == group]
    return next((status for status in rows if status in WORKING), rows[0] if rows else "")


def has_from_group(user: User, sku: SkuId) -> bool:
    """Return whether the user has the use of a SKU through a group."""
    return any(row_of(user, sku, group) in WORKING for group in groups_giving(user, sku))


def inheritors_by_group(have: TenantState) -> Mapping[GroupId, frozenset[UserId]]:
    """Return who shows a license of which group, each set of holdings looked at once."""
    groups: dict[int, frozenset[GroupId]] = {}
    found: dict[GroupId, set[UserId]] = {}
    for user in have.users.values() if have.groups else ():
        key = id(user.holdings)
        if key not in groups:
            groups[key] = frozenset(h.by_group for h in user.holdings if h.by_group is not None)
        for group in groups[key]:
            found.setdefault(group, set()).add(user.id)
    return {group: frozenset(users) for group, users in found.items()}
