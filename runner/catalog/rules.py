"""Say which service plans exclude each other and which need others."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from runner.catalog.load import HERE, load_conflicts
from runner.model.ids import ServicePlanId


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A service plan that Microsoft assigns only beside one of the others."""

    plan: ServicePlanId
    needs_any_of: frozenset[ServicePlanId]
    source: str


class DependencyEntry(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of `dependencies.json`: ids by name, for the reader of the file."""

    name: str
    plan: ServicePlanId
    needs_any_of: dict[str, ServicePlanId]
    source: str


class DependencyFile(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in `dependencies.json`."""

    source: str
    dependencies: tuple[DependencyEntry, ...]


@lru_cache(maxsize=1)
def load_dependencies() -> tuple[Dependency, ...]:
    """Return the dependencies that are known, each with its source.

    Source: see `dependencies.json`; no call and no page of Microsoft lists them all.
    """
    file = msgspec.json.decode((HERE / "dependencies.json").read_bytes(), type=DependencyFile)
    return tuple(
        Dependency(
            plan=entry.plan,
            needs_any_of=frozenset(entry.needs_any_of.values()),
            source=entry.source,
        )
        for entry in file.dependencies
    )


def conflicts_between(
    plans: Collection[ServicePlanId],
) -> tuple[tuple[str, tuple[ServicePlanId, ...]], ...]:
    """Return per service the plans, of those enabled at once, that exclude each other.

    Order: services as in `conflicts.json`, plans sorted.
    """
    found = ((service, members & set(plans)) for service, members in load_conflicts().items())
    return tuple((service, tuple(sorted(both))) for service, both in found if len(both) > 1)


def unmet_dependencies(
    plans: Collection[ServicePlanId],
) -> tuple[tuple[ServicePlanId, tuple[ServicePlanId, ...]], ...]:
    """Return the plans, of those enabled at once, that need one of others and have none.

    Order: plans as in `dependencies.json`, what they need sorted.
    """
    return tuple(
        (dependency.plan, tuple(sorted(dependency.needs_any_of)))
        for dependency in load_dependencies()
        if dependency.plan in plans and dependency.needs_any_of.isdisjoint(plans)
    )


def broken_dependencies(
    a: Collection[ServicePlanId], b: Collection[ServicePlanId]
) -> tuple[Dependency, ...]:
    """Return what `b` leaves without what it needs: plans of its own, and what leaned on `a`."""
    return tuple(
        dependency
        for dependency in load_dependencies()
        if dependency.needs_any_of.isdisjoint(b)
        and (dependency.plan in b or not dependency.needs_any_of.isdisjoint(a))
    )
