"""Show the products of the catalog that fit some words, or compare two of them."""

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any

import click

from runner.catalog import load_catalog, search
from runner.catalog.lookup import is_named, nearest_labels
from runner.cli.skus_diff import show_diff
from runner.model.catalog import Catalog, Product

Row = tuple[str, str, str]
GAP = "  "


@click.command(
    epilog="Example: upgrade-runner skus office 365 e5 --plans\n\n"
    'Example: upgrade-runner skus diff ENTERPRISEPACK "Office 365 E5"',
    short_help="The products of the catalog that fit some words; `diff A B` compares two.",
)
@click.argument("words", nargs=-1)
@click.option("--all", "shows_all", is_flag=True, help="List the others too if words name one.")
@click.option("--plans", is_flag=True, help="List the service plans of each product.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def skus(words: tuple[str, ...], *, shows_all: bool, plans: bool, as_json: bool) -> None:
    """List products with part number, name and GUID.

    Every word must occur in the part number, the name or a service plan; what the words name
    exactly comes first, and alone unless `--all` is given. Without words the whole catalog is
    listed.

    With `diff A B` show what a user gains, keeps and loses by having B instead of A, each a part
    number, a name or a GUID. To search for the word itself write it as `DIFF`.
    """
    catalog = load_catalog()
    if words[:1] == ("diff",):
        if plans:
            raise click.UsageError("`--plans` goes with a search, `skus diff` always lists plans")
        show_diff(catalog, words[1:], as_json=as_json)
        return
    found = search(catalog, words)
    if not found:
        click.echo(_nothing(catalog, " ".join(words)), err=True)
        raise SystemExit(1)
    if as_json:
        click.echo(json.dumps(_document(catalog, found, plans=plans), indent=2))
        return
    named = [] if shows_all else [each for each in found if is_named(each, words)]
    click.echo("\n".join(_lines(catalog, named[:1] if len(named) == 1 else found, plans=plans)))
    if len(named) == 1 and len(found) > 1:
        click.echo(f"hint: `--all` lists the {len(found) - 1} others that fit", err=True)


def _nothing(catalog: Catalog, text: str) -> str:
    nearest = nearest_labels(catalog, text)
    hint = f"the nearest are {'; '.join(nearest)}" if nearest else "use fewer or shorter words"
    count = len(catalog.products)
    return (
        f"error[unknown-sku]: none of the {count} products of {catalog.as_of} fits `{text}`\n"
        f"hint: {hint}"
    )


def _document(catalog: Catalog, found: Sequence[Product], *, plans: bool) -> dict[str, Any]:
    products = [_product(catalog, product, plans=plans) for product in found]
    return {"as_of": catalog.as_of, "source": catalog.source, "products": products}


def _product(catalog: Catalog, product: Product, *, plans: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": product.id,
        "part_numbers": product.part_numbers,
        "names": product.names,
    }
    if plans:
        shown["service_plans"] = [
            {
                "id": plan,
                "name": catalog.service_plans[plan].name,
                "friendly_name": catalog.service_plans[plan].friendly_name,
                "family": catalog.families.get(plan),
            }
            for plan in product.service_plans
        ]
    return shown


def _lines(catalog: Catalog, found: Sequence[Product], *, plans: bool) -> list[str]:
    rows = [(product.part_numbers[0], product.names[0], product.id) for product in found]
    table = _table([("PART NUMBER", "PRODUCT", "GUID"), *rows])
    if not plans:
        return table
    lines = table[:1]
    for product, line in zip(found, table[1:], strict=True):
        known = [catalog.service_plans[plan] for plan in product.service_plans]
        below = _table([(plan.name, plan.friendly_name, plan.id) for plan in known])
        lines += [line, *(f"{GAP}{plan}" for plan in below)]
    return lines


def _table(rows: Sequence[Row]) -> list[str]:
    """Align the columns, or on a terminal that is too narrow give each row two lines."""
    part, name, guid = (max(len(row[place]) for row in rows) for place in range(3))
    wide = part + name + guid + 3 * len(GAP)
    if sys.stdout.isatty() and wide > shutil.get_terminal_size().columns:
        return [f"{row[1]}\n{2 * GAP}{row[0]}{GAP}{row[2]}" for row in rows]
    return [GAP.join((row[0].ljust(part), row[1].ljust(name), row[2])) for row in rows]
