"""What the tenants themselves do not show: open orders, waits, soaks, and how runs left them."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from runner.model.ids import SkuId
from runner.model.outcome import Standing, TenantStanding, Wait
from runner.model.state import Memory, OpenOrder
from runner.store.database import as_text, as_time

UNDER_WAY = timedelta(days=4)
"""How long an order that its channel took may go unseen.

Source: commerce.md S09 (a credit check of two business days, over a weekend), read 2026-11-23.
"""


class Notes:
    """Orders, waits and soaks; tenants go by their tenant id."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def open_order(self, tenant: str, order: OpenOrder, *, playbook: str) -> None:
        """Record the intent and the key of an order; an open one of the step stays as it is."""
        self._db.execute(
            "INSERT OR REPLACE INTO orders SELECT ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ''"
            " WHERE NOT EXISTS (SELECT 1 FROM orders"
            " WHERE tenant = ? AND step = ? AND closed_at IS NULL)",
            (
                tenant,
                order.step,
                order.key,
                order.kind,
                order.sku,
                order.seats,
                order.opened_at.isoformat(),
                playbook,
                tenant,
                order.step,
            ),
        )

    def note_reference(self, tenant: str, step: str, reference: str) -> None:
        """Record what the channel calls an open order by."""
        self._db.execute(
            "UPDATE orders SET reference = ? WHERE tenant = ? AND step = ? AND closed_at IS NULL",
            (reference, tenant, step),
        )

    def close_order(self, tenant: str, step: str, at: datetime) -> None:
        """Record that the tenant shows what was ordered."""
        self._db.execute(
            "UPDATE orders SET closed_at = ? WHERE tenant = ? AND step = ? AND closed_at IS NULL",
            (at.isoformat(), tenant, step),
        )

    def drop_orders(
        self, tenant: str, *, keep: Collection[str], at: datetime, playbook: str
    ) -> None:
        """Close the orders of a playbook's steps that are planned no longer.

        Otherwise next year's order of the same seats would be taken for this one. What a channel
        has taken a short time ago stays open: it may be under way and nowhere to be seen.
        """
        rows = self._db.execute(
            "SELECT step FROM orders WHERE tenant = ? AND playbook = ? AND closed_at IS NULL"
            " AND (reference = '' OR opened_at < ?)",
            (tenant, playbook, (at - UNDER_WAY).isoformat()),
        )
        for (step,) in rows.fetchall():
            if step not in keep:
                self.close_order(tenant, step, at)

    def confirm_order(self, step: str, at: datetime) -> bool:
        """Record that a person says the task of a step is done; False when none is open."""
        changed = self._db.execute(
            "UPDATE orders SET confirmed_at = max(?, opened_at)"
            " WHERE step = ? AND closed_at IS NULL",
            (at.isoformat(), step),
        )
        return changed.rowcount > 0

    def note_unheld(
        self, tenant: str, *, unheld: Iterable[SkuId], looked_at: Iterable[SkuId], at: datetime
    ) -> None:
        """Record which of the SKUs looked at nobody holds: from the first such look on."""
        wanted = set(unheld)
        for sku in sorted(set(looked_at) - wanted):
            self._db.execute("DELETE FROM unheld WHERE tenant = ? AND sku = ?", (tenant, sku))
        for sku in sorted(wanted):
            self._db.execute(
                "INSERT OR IGNORE INTO unheld VALUES (?, ?, ?)", (tenant, sku, at.isoformat())
            )

    def save_waits(self, tenant: str, waits: Sequence[Wait], *, playbook: str) -> None:
        """Replace what a playbook's steps wait for; a wait that goes on keeps its beginning."""
        since = {wait.step: wait.since for wait in self.waits(tenant)}
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DELETE FROM waits WHERE tenant = ? AND playbook = ?", (tenant, playbook))
        self._db.executemany(
            "INSERT OR REPLACE INTO waits VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    tenant,
                    wait.step,
                    since.get(wait.step, wait.since).isoformat(),
                    wait.why,
                    wait.task,
                    as_text(wait.look_again_at),
                    as_text(wait.deadline_at),
                    playbook,
                )
                for wait in waits
            ],
        )
        self._db.execute("COMMIT")

    def waits(self, tenant: str | None = None) -> tuple[Wait, ...]:
        """Return everything that is waited for, in one tenant or in all."""
        rows = self._db.execute(
            "SELECT tenant, step, since, why, task, look_again_at, deadline_at FROM waits"
            " WHERE ?1 IS NULL OR tenant = ?1 ORDER BY tenant, step",
            (tenant,),
        )
        return tuple(
            Wait(
                tenant=row[0],
                step=row[1],
                since=datetime.fromisoformat(row[2]),
                why=row[3],
                task=row[4],
                look_again_at=as_time(row[5]),
                deadline_at=as_time(row[6]),
            )
            for row in rows
        )

    def remember(self, tenant: str) -> Memory:
        """Return what the tenant itself does not show."""
        orders = self._db.execute(
            "SELECT key, step, kind, sku, seats, opened_at, confirmed_at, reference FROM orders"
            " WHERE tenant = ? AND closed_at IS NULL ORDER BY opened_at, step",
            (tenant,),
        )
        confirmed = self._db.execute(
            "SELECT step, max(confirmed_at) FROM orders WHERE tenant = ? AND kind = ?"
            " AND confirmed_at IS NOT NULL GROUP BY step",
            (tenant, "stop_renewal"),
        )
        reduced = self._db.execute(
            "SELECT sku, seats FROM orders WHERE tenant = ? AND kind = ? ORDER BY opened_at",
            (tenant, "change_seats"),
        )
        unheld = self._db.execute("SELECT sku, since FROM unheld WHERE tenant = ?", (tenant,))
        return Memory(
            orders=tuple(
                OpenOrder(
                    key=row[0],
                    step=row[1],
                    kind=row[2],
                    sku=SkuId(row[3]),
                    seats=row[4],
                    opened_at=datetime.fromisoformat(row[5]),
                    confirmed_at=as_time(row[6]),
                    reference=row[7],
                )
                for row in orders
            ),
            unheld_since={SkuId(row[0]): datetime.fromisoformat(row[1]) for row in unheld},
            waiting_since={w.step: w.since for w in self.waits(tenant)},
            confirmed={row[0]: datetime.fromisoformat(row[1]) for row in confirmed},
            reduced_to={SkuId(row[0]): row[1] for row in reduced},
        )

    def save_tenant(self, row: TenantStanding) -> None:
        """Record how a run left a tenant."""
        self._db.execute(
            "INSERT OR REPLACE INTO tenants(tenant, name, run, at, state, summary)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (row.tenant, row.name, row.run, row.at.isoformat(), row.standing.value, row.summary),
        )

    def tenants(self) -> tuple[TenantStanding, ...]:
        """Return how the last run of each tenant left it."""
        rows = self._db.execute(
            "SELECT tenant, name, run, at, state, summary FROM tenants ORDER BY 2"
        )
        return tuple(
            TenantStanding(
                tenant=row[0],
                name=row[1],
                run=row[2],
                at=datetime.fromisoformat(row[3]),
                standing=Standing(row[4]),
                summary=row[5],
            )
            for row in rows
        )
