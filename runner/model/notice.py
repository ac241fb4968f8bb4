"""Who is told of a run, and what a message says."""

from dataclasses import dataclass

from runner.model.findings import Origin
from runner.model.outcome import EventKind
from runner.model.spec import SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that gets messages; of `tenant_finished` only those standings, where given."""

    url: SecretRef
    kinds: frozenset[EventKind]
    only: frozenset[str]
    form: str
    where: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is said of one event: a title and lines below it, without anything personal."""

    title: str
    lines: tuple[str, ...] = ()
