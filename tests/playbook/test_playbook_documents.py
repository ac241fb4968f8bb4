"""The reference pages say what the program reads: their examples load, their keys are all there."""

import re
from pathlib import Path

import pytest
import yaml

from runner.catalog import Miss, find_sku, is_country, load_catalog
from runner.model.customers import Customer, Owned, TenantFacts
from runner.model.ids import SkuId, sku_id, tenant_id
from runner.playbook import LoadOptions, SkuMiss, load, load_inventory, read_schema

DOCS = Path(__file__).resolve().parents[2] / "docs"
CATALOG = load_catalog()
BESIDE = "all: {vars: {seats: 600}, children: {pilot: {tenants: {acme: {}}}}}"
CUSTOMER = Customer(
    tenant_id=tenant_id("8f14e45f-ceea-467f-a0e6-0d1f0c8b3a11"),
    name="Contoso",
    domain="contoso.onmicrosoft.com",
    relationship="reseller",
)
E3 = Owned(sku=sku_id("6fd2c87f-b296-42f0-b197-1e91e994b900"), part_number="E3", seats=900, used=0)
OWNING = TenantFacts(owned=(E3,), channel="partner")


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
    beside = [write("beside.yaml", BESIDE)] if "\nplugin: " in f"\n{text}" else []
    chosen = LoadOptions(
        inventories=(*beside, write("i.yaml", text)),
        resolve_sku=resolve,
        is_country=is_country,
        find_customers=lambda partner: (CUSTOMER,),
        read_facts=lambda tenants: {each.name: OWNING for each in tenants},
    )
    assert load_inventory(chosen)
    for group in yaml.safe_load(text).get("groups", ()):
        assert load_inventory(chosen, tenants=(group,))


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
        ("inventory.md", keys_of("inventory", "plugin", "partner", "customerFilters")),
    ],
)
def test_every_key_of_the_schemas_is_on_the_page(page, keys):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert {key for key in keys if not re.search(rf"`{key}\b|\b{key}: ", text)} == set()
