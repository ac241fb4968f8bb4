"""Turn Microsoft's table of products and service plans into the project's own file."""

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from runner.catalog.load import HERE
from runner.catalog.text import lookup_key, printed
from runner.model.catalog import Product, ServicePlan
from runner.model.findings import RunnerError
from runner.model.ids import ServicePlanId, SkuId, service_plan_id, sku_id

SOURCE = "Microsoft: Product names and service plan identifiers for licensing, CC BY 4.0"
COLUMNS = [
    "Product_Display_Name",
    "String_Id",
    "GUID",
    "Service_Plan_Name",
    "Service_Plan_Id",
    "Service_Plans_Included_Friendly_Names",
]


class Row(NamedTuple):
    """One line of the table: a product and one service plan that it contains."""

    product_name: str
    part_number: str
    sku: SkuId
    plan_name: str
    plan: ServicePlanId
    plan_friendly_name: str


def read_rows(lines: Iterable[str]) -> tuple[Row, ...]:
    """Read the table, each cell as it is printed and each GUID as it is compared."""
    reader = csv.reader(lines)
    columns = next(reader, [])
    if columns != COLUMNS:
        raise RunnerError(
            f"the first line has the columns {', '.join(columns) or 'of an empty file'}",
            hint=f"the table has the columns {', '.join(COLUMNS)}",
        )
    return tuple(
        Row(
            printed(name),
            printed(part),
            sku_id(sku),
            printed(plan),
            service_plan_id(id_),
            printed(friendly),
        )
        for name, part, sku, plan, id_, friendly in reader
    )


def spellings(texts: Iterable[str]) -> tuple[str, ...]:
    """Merge texts that differ in case and blanks only, the most frequent first.

    Order: frequency, then the order of the table; of several spellings one that is not all
    capitals is kept, because the table prints some names both ways.
    """
    merged: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        merged[lookup_key(text)][text] += 1
    ranked = sorted(merged.values(), key=lambda counts: -counts.total())
    return tuple(
        max(counts, key=lambda text: (not text.isupper(), counts[text])) for counts in ranked
    )


def read_service_plans(rows: Sequence[Row]) -> tuple[ServicePlan, ...]:
    """Return every service plan of the table once, sorted by name."""
    by_plan: dict[ServicePlanId, list[Row]] = defaultdict(list)
    for row in rows:
        by_plan[row.plan].append(row)
    plans = (
        ServicePlan(id=plan, name=_plan_name(found), friendly_name=_friendly_name(found))
        for plan, found in by_plan.items()
    )
    return tuple(sorted(plans, key=lambda plan: (plan.name.casefold(), plan.id)))


def _plan_name(rows: Sequence[Row]) -> str:
    return Counter(row.plan_name for row in rows).most_common(1)[0][0]


def _friendly_name(rows: Sequence[Row]) -> str:
    """Prefer what differs from the technical name, which some rows repeat."""
    name = lookup_key(_plan_name(rows))
    printed_names = [row.plan_friendly_name for row in rows]
    friendly = [text for text in printed_names if lookup_key(text) != name]
    return spellings(friendly or printed_names)[0]


def read_products(rows: Sequence[Row], plans: Sequence[ServicePlan]) -> tuple[Product, ...]:
    """Return every product of the table once, sorted by part number, its plans by name."""
    position = {plan.id: place for place, plan in enumerate(plans)}
    by_sku: dict[SkuId, list[Row]] = defaultdict(list)
    for row in rows:
        by_sku[row.sku].append(row)
    products = (
        Product(
            id=sku,
            part_numbers=spellings(row.part_number for row in found),
            names=spellings(row.product_name for row in found),
            service_plans=tuple(sorted({row.plan for row in found}, key=position.__getitem__)),
        )
        for sku, found in by_sku.items()
    )
    return tuple(sorted(products, key=lambda item: (item.part_numbers[0].casefold(), item.id)))


def resolve_families(
    families: bytes, plans: Iterable[ServicePlan]
) -> dict[str, list[ServicePlanId]]:
    """Return the ids of each family in tier order.

    Raises: RunnerError when a family names a plan that the table lacks or that another has.
    """
    ids: dict[str, list[ServicePlanId]] = defaultdict(list)
    for plan in plans:
        ids[plan.name].append(plan.id)
    owner: dict[str, str] = {}
    resolved: dict[str, list[ServicePlanId]] = {}
    for family in json.loads(families)["families"]:
        for name in family["service_plans"]:
            if name not in ids:
                raise RunnerError(f"family {family['name']}: the table has no service plan {name}")
            if owner.setdefault(name, family["name"]) != family["name"]:
                raise RunnerError(f"family {family['name']}: {name} is also in {owner[name]}")
        resolved[family["name"]] = [id_ for name in family["service_plans"] for id_ in ids[name]]
    return resolved


def build_catalog(lines: Iterable[str], *, families: bytes, as_of: str) -> str:
    """Return the text of the catalog's own file: same table, same bytes."""
    rows = read_rows(lines)
    plans = read_service_plans(rows)
    products = read_products(rows, plans)
    resolved = resolve_families(families, plans)
    sections = [
        f'"as_of": {json.dumps(as_of)}',
        f'"source": {json.dumps(SOURCE)}',
        _section("service_plans", "[]", map(_plan_line, plans)),
        _section("products", "[]", map(_product_line, products)),
        _section("families", "{}", _family_lines(resolved)),
    ]
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _section(name: str, brackets: str, lines: Iterable[str]) -> str:
    return f'"{name}": {brackets[0]}\n' + ",\n".join(lines) + f"\n{brackets[1]}"


def _plan_line(plan: ServicePlan) -> str:
    return json.dumps({"id": plan.id, "name": plan.name, "friendly_name": plan.friendly_name})


def _product_line(product: Product) -> str:
    return json.dumps(
        {
            "id": product.id,
            "part_numbers": product.part_numbers,
            "names": product.names,
            "service_plans": product.service_plans,
        },
        separators=(",", ":"),
    )


def _family_lines(families: Mapping[str, Sequence[ServicePlanId]]) -> Iterator[str]:
    for name, plans in families.items():
        yield f"{json.dumps(name)}: {json.dumps(plans)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the file from the table named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m runner.catalog.build", description=__doc__)
    parser.add_argument("csv", type=Path, help="Microsoft's table as CSV")
    parser.add_argument("--as-of", required=True, help="day of the table, such as 2026-07-29")
    parser.add_argument("--out", type=Path, default=HERE / "products.json")
    chosen = parser.parse_args(arguments)
    families = (HERE / "families.json").read_bytes()
    try:
        with chosen.csv.open(encoding="utf-8-sig", newline="") as lines:
            text = build_catalog(lines, families=families, as_of=chosen.as_of)
    except RunnerError as problem:
        sys.exit(f"error: {problem}")
    chosen.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
