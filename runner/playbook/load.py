"""Playbooks and inventories together: one `TenantSpec` per tenant, or every problem at once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from runner.model.findings import Finding, Origin, ProviderError
from runner.model.ids import SkuId
from runner.model.spec import Loaded, Pace, SubscriptionWant, Tenant, TenantSpec
from runner.playbook.fleet import Fleet, require_inventory
from runner.playbook.members import Member
from runner.playbook.names import Names
from runner.playbook.options import LoadOptions
from runner.playbook.patterns import pattern_of
from runner.playbook.plays import Play, PlayReader, PlayWants, read_plays, with_tags
from runner.playbook.policies import read_rules
from runner.playbook.problems import Problems, problem
from runner.playbook.scope import Scope, Unrendered
from runner.playbook.text import read_bytes
from runner.playbook.tree import MarkedMap
from runner.playbook.waves import Schedule, cut

Chosen = tuple[Play, PlayWants, str]
Combined = tuple[tuple[TenantSpec, ...], tuple[Pace, ...], Mapping[str, Finding]]


def load(playbooks: Sequence[Path], *, options: LoadOptions) -> Loaded:
    """Return what the playbooks want of every tenant they name.

    Raises: PlaybookError with all problems of all files, when there is any.
    """
    problems = Problems()
    require_inventory(options, problems)
    files = _read(playbooks, problems)
    specs, paces, unread = _specs(files, options, problems=problems)
    rules = read_rules(options, problems=problems)
    problems.refuse()
    return Loaded(
        playbook_file=", ".join(map(str, playbooks)),
        playbook_digest=f"sha256:{hashlib.sha256(b''.join(files.values())).hexdigest()}",
        specs=specs,
        unread=unread,
        paces=paces,
        rules=rules,
    )


def validate(playbooks: Sequence[Path], options: LoadOptions) -> tuple[Finding, ...]:
    """Return every problem of each playbook and policy, and notes of what only a plan finds.

    Nothing outside is asked. Without an inventory it is all that can be known then.
    """
    problems = Problems()
    options = replace(options, find_customers=None, read_facts=None)
    for playbook in playbooks:
        _specs(_read([playbook], problems), options, problems=problems, checks_all=True)
    read_rules(options, problems=problems)
    return (*problems.all(), *problems.notes())


def load_inventory(
    options: LoadOptions, *, tenants: Sequence[str] = ("all",)
) -> tuple[Tenant, ...]:
    """Return the tenants that patterns name, without those that `--limit` leaves out.

    Raises: PlaybookError with all problems, when there is any, ProviderError when nobody knows
    whether a pattern means a tenant.
    """
    problems = Problems()
    fleet = Fleet(options, playbook_dirs=(), problems=problems)
    require_inventory(options, problems)
    members: list[Member | None] = []
    if fleet.is_usable:
        names = fleet.select(pattern_of(tenants, Origin(file="the command line", line=0)))
        members = [fleet.member(name) for name in names]
        if not names and not problems:
            fleet.limit_missed()
        for why in fleet.unread.values():
            problems.refuse()
            raise ProviderError(why.summary, hint=why.hint, where=why.where)
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
) -> Combined:
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
    return (), (), {}


class _Combiner:
    """Puts the plays that name a tenant together, in playbook order."""

    def __init__(self, fleet: Fleet, reader: PlayReader, *, problems: Problems) -> None:
        self._fleet = fleet
        self._reader = reader
        self._problems = problems

    def combine(self, plays: tuple[Play, ...]) -> Combined:
        """Return one spec per tenant, wave by wave, and the pace of every wave."""
        by_tenant: dict[str, list[Play]] = {}
        schedule = Schedule()
        for play in plays:
            names = self._names(play)
            self._schedule(play, names, schedule)
            for name in names:
                by_tenant.setdefault(name, []).append(play)
            if not names:
                self._reader.read_alone(play, self._fleet.extra)
        if plays and not by_tenant and not self._problems:
            self._fleet.limit_missed()
        unread = self._fleet.unread
        known = {name: chosen for name, chosen in by_tenant.items() if name not in unread}
        specs = [self._spec(name, chosen) for name, chosen in known.items()]
        return _in_waves([spec for spec in specs if spec], schedule), schedule.paces(), unread

    def _schedule(self, play: Play, names: tuple[str, ...], schedule: Schedule) -> None:
        """Add the waves of a play; its tenants have all a `wave` of their own, or none has."""
        if not names:
            return
        scope = Scope([play.variables, self._fleet.extra], problems=self._problems)
        sizes, pace = self._reader.pace(play, scope)
        members = [self._fleet.member(name) for name in names]
        numbers = {m.tenant.name: m.wave for m in members if m and m.wave is not None}
        if numbers and len(numbers) < len([each for each in members if each]):
            self._problems.add(
                problem(
                    "no-wave",
                    f"{len(numbers)} of {len(names)} tenants of this play have a `wave`",
                    at=play.tree.values_at["tenants"],
                    hint="give all of them one, such as `wave: 2` in the vars of the group `all`",
                )
            )
        schedule.add(cut(names, sizes, numbers=numbers), pace)

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


def _in_waves(specs: list[TenantSpec], schedule: Schedule) -> tuple[TenantSpec, ...]:
    """Return the specs with their waves, in the order of the waves."""
    waves = schedule.waves()
    of = {name: number for number, wave in enumerate(waves, 1) for name in wave}
    placed = (replace(s, wave=of[s.tenant.name], waves=len(waves)) for s in specs)
    return tuple(sorted(placed, key=lambda spec: spec.wave))
