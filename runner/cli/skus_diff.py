"""Show what a user gains, keeps and loses between two products."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from runner.catalog import (
    Comparison,
    Dependency,
    Miss,
    MissKind,
    broken_dependencies,
    compare,
    conflicts_between,
    find_sku,
    has_teams,
    plan_friendly_name,
    plan_name,
    redundant_add_ons,
)
from runner.catalog.add_ons import user_plans
from runner.catalog.compare import PlanPair, by_name
from runner.cli.exits import ERROR
from runner.model.catalog import Catalog, Product
from runner.model.ids import ServicePlanId, SkuId

TEAMS_OFFERS = (
    "`Microsoft_Teams_Enterprise_New`, in the EEA and Switzerland `Microsoft_Teams_EEA_New`"
)
"""What Microsoft sells beside a suite without Teams.

Source: Microsoft Partner Center, announcement of October 2023, and the catalog; read 2026-11-22.
"""

Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Two products, and what follows from having the second instead of the first."""

    catalog: Catalog
    before: Product
    after: Product
    comparison: Comparison
    conflicts: tuple[tuple[str, tuple[ServicePlanId, ...]], ...]
    broken: tuple[Dependency, ...]
    add_ons: tuple[SkuId, ...]


def show_diff(catalog: Catalog, words: Sequence[str], *, as_json: bool) -> None:
    """Print the comparison of two products as text or as one JSON document."""
    if len(words) != 2:
        raise click.UsageError(
            f"`skus diff` takes two products, not {len(words)}: put names with blanks in quotes"
        )
    found = [find_sku(catalog, word) for word in words]
    misses = [each for each in found if isinstance(each, Miss)]
    if misses:
        click.echo("\n".join(_unfound(catalog, miss) for miss in misses), err=True)
        raise SystemExit(ERROR)
    before, after = (catalog.products[sku] for sku in found if not isinstance(sku, Miss))
    diff = make_diff(catalog, before, after)
    if as_json:
        click.echo(json.dumps(_document(diff), indent=2))
    else:
        click.echo("\n".join(_lines(diff)))


def make_diff(catalog: Catalog, before: Product, after: Product) -> Diff:
    """Return all that is known about having one product instead of another."""
    a, b = before.service_plans, after.service_plans
    already = redundant_add_ons(catalog, before.id, catalog.products)
    redundant = redundant_add_ons(catalog, after.id, catalog.products)
    return Diff(
        catalog=catalog,
        before=before,
        after=after,
        comparison=compare(catalog, a, b),
        conflicts=conflicts_between({*a, *b}),
        broken=broken_dependencies(a, b),
        add_ons=tuple(sku for sku in redundant if sku not in {before.id, *already}),
    )


def _unfound(catalog: Catalog, miss: Miss) -> str:
    if miss.kind is MissKind.AMBIGUOUS:
        return (
            f"error[ambiguous-sku]: `{miss.text}` fits {len(miss.nearest)} products\n"
            f"hint: write the GUID of one: {'; '.join(miss.nearest)}"
        )
    count = len(catalog.products)
    nearest = "; ".join(miss.nearest)
    hint = f"the nearest are {nearest}" if nearest else "search with `upgrade-runner skus WORDS`"
    return (
        f"error[unknown-sku]: none of the {count} products of {catalog.as_of} is `{miss.text}`\n"
        f"hint: {hint}"
    )


def _lines(diff: Diff) -> Iterator[str]:
    found = diff.comparison
    yield f"{diff.before.names[0]} → {diff.after.names[0]}"
    products = [(each.part_numbers[0], each.id) for each in (diff.before, diff.after)]
    yield from (f"  {line}" for line in _table(products))
    yield from _section("gains what is new", "+", _plans(diff, found.gained))
    yield from _section("gains a higher tier", "↑", _pairs(diff, found.moved_up))
    yield from _section("gains a lower tier", "↓", _pairs(diff, found.moved_down))
    yield from _section("loses", "-", _plans(diff, found.lost))
    yield from _section("keeps", "=", _plans(diff, found.kept))
    yield from _section("conflicts while both are held", "!", _conflicts(diff))
    yield from _section("dependencies that break", "!", _broken(diff))
    yield from _section("add-ons that become redundant", "·", _add_ons(diff))
    if not has_teams(diff.catalog, diff.after.service_plans):
        yield ""
        yield f"! {diff.after.names[0]} has no Teams{_way_to_teams(diff)}"
    yield ""
    yield f"Diff: {_sums(diff)}. Catalog of {diff.catalog.as_of}."


def _sums(diff: Diff) -> str:
    """Return the sums as plans count them: a tier that takes the place of another is gained."""
    found = diff.comparison
    gained = set(diff.after.service_plans) - set(diff.before.service_plans)
    moved = gained - set(found.gained)
    tiers = f", {len(moved)} of them in place of another tier" if moved else ""
    return f"gains {len(gained)} services{tiers}, keeps {len(found.kept)}, loses {len(found.lost)}"


def _way_to_teams(diff: Diff) -> str:
    if not has_teams(diff.catalog, diff.before.service_plans):
        return f", nor has {diff.before.names[0]}"
    return f": who uses it needs a license for it in the same move, {TEAMS_OFFERS}"


def _section(title: str, mark: str, rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        yield ""
        yield f"{title} ({len(rows)})"
        yield from (f"  {mark} {line}" for line in _table(rows))


def _table(rows: Sequence[Row]) -> list[str]:
    width = max(len(row[0]) for row in rows)
    return [f"{left.ljust(width)}  {right}" for left, right in rows]


def _plans(diff: Diff, plans: Sequence[ServicePlanId]) -> list[Row]:
    catalog = diff.catalog
    return [(plan_name(catalog, plan), plan_friendly_name(catalog, plan)) for plan in plans]


def _pairs(diff: Diff, pairs: Sequence[PlanPair]) -> list[Row]:
    rows = [_plans(diff, pair) for pair in pairs]
    return [(f"{old[0]} → {new[0]}", f"{old[1]} → {new[1]}") for old, new in rows]


def _names(diff: Diff, plans: Sequence[ServicePlanId] | frozenset[ServicePlanId]) -> list[str]:
    return [plan_name(diff.catalog, plan) for plan in by_name(diff.catalog, plans)]


def _conflicts(diff: Diff) -> list[Row]:
    return [
        (service, f"{', '.join(_names(diff, plans))}: one at most, so swap in one call")
        for service, plans in diff.conflicts
    ]


def _broken(diff: Diff) -> list[Row]:
    return [
        (
            plan_name(diff.catalog, each.plan),
            f"{plan_friendly_name(diff.catalog, each.plan)} needs "
            f"{' or '.join(_names(diff, each.needs_any_of))}",
        )
        for each in diff.broken
    ]


def _add_ons(diff: Diff) -> list[Row]:
    """Fold products with the same services into one line, the shortest part number first."""
    alike: dict[frozenset[ServicePlanId], list[Product]] = defaultdict(list)
    for sku in diff.add_ons:
        product = diff.catalog.products[sku]
        alike[user_plans(product)].append(product)
    rows = []
    for products in alike.values():
        first = min(products, key=lambda each: (len(each.part_numbers[0]), each.part_numbers[0]))
        more = len(products) - 1
        also = f", and {more} more with the same services" if more else ""
        rows.append((first.part_numbers[0], f"{first.names[0]}{also}"))
    return sorted(rows)


def _document(diff: Diff) -> dict[str, Any]:
    found, catalog = diff.comparison, diff.catalog
    return {
        "as_of": catalog.as_of,
        "source": catalog.source,
        "before": _product(diff.before),
        "after": _product(diff.after),
        "gained": [_plan(catalog, plan) for plan in found.gained],
        "moved_up": [_pair(catalog, pair) for pair in found.moved_up],
        "moved_down": [_pair(catalog, pair) for pair in found.moved_down],
        "lost": [_plan(catalog, plan) for plan in found.lost],
        "kept": [_plan(catalog, plan) for plan in found.kept],
        "conflicts": [
            {"service": service, "service_plans": [_plan(catalog, plan) for plan in plans]}
            for service, plans in diff.conflicts
        ],
        "broken_dependencies": [_dependency(catalog, each) for each in diff.broken],
        "redundant_add_ons": [_product(catalog.products[sku]) for sku in diff.add_ons],
        "has_teams": has_teams(catalog, diff.after.service_plans),
    }


def _product(product: Product) -> dict[str, Any]:
    return {"id": product.id, "part_numbers": product.part_numbers, "names": product.names}


def _plan(catalog: Catalog, plan: ServicePlanId) -> dict[str, Any]:
    return {
        "id": plan,
        "name": plan_name(catalog, plan),
        "friendly_name": plan_friendly_name(catalog, plan),
        "family": catalog.families.get(plan),
    }


def _pair(catalog: Catalog, pair: PlanPair) -> dict[str, Any]:
    return {"from": _plan(catalog, pair[0]), "to": _plan(catalog, pair[1])}


def _dependency(catalog: Catalog, broken: Dependency) -> dict[str, Any]:
    needed = by_name(catalog, broken.needs_any_of)
    return {
        "service_plan": _plan(catalog, broken.plan),
        "needs_any_of": [_plan(catalog, plan) for plan in needed],
        "source": broken.source,
    }
