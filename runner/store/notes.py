"""What the tenants themselves do not show: open orders, waits, soaks, and how runs left them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from runner.model.ids import SkuId
from runner.model.outcome import Standing, TenantStanding, Wait
from runner.model.state import Memory, OpenOrder
from runner.store.database import Database
from runner.store.tables import ORDERS, TENANTS, UNHELD, WAITS

UNDER_WAY = timedelta(days=4)
"""How long an order that its channel took may go unseen.

Source: commerce.md S09 (a credit check of two business days, over a weekend), read 2026-11-23.
"""

UNHEARD = datetime(1970, 1, 1, tzinfo=UTC)
"""When a person said that a task is done, until a run of its tenant dates it."""

_IS_OPEN = ORDERS.c.closed_at.is_(None)


class Notes:
    """Orders, waits and soaks; tenants go by their tenant id."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def open_order(self, tenant: str, order: OpenOrder, *, playbook: str) -> None:
        """Record the intent and the key of an order; an open one of the step stays as it is."""
        step = (ORDERS.c.tenant == tenant, ORDERS.c.step == order.step)
        row = {
            "tenant": tenant,
            "step": order.step,
            "key": order.key,
            "kind": order.kind,
            "sku": order.sku,
            "seats": order.seats,
            "opened_at": order.opened_at,
            "confirmed_at": None,
            "closed_at": None,
            "playbook": playbook,
            "reference": "",
        }
        with self._db.writing() as connection:
            if connection.scalar(select(ORDERS.c.key).where(*step, _IS_OPEN)) is None:
                connection.execute(self._db.insert(ORDERS, replaces=True), row)

    def note_reference(self, tenant: str, step: str, reference: str) -> None:
        """Record what the channel calls an open order by."""
        order = update(ORDERS).where(ORDERS.c.tenant == tenant, ORDERS.c.step == step, _IS_OPEN)
        with self._db.writing() as connection:
            connection.execute(order.values(reference=reference))

    def close_order(self, tenant: str, step: str, at: datetime) -> None:
        """Record that the tenant shows what was ordered."""
        order = update(ORDERS).where(ORDERS.c.tenant == tenant, ORDERS.c.step == step, _IS_OPEN)
        with self._db.writing() as connection:
            connection.execute(order.values(closed_at=at))

    def drop_orders(
        self, tenant: str, *, keep: Collection[str], at: datetime, playbook: str
    ) -> None:
        """Close the orders of a playbook's steps that are planned no longer.

        Otherwise next year's order of the same seats would be taken for this one. What a channel
        has taken a short time ago stays open: it may be under way and nowhere to be seen.
        """
        orders = update(ORDERS).where(
            ORDERS.c.tenant == tenant,
            ORDERS.c.playbook == playbook,
            _IS_OPEN,
            or_(ORDERS.c.reference == "", ORDERS.c.opened_at < at - UNDER_WAY),
            ORDERS.c.step.not_in(sorted(keep)),
        )
        with self._db.writing() as connection:
            connection.execute(orders.values(closed_at=at))

    def confirm_order(self, step: str) -> bool:
        """Record that a person says the task of a step is done; False when none is open.

        When it counts from is the next run's to say: this machine's clock is not the tenant's.
        """
        order = update(ORDERS).where(ORDERS.c.step == step, _IS_OPEN)
        with self._db.writing() as connection:
            return connection.execute(order.values(confirmed_at=UNHEARD)).rowcount > 0

    def hear_confirmed(self, tenant: str, at: datetime) -> None:
        """Date what persons have said since the last run, by the tenant's clock."""
        said = (ORDERS.c.tenant == tenant, ORDERS.c.confirmed_at == UNHEARD)
        with self._db.writing() as connection:
            connection.execute(update(ORDERS).where(*said).values(confirmed_at=at))

    def note_unheld(
        self, tenant: str, *, unheld: Iterable[SkuId], looked_at: Iterable[SkuId], at: datetime
    ) -> None:
        """Record which of the SKUs looked at nobody holds: from the first such look on."""
        wanted = set(unheld)
        held = sorted(set(looked_at) - wanted)
        rows = [{"tenant": tenant, "sku": sku, "since": at} for sku in sorted(wanted)]
        with self._db.writing() as connection:
            connection.execute(
                delete(UNHELD).where(UNHELD.c.tenant == tenant, UNHELD.c.sku.in_(held))
            )
            if rows:
                connection.execute(self._db.insert(UNHELD, replaces=False), rows)

    def save_waits(self, tenant: str, waits: Sequence[Wait], *, playbook: str) -> None:
        """Replace what a playbook's steps wait for; a wait that goes on keeps its beginning."""
        since = {wait.step: wait.since for wait in self.waits(tenant)}
        rows = [
            {
                "tenant": tenant,
                "step": wait.step,
                "since": since.get(wait.step, wait.since),
                "why": wait.why,
                "task": wait.task,
                "look_again_at": wait.look_again_at,
                "deadline_at": wait.deadline_at,
                "playbook": playbook,
            }
            for wait in waits
        ]
        with self._db.writing() as connection:
            connection.execute(
                delete(WAITS).where(WAITS.c.tenant == tenant, WAITS.c.playbook == playbook)
            )
            if rows:
                connection.execute(self._db.insert(WAITS, replaces=True), rows)

    def waits(self, tenant: str | None = None) -> tuple[Wait, ...]:
        """Return everything that is waited for, in one tenant or in all."""
        found = select(WAITS).order_by(WAITS.c.tenant, WAITS.c.step)
        if tenant is not None:
            found = found.where(WAITS.c.tenant == tenant)
        with self._db.reading() as connection:
            rows = connection.execute(found)
            return tuple(Wait(**row) for row in rows.mappings())

    def remember(self, tenant: str) -> Memory:
        """Return what the tenant itself does not show."""
        names = ("key", "step", "kind", "sku", "seats", "opened_at", "confirmed_at", "reference")
        orders = select(*(ORDERS.c[name] for name in names)).where(
            ORDERS.c.tenant == tenant, _IS_OPEN
        )
        confirmed = (
            select(ORDERS.c.step, func.max(ORDERS.c.confirmed_at))
            .where(ORDERS.c.tenant == tenant, ORDERS.c.kind == "stop_renewal")
            .where(ORDERS.c.confirmed_at.is_not(None))
            .group_by(ORDERS.c.step)
        )
        reduced = select(ORDERS.c.sku, ORDERS.c.seats).where(
            ORDERS.c.tenant == tenant, ORDERS.c.kind == "change_seats"
        )
        ended = select(ORDERS.c.step).where(
            ORDERS.c.tenant == tenant, ORDERS.c.kind.in_(("cancel_subscription", "stop_renewal"))
        )
        left = select(ORDERS.c.sku).where(
            ORDERS.c.tenant == tenant,
            ORDERS.c.kind.in_(("cancel_subscription", "stop_renewal", "transition_subscription")),
        )
        unheld = select(UNHELD.c.sku, UNHELD.c.since).where(UNHELD.c.tenant == tenant)
        waits = select(WAITS.c.step, WAITS.c.since).where(WAITS.c.tenant == tenant)
        with self._db.reading() as connection:
            rows = connection.execute(orders.order_by(ORDERS.c.opened_at, ORDERS.c.step))
            return Memory(
                orders=tuple(OpenOrder(**row) for row in rows.mappings()),
                unheld_since=dict(connection.execute(unheld).all()),
                waiting_since=dict(connection.execute(waits).all()),
                confirmed=dict(connection.execute(confirmed).all()),
                ended=frozenset(connection.scalars(ended)),
                left=frozenset(connection.scalars(left)),
                reduced_to=dict(connection.execute(reduced.order_by(ORDERS.c.opened_at)).all()),
            )

    def save_tenant(self, row: TenantStanding) -> None:
        """Record how a run left a tenant."""
        found = {
            "tenant": row.tenant,
            "name": row.name,
            "run": row.run,
            "at": row.at,
            "state": row.standing.value,
            "summary": row.summary,
        }
        with self._db.writing() as connection:
            connection.execute(self._db.insert(TENANTS, replaces=True), found)

    def tenants(self) -> tuple[TenantStanding, ...]:
        """Return how the last run of each tenant left it."""
        with self._db.reading() as connection:
            rows = connection.execute(select(TENANTS).order_by(TENANTS.c.name))
            return tuple(
                TenantStanding(
                    tenant=row.tenant,
                    name=row.name,
                    run=row.run,
                    at=row.at,
                    standing=Standing(row.state),
                    summary=row.summary,
                )
                for row in rows
            )
