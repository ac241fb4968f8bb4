"""Prove that the shipped files are whole, and that the script makes them from the table."""

import json
from pathlib import Path

import pytest

from runner.catalog import GRAPH_QUOTAS, load_catalog, load_conflicts
from runner.catalog.build import build_catalog, main
from runner.catalog.load import HERE, decode_catalog
from runner.model.findings import RunnerError

TABLE = Path(__file__).parents[2] / "../shared/data/product-names-and-service-plans.csv"
HEADER = (
    "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,"
    "Service_Plans_Included_Friendly_Names"
)
SKU = "1392051d-0cb9-4b7a-88d5-621fee5e8711"
FORMS = "2789c901-c14e-48ab-a76a-be334d9d793a"
RIGHTS = "bea4c11e-220a-4e6d-8eb8-8ea15d019f90"
SAMPLE = [
    HEADER,
    f"Office 365 E4,ENTERPRISEWITHSCAL,{SKU.upper()}\u00a0,FORMS_PLAN_E3 ,{FORMS},FORMS_PLAN_E3",
    f"OFFICE 365 E4,ENTERPRISEWITHSCAL\t,{SKU},FORMS_PLAN_E3,{FORMS},MICROSOFT FORMS (PLAN E3)",
    f"Office 365 E4,ENTERPRISEWITHSCAL,{SKU},FORMS_PLAN_E3,{FORMS},Microsoft Forms (Plan E3)",
    f"Office 365 E4,ENTERPRISEWITHSCAL,{SKU},RMS_S_ENTERPRISE),{RIGHTS},Rights",
    f"Enterprise E4,ENTERPRISE_E4,{SKU},RMS_S_ENTERPRISE,{RIGHTS},Rights",
]


def families(**plans: list[str]) -> bytes:
    listed = [{"name": name, "service_plans": names} for name, names in plans.items()]
    return json.dumps({"families": listed}).encode()


def test_the_script_merges_spellings_and_keeps_every_name() -> None:
    text = build_catalog(SAMPLE, families=families(Forms=["FORMS_PLAN_E3"]), as_of="2026-07-29")
    catalog = decode_catalog(text.encode())
    (product,) = catalog.products.values()
    assert product.id == SKU
    assert product.part_numbers == ("ENTERPRISEWITHSCAL", "ENTERPRISE_E4")
    assert product.names == ("Office 365 E4", "Enterprise E4")
    assert product.service_plans == (FORMS, RIGHTS)
    plans = [(plan.name, plan.friendly_name) for plan in catalog.service_plans.values()]
    assert plans == [("FORMS_PLAN_E3", "Microsoft Forms (Plan E3)"), ("RMS_S_ENTERPRISE", "Rights")]
    assert catalog.families == {FORMS: "Forms"}


def test_the_script_refuses_a_family_with_a_plan_that_the_table_lacks() -> None:
    with pytest.raises(RunnerError, match="family Forms: the table has no service plan FORMS_X"):
        build_catalog(SAMPLE, families=families(Forms=["FORMS_X"]), as_of="2026-07-29")


def test_the_script_refuses_a_plan_in_two_families() -> None:
    twice = families(Forms=["FORMS_PLAN_E3"], Other=["FORMS_PLAN_E3"])
    with pytest.raises(RunnerError, match="family Other: FORMS_PLAN_E3 is also in Forms"):
        build_catalog(SAMPLE, families=twice, as_of="2026-07-29")


def test_the_script_refuses_a_table_with_other_columns(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("Name,Price\n")
    with pytest.raises(SystemExit, match="the first line has the columns Name, Price"):
        main([str(table), "--as-of", "2026-07-29", "--out", str(tmp_path / "out.json")])
    assert not (tmp_path / "out.json").exists()


@pytest.mark.skipif(not TABLE.exists(), reason="Microsoft's table is not beside the repository")
def test_the_table_builds_the_file_that_is_shipped(tmp_path: Path) -> None:
    built = tmp_path / "products.json"
    main([str(TABLE), "--as-of", "2026-07-29", "--out", str(built)])
    assert built.read_bytes() == (HERE / "products.json").read_bytes()


def test_the_shipped_file_is_small_dated_and_names_its_source() -> None:
    catalog = load_catalog()
    assert (HERE / "products.json").stat().st_size < 600_000
    assert catalog.as_of == "2026-07-29"
    assert catalog.source.endswith("CC BY 4.0")
    assert (len(catalog.products), len(catalog.service_plans)) == (619, 791)


def test_every_plan_of_a_product_and_of_a_family_is_known() -> None:
    catalog = load_catalog()
    used = {plan for product in catalog.products.values() for plan in product.service_plans}
    assert used == set(catalog.service_plans)
    assert set(catalog.families) <= used


def test_the_catalog_is_read_once_and_cannot_be_changed() -> None:
    catalog = load_catalog()
    assert load_catalog() is catalog
    with pytest.raises(TypeError):
        catalog.families["x"] = "y"  # type: ignore[index]


@pytest.mark.parametrize(
    "file",
    ["add_ons.json", "products.json", "families.json", "conflicts.json", "dependencies.json"],
)
def test_every_file_says_where_it_comes_from(file: str) -> None:
    assert json.loads((HERE / file).read_bytes())["source"].startswith("Microsoft")


def test_the_first_sharepoint_plan_excludes_the_second() -> None:
    sharepoint = load_conflicts()["SharePoint"]
    assert len(sharepoint) == 10
    assert "5dbe027f-2339-4123-9542-606e4d348a72" in sharepoint
    assert "c7699d2e-19aa-44de-8edf-1736da088ca1" in sharepoint


def test_plans_that_exclude_each_other_have_the_names_of_the_catalog() -> None:
    known = load_catalog().service_plans
    services = json.loads((HERE / "conflicts.json").read_bytes())["services"]
    listed = [(name, plan) for plans in services.values() for name, plan in plans.items()]
    assert len(listed) == len({plan for _, plan in listed}) == 31
    assert all(known[plan].name == name for name, plan in listed if plan in known)


def test_quotas_are_those_of_the_published_sheet() -> None:
    writes = GRAPH_QUOTAS.writes_per_app_and_tenant
    assert (writes.amount, writes.window_s) == (3_000, 150)
    assert (GRAPH_QUOTAS.writes_per_app.amount, GRAPH_QUOTAS.writes_per_app.window_s) == (
        35_000,
        300,
    )


@pytest.mark.parametrize(
    ("users", "amount"), [(0, 3_500), (49, 3_500), (50, 5_000), (500, 5_000), (501, 8_000)]
)
def test_resource_units_depend_on_the_size_of_the_tenant(users: int, amount: int) -> None:
    assert GRAPH_QUOTAS.units_per_tenant(users).amount == amount
