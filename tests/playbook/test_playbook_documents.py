"""The reference pages say what the program reads: their examples load, their keys are all there."""

import re
from pathlib import Path

import pytest

from runner.catalog import Miss, find_sku, is_country, load_catalog
from runner.model.ids import SkuId
from runner.playbook import LoadOptions, SkuMiss, load, load_inventory, read_schema

DOCS = Path(__file__).resolve().parents[2] / "docs"
CATALOG = load_catalog()


def blocks(page: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def resolve(text: str) -> SkuId | SkuMiss:
    found = find_sku(CATALOG, text)
    return SkuMiss(kind="unknown") if isinstance(found, Miss) else found


@pytest.mark.parametrize("text", blocks("playbook.md"))
def test_every_example_playbook_loads(write, text):
    inventory = write("inventory.yaml", blocks("inventory.md")[0])
    chosen = LoadOptions(inventories=(inventory,), resolve_sku=resolve)
    assert load([write("p.yaml", text)], options=chosen).specs


@pytest.mark.parametrize("text", blocks("inventory.md"))
def test_every_example_inventory_loads(write, text):
    chosen = LoadOptions(
        inventories=(write("i.yaml", text),), resolve_sku=resolve, is_country=is_country
    )
    assert load_inventory(chosen)


def keys_of(schema: str, *parts: str) -> set[str]:
    definitions = read_schema(schema)["$defs"]
    return {key for part in parts for key in definitions[part]["properties"]}


@pytest.mark.parametrize(
    ("page", "keys"),
    [
        ("playbook.md", keys_of("playbook", "play", "subscription", "assignment", "purchase")),
        (
            "playbook.md",
            keys_of("playbook", "limits", "selection", "seatRule", "maintenanceWindow"),
        ),
        ("inventory.md", keys_of("inventory", "group", "variables", "auth", "secret")),
        ("inventory.md", keys_of("inventory", "partnerCenter", "azureBilling")),
    ],
)
def test_every_key_of_the_schemas_is_on_the_page(page, keys):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert {key for key in keys if not re.search(rf"`{key}\b|\b{key}: ", text)} == set()
