"""What users held before a run changed anything, kept until their upgrade is over."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from runner.model.ids import SkuId, UserId
from runner.model.outcome import EventKind, Status
from runner.model.state import Holding, License, User
from runner.store.database import as_text

Holdings = tuple[Holding, ...]


class _Body(msgspec.Struct):
    """A snapshot on disk: every set of holdings once, and which of them a user has."""

    holdings: tuple[Holdings, ...]
    users: tuple[tuple[UserId, int], ...]


class Snapshots:
    """Snapshots are open until a run of their playbook leaves the tenant done."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._moved_at: dict[UserId, str] | None = None

    def save(
        self, run: str, tenant: str, *, playbook: str, at: datetime, users: Sequence[User]
    ) -> None:
        """Keep what users hold; who still holds what an open snapshot says is not kept again."""
        kept = self._open(tenant, playbook)
        last = {user: body.holdings[place] for body in kept for user, place in body.users}
        sets: dict[int, int] = {}
        holdings: list[Holdings] = []
        rows: list[tuple[UserId, int]] = []
        for user in users:
            if last.get(user.id) == user.holdings:
                continue
            place = sets.setdefault(id(user.holdings), len(sets))
            if place == len(holdings):
                holdings.append(user.holdings)
            rows.append((user.id, place))
        if rows:
            body = msgspec.json.encode(_Body(holdings=tuple(holdings), users=tuple(rows)))
            self._db.execute(
                "INSERT INTO snapshots(run, tenant, playbook, at, body) VALUES (?, ?, ?, ?, ?)",
                (run, tenant, playbook, as_text(at), body),
            )

    def close(self, tenant: str, *, playbook: str, at: datetime) -> None:
        """Close what runs of a playbook have kept."""
        self._db.execute(
            "UPDATE snapshots SET closed_at = ?"
            " WHERE tenant = ? AND playbook = ? AND closed_at IS NULL",
            (as_text(at), tenant, playbook),
        )

    def before(self, tenant: str) -> Mapping[UserId, tuple[License, ...]]:
        """Return the direct licenses that users of open snapshots held in the earliest of them.

        A later one counts where the user still held the same products: services were switched on
        or off in between, by them or for them.
        Users whom a run has moved since are left out: their services were never reset.
        """
        found: dict[UserId, tuple[License, ...]] = {}
        for body in self._open(tenant):
            direct = [
                tuple(h.license for h in held if h.by_group is None) for held in body.holdings
            ]
            for user, place in body.users:
                held = direct[place]
                if _skus(found.setdefault(user, held)) == _skus(held):
                    found[user] = held
        if not found:
            return found
        since = self._db.execute(
            "SELECT min(at) FROM snapshots WHERE tenant = ? AND closed_at IS NULL", (tenant,)
        ).fetchone()[0]
        moved_at = self._moves()
        return {user: held for user, held in found.items() if moved_at.get(user, "") < since}

    def before_run(self, run: str, tenant: str) -> Mapping[UserId, tuple[License, ...]]:
        """Return the direct licenses that users held before a run, as kept by it or earlier."""
        rows = self._db.execute(
            "SELECT run, body FROM snapshots WHERE tenant = ? AND (run = ? OR run IN"
            " (SELECT id FROM runs WHERE started_at < (SELECT started_at FROM runs WHERE id = ?)))"
            " ORDER BY id",
            (tenant, run, run),
        )
        found: dict[UserId, tuple[License, ...]] = {}
        own: set[UserId] = set()
        for of_run, content in rows.fetchall():
            body = msgspec.json.decode(content, type=_Body)
            for user, place in body.users:
                if user not in own:
                    held = body.holdings[place]
                    found[user] = tuple(h.license for h in held if h.by_group is None)
                    own.update((user,) if of_run == run else ())
        return found

    def _open(self, tenant: str, playbook: str | None = None) -> Iterator[_Body]:
        rows = self._db.execute(
            "SELECT body FROM snapshots WHERE tenant = ? AND closed_at IS NULL"
            " AND playbook = coalesce(?, playbook) ORDER BY id",
            (tenant, playbook),
        )
        for (body,) in rows.fetchall():
            yield msgspec.json.decode(body, type=_Body)

    def _moves(self) -> dict[UserId, str]:
        """Return when users were last moved or restored, of all tenants, read once per command."""
        if self._moved_at is None:
            rows = self._db.execute(
                "SELECT json_extract(data, '$.subject'), max(at) FROM events"
                " WHERE kind = ? AND step LIKE '%/move_users/%'"
                " AND json_extract(data, '$.status') = ? GROUP BY 1",
                (EventKind.OUTCOME.value, Status.CHANGED.value),
            )
            self._moved_at = {UserId(user): at for user, at in rows}
        return self._moved_at


def _skus(held: tuple[License, ...]) -> set[SkuId]:
    return {each.sku for each in held}
