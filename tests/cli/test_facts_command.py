"""Prove what `facts` reads of a served tenant and how it prints it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.journeys.stage import ROOT, Result, on_stage, scene, world_of

GROUPS = ROOT / "playbooks" / "scenarios" / "groups.yaml"


@pytest.fixture(scope="module")
def facts_of_groups(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Read the scenario with groups once, in words and as data."""
    world = yaml.safe_load(GROUPS.read_text(encoding="utf-8"))
    with on_stage(world, tmp_path_factory.mktemp("groups")) as stage:
        shown = stage.cli("facts", "-i", stage.inventory)
        data = stage.cli("facts", "northwind", "-i", stage.inventory, "--json")
    assert (shown.code, data.code) == (0, 0), shown.said + data.said
    return {"shown": shown, "data": data}


def tenant_in(result: Result) -> Any:
    (tenant,) = result.document["tenants"]
    return tenant


def test_holders_of_each_product_by_source(facts_of_groups: dict[str, Result]) -> None:
    by_part = {sku["part_number"]: sku for sku in tenant_in(facts_of_groups["data"])["skus"]}
    assert by_part["ENTERPRISEWITHSCAL"]["holders"] == {
        "direct": 19,
        "by_group": 70,
        "both": 10,
        "customised": 10,
        "without_location": 30,
        "in_error": 0,
        "guests": 2,
        "blocked": 4,
        "reasons": {},
    }
    assert by_part["MCOMEETADV"]["holders"]["direct"] == 10


def test_users_with_findings_stand_below_the_products(facts_of_groups: dict[str, Result]) -> None:
    shown = facts_of_groups["shown"].stdout
    assert shown.startswith("northwind   Northwind Traders   99 licensed users\n")
    block = shown.split("  users with findings\n")[1].split("\n\n")[0]
    assert block.splitlines() == [
        "    30 users have no usage location",
        "    2 guests",
        "    4 blocked accounts, shared mailboxes included",
    ]


def test_members_to_whom_graph_could_not_give_a_license_are_in_error(tmp_path: Path) -> None:
    member = {"licenses": ["ENTERPRISEPREMIUM"], "usage_location": "IT"}
    world = scene(
        subscriptions=[{"sku": part, "seats": 9} for part in ("VISIOCLIENT", "ENTERPRISEPREMIUM")],
        groups=[{"name": "Sales", "licenses": ["VISIOCLIENT"]}],
        users=[
            {"count": 4, "groups": ["Sales"], **member},
            {"count": 2, "groups": [{"group": "Sales", "error": "CountViolation"}], **member},
            {"count": 1, "groups": [{"group": "Sales", "error": "DependencyViolation"}], **member},
        ],
    )
    with on_stage(world, tmp_path) as stage:
        shown = stage.cli("facts", "-i", stage.inventory)
        found = tenant_in(stage.cli("facts", "-i", stage.inventory, "--json"))
    assert "    3 users in error: 2 CountViolation, 1 DependencyViolation\n" in shown.stdout
    reasons = {"CountViolation": 2, "DependencyViolation": 1}
    assert found["users_with_findings"]["reasons"] == reasons
    holders = {sku["part_number"]: sku["holders"] for sku in found["skus"]}["VISIOCLIENT"]
    assert (holders["by_group"], holders["in_error"], holders["reasons"]) == (4, 3, reasons)


def test_an_add_on_that_the_suite_contains_is_named(tmp_path: Path) -> None:
    users = [{"count": 2, "licenses": ["ENTERPRISEPREMIUM", "MCOMEETADV"], "usage_location": "IT"}]
    bought = [{"sku": "ENTERPRISEPREMIUM", "seats": 5}, {"sku": "MCOMEETADV", "seats": 5}]
    with on_stage(scene(subscriptions=bought, users=users), tmp_path) as stage:
        shown = stage.cli("facts", "-i", stage.inventory)
        found = tenant_in(stage.cli("facts", "-i", stage.inventory, "--json"))
    assert "2 users hold MCOMEETADV, which ENTERPRISEPREMIUM already contains" in shown.stdout
    assert found["users_with_findings"]["redundant_add_ons"] == [
        {"part_number": "MCOMEETADV", "contained_in": "ENTERPRISEPREMIUM", "users": 2}
    ]


def test_who_sold_a_subscription_and_what_tells_so(tmp_path: Path) -> None:
    other = "99999999-1111-4111-8111-111111111111"
    world = scene(
        subscriptions=[
            {"sku": "VISIOCLIENT", "seats": 9, "channel": "csp", "owner_tenant": other},
            {"sku": "ENTERPRISEPREMIUM", "seats": 9},
        ],
        users=[],
    )
    with on_stage(world, tmp_path) as stage:
        shown = stage.cli("facts", "-i", stage.inventory)
        found = tenant_in(stage.cli("facts", "-i", stage.inventory, "--json"))
    sold = {each["part_number"]: each for each in found["subscriptions"]}
    assert {part: (each["channel"], each["seller"]) for part, each in sold.items()} == {
        "VISIOCLIENT": ("manual", "partner"),
        "ENTERPRISEPREMIUM": ("manual", "unknown"),
    }
    assert other in sold["VISIOCLIENT"]["seller_known_by"]
    block = shown.stdout.split("  how that is known\n")[1]
    assert f"a partner: its ownerTenantId {other} is another tenant's" in block
    assert "not known: its ownerTenantId is no other tenant's" in block
    assert '"Purchase channel"' in block


def test_several_tenants_are_read_at_once_and_shown_in_their_order(tmp_path: Path) -> None:
    names = [f"tenant-{number}" for number in range(6)]
    (tenant,) = scene()["tenants"].values()
    with on_stage(world_of(dict.fromkeys(names, tenant)), tmp_path) as stage:
        stage.world.set_faults([{"kind": 403, "on": "read"}], tenant=names[4])
        shown = stage.cli("facts", "-i", stage.inventory, "--forks", "3")
        data = stage.cli("facts", "-i", stage.inventory, "--json").document
    assert shown.code == 3, shown.said
    heads = [
        block.split("   ")[0] for block in shown.stdout.strip().split("\n\n") if block[0] == "t"
    ]
    assert heads == names
    assert [each["tenant"] for each in data["tenants"]] == names
    assert ["error" in each for each in data["tenants"]] == [name == names[4] for name in names]


def test_billing_accounts_and_what_they_list_tell_who_sold_what(tmp_path: Path) -> None:
    older = {"sku": "STANDARDPACK", "seats": 5, "channel": "direct_legacy"}
    world = scene(
        subscriptions=[
            older,
            {"sku": "ENTERPRISEPACK", "seats": 5, "channel": "volume"},
            {"sku": "ENTERPRISEPREMIUM", "seats": 5, "channel": "direct_mca"},
        ],
        users=[],
    )
    with on_stage(world, tmp_path) as stage:
        settings = {"endpoint": f"{stage.url}/azure"}
        stage.write_inventory({"contoso": {"azure_billing": settings}})
        shown = stage.cli("facts", "-i", stage.inventory)
        data = stage.cli("facts", "-i", stage.inventory, "--json")
    tenant = tenant_in(data)
    agreements = {each["agreement"] for each in tenant["billing_accounts"]}
    assert agreements == {
        "MicrosoftOnlineServicesProgram",
        "EnterpriseAgreement",
        "MicrosoftCustomerAgreement",
    }
    known = {each["part_number"]: each["seller_known_by"] for each in tenant["subscriptions"]}
    assert known["ENTERPRISEPREMIUM"] == "Azure billing lists it"
    channels = {each["part_number"]: each["channel"] for each in tenant["subscriptions"]}
    assert channels == {
        "STANDARDPACK": "manual",
        "ENTERPRISEPACK": "manual",
        "ENTERPRISEPREMIUM": "azure_billing",
    }
    assert known["STANDARDPACK"].endswith("lists it: MicrosoftOnlineServicesProgram")
    assert known["ENTERPRISEPACK"].endswith("lists it: EnterpriseAgreement")
    assert "bought directly under the older agreement; a person acts" in shown.stdout
