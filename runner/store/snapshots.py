"""What users held before a run changed anything, kept until their upgrade is over."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import func, insert, select, update

from runner.model.ids import SkuId, UserId
from runner.model.outcome import EventKind, Status
from runner.model.state import Holding, License, User
from runner.store.database import Database
from runner.store.tables import EVENTS, RUNS, SNAPSHOTS, Moment

Holdings = tuple[Holding, ...]
_IS_OPEN = SNAPSHOTS.c.closed_at.is_(None)
_NEVER = datetime.min.replace(tzinfo=UTC)


class _Body(msgspec.Struct):
    """A snapshot on disk: every set of holdings once, and which of them a user has."""

    holdings: tuple[Holdings, ...]
    users: tuple[tuple[UserId, int], ...]


class Snapshots:
    """Snapshots are open until a run of their playbook leaves the tenant done."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._moved_at: dict[UserId, datetime] | None = None

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
            row = {"run": run, "tenant": tenant, "playbook": playbook, "at": at, "body": body}
            with self._db.writing() as connection:
                connection.execute(insert(SNAPSHOTS), row)

    def close(self, tenant: str, *, playbook: str, at: datetime) -> None:
        """Close what runs of a playbook have kept."""
        kept = update(SNAPSHOTS).where(
            SNAPSHOTS.c.tenant == tenant, SNAPSHOTS.c.playbook == playbook, _IS_OPEN
        )
        with self._db.writing() as connection:
            connection.execute(kept.values(closed_at=at))

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
        first = select(func.min(SNAPSHOTS.c.at)).where(SNAPSHOTS.c.tenant == tenant, _IS_OPEN)
        with self._db.reading() as connection:
            since = connection.scalar(first) or _NEVER
        moved_at = self._moves()
        return {user: held for user, held in found.items() if moved_at.get(user, _NEVER) < since}

    def before_run(self, run: str, tenant: str) -> Mapping[UserId, tuple[License, ...]]:
        """Return the direct licenses that users held before a run, as kept by it or earlier."""
        begun = select(RUNS.c.started_at).where(RUNS.c.id == run).scalar_subquery()
        earlier = select(RUNS.c.id).where(RUNS.c.started_at <= begun)
        kept = select(SNAPSHOTS.c.run, SNAPSHOTS.c.body).where(
            SNAPSHOTS.c.tenant == tenant, SNAPSHOTS.c.run.in_(earlier)
        )
        with self._db.reading() as connection:
            rows = connection.execute(kept.order_by(SNAPSHOTS.c.id)).all()
        found: dict[UserId, tuple[License, ...]] = {}
        own: set[UserId] = set()
        for of_run, content in rows:
            body = msgspec.json.decode(content, type=_Body)
            for user, place in body.users:
                if user not in own:
                    held = body.holdings[place]
                    found[user] = tuple(h.license for h in held if h.by_group is None)
                    own.update((user,) if of_run == run else ())
        return found

    def _open(self, tenant: str, playbook: str | None = None) -> Iterator[_Body]:
        kept = select(SNAPSHOTS.c.body).where(SNAPSHOTS.c.tenant == tenant, _IS_OPEN)
        if playbook is not None:
            kept = kept.where(SNAPSHOTS.c.playbook == playbook)
        with self._db.reading() as connection:
            bodies = connection.scalars(kept.order_by(SNAPSHOTS.c.id)).all()
        for body in bodies:
            yield msgspec.json.decode(body, type=_Body)

    def _moves(self) -> dict[UserId, datetime]:
        """Return when users were last moved or restored, of all tenants, read once per command."""
        if self._moved_at is None:
            moves = select(
                EVENTS.c.data["subject"].as_string().label("subject"),
                func.max(EVENTS.c.at, type_=Moment),
            ).where(
                EVENTS.c.kind == EventKind.OUTCOME.value,
                EVENTS.c.step.like("%/move_users/%"),
                EVENTS.c.data["status"].as_string() == Status.CHANGED.value,
            )
            with self._db.reading() as connection:
                rows = connection.execute(moves.group_by("subject")).all()
            self._moved_at = {UserId(user): at for user, at in rows}
        return self._moved_at


def _skus(held: tuple[License, ...]) -> set[SkuId]:
    return {each.sku for each in held}
