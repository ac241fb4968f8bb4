"""Hold one pretend tenant: its users, groups, subscriptions, and who holds what."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from runner.simulator.accounts import AccountState, Group, Job, User
from runner.simulator.azure_state import AzureState
from runner.simulator.clock import parse_span
from runner.simulator.errors import not_found
from runner.simulator.partner_state import PartnerState
from runner.simulator.products import Product, load_products
from runner.simulator.rules import Rules
from runner.simulator.scenario import LocationsEntry, RulesEntry, ScenarioError, TenantEntry
from runner.simulator.subscriptions import ASSIGNABLE, Purchase, Subscription


@dataclass(slots=True, kw_only=True)
class Pool:
    """Hold all seats of one SKU by kind; every subscription of the SKU adds to it."""

    status: str
    enabled: int = 0
    warning: int = 0
    suspended: int = 0
    locked_out: int = 0
    subscriptions: list[Subscription] = field(default_factory=list)

    @property
    def assignable(self) -> int:
        """Return the seats that users may hold."""
        return self.enabled + self.warning


class Tenant:
    """Hold the state of one tenant and keep its indexes true."""

    def __init__(self, name: str, entry: TenantEntry, *, tenant_id: str, created_at: float) -> None:
        self.name = name
        self.id = tenant_id
        self.entry = entry
        self.created_at = created_at
        self.domain = entry.domain or f"{name}.onmicrosoft.com"
        self.display_name = entry.display_name or name.title()
        rules = entry.rules
        self.rules = Rules(RulesEntry(profile=rules) if isinstance(rules, str) else rules)
        self.forbidden = _forbidden_plans(entry.locations)
        self.lag = entry.lag
        self.primary_lag_s = parse_span(entry.lag.primary).seconds
        self.advanced_lag_s = parse_span(entry.lag.advanced).seconds
        self.consumed_lag_s = parse_span(entry.lag.consumed).seconds
        self.location_lag_s = parse_span(entry.lag.usage_location).seconds
        self.group_delay_s = parse_span(entry.group_licensing.delay).seconds
        self.group_step_s = _step_s(entry.group_licensing.rate)
        self.users: list[User] = []
        self.groups: dict[str, Group] = {}
        self.jobs: list[Job] = []
        self.subscriptions: list[Subscription] = []
        self.purchases: list[Purchase] = []
        self.azure = AzureState()
        self.partner = PartnerState()
        self.granted = None if entry.granted is None else frozenset(entry.granted)
        self.company_skus = {load_products().find(word).sku_id for word in entry.company_skus}
        self.most_over_assigned: dict[str, int] = defaultdict(int)
        self._index: dict[str, int] = {}
        self._holders: dict[str, set[int]] = defaultdict(set)
        self._consumed: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self._changes: list[tuple[float, int]] = []
        self._alive = 0

    def add_user(self, user: User) -> None:
        """Take in a user the scenario describes."""
        self.users.append(user)
        self._index[user.id] = self._index[user.upn.lower()] = user.index
        if user.state.deleted_at is not None:
            return
        self._alive += 1
        for sku_id in user.state.held:
            self._holders[sku_id].add(user.index)

    def user(self, key: str) -> User:
        """Return the user with this id or principal name.

        Raises: GraphError 404 when there is none, or it was deleted.
        """
        user = self.users[self.index_of(key)]
        if user.state.deleted_at is not None:
            raise not_found(key)
        return user

    def index_of(self, key: str) -> int:
        """Return the position of the user with this id or principal name, deleted or not.

        Raises: GraphError 404 when there never was one.
        """
        index = self._index.get(key.lower())
        if index is None:
            raise not_found(key)
        return index

    def group(self, key: str) -> Group:
        """Return the group with this id.

        Raises: GraphError 404 when there is none.
        """
        group = self.groups.get(key.lower())
        if group is None:
            raise not_found(key)
        return group

    def group_called(self, word: str) -> Group:
        """Return the group with this id or name, as people call it.

        Raises: GraphError 404 when there is none.
        """
        named = (key for key, group in self.groups.items() if group.name.lower() == word.lower())
        return self.group(next(named, word))

    def change(self, user: User, state: AccountState, *, now: float) -> None:
        """Put a user into another state and remember the one it leaves."""
        before = user.state
        user.past.append((now, before))
        user.state = state
        self._changes.append((now, user.index))
        self._alive += (state.deleted_at is None) - (before.deleted_at is None)
        held = state.held if state.deleted_at is None else frozenset()
        for sku_id in before.held - held:
            self._count(sku_id, now)
            self._holders[sku_id].discard(user.index)
        for sku_id in held - before.held:
            self._count(sku_id, now)
            self._holders[sku_id].add(user.index)
            self.note_seats(sku_id, now)

    def _count(self, sku_id: str, now: float) -> None:
        self._consumed[sku_id].append((now, len(self._holders[sku_id])))

    def note_seats(self, sku_id: str, now: float) -> None:
        """Remember by how many users a SKU is over-assigned, if it never was by more."""
        excess = self.consumed(sku_id) - self.pool(sku_id, now).assignable
        self.most_over_assigned[sku_id] = max(self.most_over_assigned[sku_id], excess)

    def consumed(self, sku_id: str, at: float | None = None) -> int:
        """Return how many users hold a SKU, now or at an earlier moment."""
        history = self._consumed[sku_id]
        if at is not None and history and history[-1][0] > at:
            return history[bisect_left(history, (at, 1 << 62))][1]
        return len(self._holders[sku_id])

    def pool(self, sku_id: str, now: float) -> Pool:
        """Return the seats of a SKU as its subscriptions make them at this moment."""
        pool = Pool(status="Deleted")
        statuses = set()
        for subscription in self.subscriptions:
            if subscription.sku_id == sku_id and subscription.is_visible(now):
                unit, seats = subscription.units(now)
                setattr(pool, unit, getattr(pool, unit) + seats)
                statuses.add(subscription.status(now))
                pool.subscriptions.append(subscription)
        order = (*ASSIGNABLE, "Suspended", "LockedOut")
        pool.status = next((status for status in order if status in statuses), "Deleted")
        return pool

    def visible_skus(self, now: float) -> list[Product]:
        """Return the products the tenant shows, in order of purchase."""
        visible = (item.sku_id for item in self.subscriptions if item.is_visible(now))
        return [load_products().by_id[sku_id] for sku_id in dict.fromkeys(visible)]

    def holders(self, sku_id: str) -> frozenset[int]:
        """Return the positions of the users who hold a SKU now."""
        return frozenset(self._holders[sku_id])

    def changed_since(self, moment: float) -> Iterator[int]:
        """Yield the positions of users that changed after a moment, newest first."""
        for at, index in reversed(self._changes):
            if at <= moment:
                return
            yield index

    def count_users(self) -> int:
        """Return how many users are not deleted."""
        return self._alive

    def ever_unlicensed(self, user_ids: Iterable[str], *, among: Iterable[str]) -> list[str]:
        """Return those of the users who at any moment held none of the products.

        Order: as given. A deleted user is not asked about the time after its deletion.
        """
        wanted = {load_products().find(word).sku_id for word in among}
        found = []
        for user_id in user_ids:
            states = self.users[self._index[user_id.lower()]].states()
            if any(not state.held & wanted for state in states if state.deleted_at is None):
                found.append(user_id)
        return found

    def snapshot(self) -> dict[str, dict[str, object]]:
        """Return all licensing of the tenant as values that can be compared."""
        users = {
            user.id: (
                user.state.usage_location,
                user.state.account_enabled,
                user.state.deleted_at is not None,
                tuple(
                    sorted(
                        (row.sku_id, row.group_id or "", row.disabled, row.state)
                        for row in user.state.rows
                    )
                ),
            )
            for user in self.users
        }
        groups = {
            group.id: (
                tuple(sorted((row.sku_id, row.disabled) for row in group.licenses)),
                tuple(sorted(group.members)),
            )
            for group in self.groups.values()
        }
        seats = {item.id: (item.sku_id, item.seats, item.stopped) for item in self.subscriptions}
        return {"users": dict(users), "groups": dict(groups), "subscriptions": dict(seats)}


def _step_s(rate: float | str) -> float:
    if isinstance(rate, str):
        return 0.0
    if rate <= 0:
        raise ScenarioError(f"group_licensing: a rate of {rate:g} members a second ends never")
    return 1 / rate


def _forbidden_plans(entry: LocationsEntry) -> dict[str, frozenset[str]]:
    return {
        country: frozenset(load_products().plan_id(word) for word in words)
        for country, words in entry.forbidden.items()
    }
