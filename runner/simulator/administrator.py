"""Do in a tenant what its administrator would do in the admin center."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock

from runner.simulator.clock import SimulatedClock, Span, iso, parse_span
from runner.simulator.errors import GraphError, Refusal
from runner.simulator.inheritance import catch_up
from runner.simulator.licensing import assign_license
from runner.simulator.memberships import join, leave
from runner.simulator.products import load_products
from runner.simulator.purchases import Wish, buy, resize
from runner.simulator.subscriptions import ASSIGNABLE, Buyer, Subscription
from runner.simulator.tenant import Tenant
from runner.simulator.upgrade_tab import refusals, use_upgrade_tab

ADMINISTRATOR = Buyer(kind="administrator")
CANCEL_ONLINE_MAX = 25


class Administrator:
    """Act in one tenant; every act is done whole, or refused with the reason."""

    def __init__(self, tenant: Tenant, *, clock: SimulatedClock, lock: RLock) -> None:
        self._tenant = tenant
        self._clock = clock
        self._lock = lock

    def buy(self, sku: str, *, seats: int, credit_check: str | float | None = None) -> Subscription:
        """Buy a new subscription; without `credit_check` it goes as the scenario says.

        Raises: Refusal while a credit check for the same product is running (B06).
        """
        with self._lock:
            now, tenant = self._now(), self._tenant
            product = load_products().find(sku)
            if seats < 1:
                raise Refusal(f"{seats} seats cannot be bought, the least is 1")
            for item in tenant.subscriptions:
                if item.sku_id == product.sku_id:
                    _refuse_unchecked(item, now)
            wish = Wish(
                product=product, seats=seats, buyer=ADMINISTRATOR, credit_check=credit_check
            )
            return buy(tenant, wish, now=now)

    def resize(self, target: str, *, seats: int) -> Subscription:
        """Set the seats of a subscription, named by its id or its SKU, to a new total.

        Raises: Refusal below the seats in use (B03), during a credit check (B06), or when
            the subscription is not active.
        """
        with self._lock:
            now, tenant = self._now(), self._tenant
            item = self._subscription(target)
            _refuse_unchecked(item, now)
            if item.status(now) not in ASSIGNABLE:
                raise Refusal(f"the subscription is {item.status(now)}, reactivate it first")
            used = tenant.consumed(item.sku_id)
            others = tenant.pool(item.sku_id, now).assignable - item.seats
            if seats < 0 or (seats < item.seats and others + seats < used):
                raise Refusal(
                    f"{seats} seats are too few, {used} are in use: unassign licenses first"
                )
            resize(tenant, item, seats=seats, buyer=ADMINISTRATOR, now=now)
            return item

    def cut(self, target: str, *, seats: int) -> Subscription:
        """Set the seats of a subscription even below those in use, as a partner's cut may."""
        with self._lock:
            item = self._subscription(target)
            item.resize(seats, self._now())
            return item

    def cancel(self, target: str, *, force: bool = False) -> Subscription:
        """End a subscription at once; it skips the days of grace.

        Raises: Refusal for more than 25 seats bought directly (C02), unless forced, and during
            a credit check (B06).
        """
        with self._lock:
            now = self._now()
            item = self._subscription(target)
            _refuse_unchecked(item, now)
            if item.owner_tenant is None and item.seats > CANCEL_ONLINE_MAX and not force:
                raise Refusal(
                    f"{item.seats} seats cannot be cancelled online, "
                    f"reduce them to {CANCEL_ONLINE_MAX} or fewer first"
                )
            item.stop(now, status=self._tenant.entry.purchase.cancelled_as)
            return item

    def upgrade(self, target: str, *, sku: str, seats: int | None = None) -> Subscription:
        """Use the Upgrade tab of a subscription: buy, move everybody, cancel.

        Raises: Refusal with the first reason for which the tab is closed, and during a credit
            check.
        """
        with self._lock:
            now, tenant = self._now(), self._tenant
            item, product = self._subscription(target), load_products().find(sku)
            _refuse_unchecked(item, now)
            wanted = item.seats if seats is None else seats
            for why in refusals(tenant, item, product=product, seats=wanted, now=now):
                raise Refusal(why)
            return use_upgrade_tab(tenant, item, product=product, seats=wanted, now=now)

    def renew(self, target: str, *, on: bool) -> Subscription:
        """Switch recurring billing of a subscription on or off."""
        with self._lock:
            item = self._subscription(target)
            item.set_renewal(self._now(), on=on)
            return item

    def assign(self, user: str, *, sku: str, disabled: Sequence[str] = ()) -> None:
        """Give a license to a user.

        Raises: Refusal with Graph's reason when the rules forbid it.
        """
        product = load_products().find(sku)
        plans = [load_products().plan_id(word) for word in disabled]
        add = {"skuId": product.sku_id, "disabledPlans": plans}
        self._assign(user, {"addLicenses": [add], "removeLicenses": []})

    def unassign(self, user: str, *, sku: str) -> None:
        """Take a license from a user.

        Raises: Refusal with Graph's reason when the user does not hold it directly.
        """
        product = load_products().find(sku)
        self._assign(user, {"addLicenses": [], "removeLicenses": [product.sku_id]})

    def delete_user(self, user: str) -> None:
        """Delete a user; the seats are free at once.

        Raises: Refusal when there is no such user.
        """
        with self._lock, _refusing():
            found = self._tenant.user(user)
            now = self._now()
            self._tenant.change(found, found.state.with_changes(deleted_at=now), now=now)

    def pass_credit_check(self, target: str) -> Subscription:
        """End the credit check of a purchase now."""
        with self._lock:
            item, now = self._subscription(target), self._now()
            setup = parse_span(self._tenant.entry.purchase.provisioning)
            item.enabled_at = min(item.enabled_at, now)
            item.visible_at = min(item.visible_at, now)
            item.provisioned_at = _sooner(item.provisioned_at, setup, now=now)
            return item

    def join(self, user: str, *, group: str) -> None:
        """Put a user into a group, as a dynamic rule or the directory on premises may too.

        Raises: Refusal when there is no such user or group, or the user is in it.
        """
        with self._lock, _refusing():
            found = self._tenant.user(user)
            join(self._tenant, self._tenant.group_called(group), user=found, now=self._now())

    def leave(self, user: str, *, group: str) -> None:
        """Take a user out of a group.

        Raises: Refusal when there is no such user or group, or the user is not in it.
        """
        with self._lock, _refusing():
            found = self._tenant.user(user)
            leave(self._tenant, self._tenant.group_called(group), user=found, now=self._now())

    def _now(self) -> float:
        now = self._clock.now()
        catch_up(self._tenant, now)
        return now

    def _assign(self, user: str, body: dict[str, list[object]]) -> None:
        with self._lock, _refusing():
            found = self._tenant.user(user)
            assign_license(self._tenant, found, body=body, now=self._now())

    def _subscription(self, target: str) -> Subscription:
        now = self._now()
        live = [item for item in self._tenant.subscriptions if item.status(now) != "Deleted"]
        named = [item for item in live if target.lower() in (item.id, item.commerce_id)]
        if named:
            return named[0]
        sku_id = load_products().find(target).sku_id
        found = [item for item in live if item.sku_id == sku_id]
        running = [item for item in found if item.stopped is None]
        if len(running or found) == 1:
            return (running or found)[0]
        if not found:
            raise Refusal(f"the tenant has no subscription of {target}")
        ids = ", ".join(item.id for item in found)
        raise Refusal(f"{len(found)} subscriptions of {target}, name one by its id: {ids}")


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except GraphError as error:
        raise Refusal(error.message) from None


def _refuse_unchecked(item: Subscription, now: float) -> None:
    if not item.is_checked(now):
        raise Refusal(f"a credit check is running until {iso(item.enabled_at)}, wait for its end")


def _sooner(at: float, setup: Span, *, now: float) -> float:
    return min(at, setup.after(now))
