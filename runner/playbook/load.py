"""Playbooks and inventories together: one `TenantSpec` per tenant, or every problem at once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from runner.model.findings import Finding, Origin
from runner.model.ids import SkuId
from runner.model.spec import Loaded, SubscriptionWant, Tenant, TenantSpec
from runner.playbook.fleet import Fleet, Member, require_inventory
from runner.playbook.names import Names
from runner.playbook.options import LoadOptions
from runner.playbook.patterns import pattern_of
from runner.playbook.plays import Play, PlayReader, PlayWants, read_plays, with_tags
from runner.playbook.problems import Problems, problem
from runner.playbook.scope import Scope, Unrendered
from runner.playbook.text import read_bytes
from runner.playbook.tree import MarkedMap

Chosen = tuple[Play, PlayWants, str]


def load(playbooks: Sequence[Path], *, options: LoadOptions) -> Loaded:
    """Return what the playbooks want of every tenant they name.

    Raises: PlaybookError with all problems of all files, when there is any.
    """
    problems = Problems()
    require_inventory(options, problems)
    files = _read(playbooks, problems)
    specs = _specs(files, options, problems=problems)
    problems.refuse()
    return Loaded(
        playbook_file=", ".join(map(str, playbooks)),
        playbook_digest=f"sha256:{hashlib.sha256(b''.join(files.values())).hexdigest()}",
        specs=specs,
    )


def validate(playbooks: Sequence[Path], options: LoadOptions) -> tuple[Finding, ...]:
    """Return every problem of each playbook; without an inventory, all that can be known then."""
    problems = Problems()
    for playbook in playbooks:
        _specs(_read([playbook], problems), options, problems=problems, checks_all=True)
    return problems.all()


def load_inventory(
    options: LoadOptions, *, tenants: Sequence[str] = ("all",)
) -> tuple[Tenant, ...]:
    """Return the tenants that patterns name, without those that `--limit` leaves out.

    Raises: PlaybookError with all problems, when there is any.
    """
    problems = Problems()
    fleet = Fleet(options, playbook_dirs=(), problems=problems)
    require_inventory(options, problems)
    members: list[Member | None] = []
    if fleet.is_usable:
        names = fleet.select(pattern_of(tenants, Origin(file="the command line")))
        members = [fleet.member(name) for name in names]
        if not names and not problems:
            fleet.limit_missed()
    problems.refuse()
    return tuple(member.tenant for member in members if member)


def _read(playbooks: Iterable[Path], problems: Problems) -> dict[Path, bytes]:
    """Return the bytes of each file, read once, so that the digest is of what was understood."""
    files = {path: read_bytes(path, problems) for path in playbooks}
    return {path: raw for path, raw in files.items() if raw is not None}


def _specs(
    files: Mapping[Path, bytes],
    options: LoadOptions,
    *,
    problems: Problems,
    checks_all: bool = False,
) -> tuple[TenantSpec, ...]:
    found = (read_plays(raw, path, problems=problems) for path, raw in files.items())
    plays = with_tags(tuple(chain.from_iterable(found)), options.tags, problems=problems)
    directories = [path.parent for path in files]
    fleet = Fleet(options, playbook_dirs=directories, problems=problems)
    reader = PlayReader(Names(options, problems))
    if fleet.is_usable:
        if checks_all:
            fleet.check()
        return _Combiner(fleet, reader, problems=problems).combine(plays)
    for play in plays:
        reader.read_alone(play, fleet.extra)
    return ()


class _Combiner:
    """Puts the plays that name a tenant together, in playbook order."""

    def __init__(self, fleet: Fleet, reader: PlayReader, *, problems: Problems) -> None:
        self._fleet = fleet
        self._reader = reader
        self._problems = problems

    def combine(self, plays: tuple[Play, ...]) -> tuple[TenantSpec, ...]:
        """Return one spec per tenant, in the order in which plays name them."""
        by_tenant: dict[str, list[Play]] = {}
        for play in plays:
            names = self._names(play)
            for name in names:
                by_tenant.setdefault(name, []).append(play)
            if not names:
                self._reader.read_alone(play, self._fleet.extra)
        if plays and not by_tenant and not self._problems:
            self._fleet.limit_missed()
        specs = (self._spec(name, chosen) for name, chosen in by_tenant.items())
        return tuple(spec for spec in specs if spec)

    def _names(self, play: Play) -> tuple[str, ...]:
        if "tenants" not in play.tree:
            return ()
        at = play.tree.values_at["tenants"]
        scope = Scope([play.variables, self._fleet.extra], problems=self._problems)
        try:
            said = scope.render(play.tree["tenants"], at)
        except Unrendered:
            return ()
        texts = said if isinstance(said, list) else [said]
        return self._fleet.select(pattern_of(map(str, texts), at))

    def _spec(self, name: str, plays: list[Play]) -> TenantSpec | None:
        member = self._fleet.member(name)
        if member is None:
            return None
        chosen = [self._read(play, member) for play in plays]
        subscriptions = [want for _, wants, _ in chosen for want in wants.subscriptions]
        self._refuse_doubles(subscriptions, name)
        return TenantSpec(
            tenant=member.tenant,
            plays=tuple(title for _, _, title in chosen),
            wave=1,
            waves=1,
            subscriptions=tuple(subscriptions),
            assignments=tuple(want for _, wants, _ in chosen for want in wants.assignments),
            limits=tuple(limit for _, wants, _ in chosen for limit in wants.limits),
            windows=tuple(window for _, wants, _ in chosen for window in wants.windows),
            unsupported=(
                *member.unsupported,
                *(key for _, wants, _ in chosen for key in wants.unsupported),
            ),
            where=plays[0].at,
        )

    def _read(self, play: Play, member: Member) -> Chosen:
        layers: list[MarkedMap] = [member.variables, play.variables, self._fleet.extra]
        scope = Scope(layers, problems=self._problems, tenant=member.facts())
        wants = self._reader.read(play, scope, tenant=member.tenant)
        return play, wants, self._reader.name(play, scope)

    def _refuse_doubles(self, wants: list[SubscriptionWant], tenant: str) -> None:
        seen: dict[SkuId, SubscriptionWant] = {}
        for want in wants:
            first = seen.setdefault(want.sku, want)
            if first is not want:
                self._problems.add(
                    problem(
                        "double-sku",
                        f"this product is wanted a second time, first in {first.where}",
                        at=want.where,
                        hint="keep one entry per product and tenant",
                        detail=f"tenant {tenant}",
                    )
                )
