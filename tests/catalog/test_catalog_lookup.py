"""Prove how products are found by what people type."""

import pytest

from runner.catalog import (
    Miss,
    MissKind,
    find_sku,
    load_catalog,
    plan_friendly_name,
    plan_name,
    product_name,
    search,
)
from runner.model.ids import service_plan_id, sku_id

CATALOG = load_catalog()
E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"
E5 = "c7df2760-2c81-4ef7-b578-5b5392b571df"


@pytest.mark.parametrize(
    "text",
    [
        E4,
        E4.upper(),
        f" {E4}\u00a0",
        "ENTERPRISEWITHSCAL",
        "enterprisewithscal",
        "Office 365 E4",
        "office  365\u00a0e4",
    ],
)
def test_one_product_is_found_by_guid_part_number_and_name_however_typed(text: str) -> None:
    assert find_sku(CATALOG, text) == E4


@pytest.mark.parametrize("text", ["O365_w/o Teams Bundle_M3", "O365_w/o\u00a0Teams\u00a0Bundle_M3"])
def test_every_kind_of_blank_fits_a_part_number_with_no_break_spaces(text: str) -> None:
    assert find_sku(CATALOG, text) == "c2fe850d-fbbb-4858-b67d-bd0c6e746da3"


def test_the_printed_form_of_a_part_number_keeps_its_inner_blanks_and_loses_the_outer_ones() -> (
    None
):
    parts = {part for product in CATALOG.products.values() for part in product.part_numbers}
    assert "O365_w/o\u00a0Teams\u00a0Bundle_M3" in parts
    assert "MCOCAP_FACULTY" in parts
    assert all(part == part.strip() for part in parts)


def test_a_typing_error_names_the_nearest_products() -> None:
    miss = find_sku(CATALOG, "ENTERPRISEPREMIUN")
    assert isinstance(miss, Miss)
    assert miss.kind is MissKind.UNKNOWN
    assert miss.nearest[0] == "ENTERPRISEPREMIUM, Office 365 E5"
    assert len(miss.nearest) == 5


def test_a_guid_that_nobody_knows_is_unknown() -> None:
    miss = find_sku(CATALOG, "00000000-0000-0000-0000-000000000000")
    assert isinstance(miss, Miss)
    assert miss.kind is MissKind.UNKNOWN


def test_a_part_number_of_two_products_is_ambiguous_and_lists_their_guids() -> None:
    miss = find_sku(CATALOG, "mcopstn5")
    assert isinstance(miss, Miss)
    assert miss.kind is MissKind.AMBIGUOUS
    assert sorted(text[:36] for text in miss.nearest) == [
        "54a152dc-90de-4996-93d2-bc47e670fc06",
        "d43177b5-475b-4880-92d4-d54c27b5efbd",
    ]


def test_a_name_of_two_products_is_ambiguous_and_their_part_numbers_are_not() -> None:
    miss = find_sku(CATALOG, "Visio Plan 2")
    assert isinstance(miss, Miss)
    assert miss.kind is MissKind.AMBIGUOUS
    assert find_sku(CATALOG, "VISIOCLIENT") == "c5928f49-12ba-48f7-ada3-0d743a3601d5"


@pytest.mark.parametrize(
    "text",
    [
        "VIRTUAL_AGENT_USL",
        "Power Virtual Agent User License",
        "Microsoft Copilot Studio User License",
    ],
)
def test_a_product_with_several_names_is_found_by_each(text: str) -> None:
    assert find_sku(CATALOG, text) == "4b74a65c-8b4a-4fc8-9f6b-5177ed11ddfa"


@pytest.mark.parametrize(
    ("part_number", "name"),
    [
        ("STANDARDPACK", "Office 365 E1"),
        ("ENTERPRISEPACK", "Office 365 E3"),
        ("ENTERPRISEWITHSCAL", "Office 365 E4"),
        ("ENTERPRISEPREMIUM", "Office 365 E5"),
        ("SPE_E5", "Microsoft 365 E5"),
    ],
)
def test_suites_have_the_names_microsoft_prints(part_number: str, name: str) -> None:
    sku = find_sku(CATALOG, part_number)
    assert not isinstance(sku, Miss)
    assert product_name(CATALOG, sku) == name


def test_unknown_ids_are_shown_as_the_tenant_calls_them_or_as_they_are() -> None:
    sku = sku_id("00000000-0000-0000-0000-000000000000")
    plan = service_plan_id("00000000-0000-0000-0000-000000000001")
    assert product_name(CATALOG, sku) == sku
    assert product_name(CATALOG, sku, otherwise="NEW_PRODUCT") == "NEW_PRODUCT"
    assert plan_name(CATALOG, plan) == plan
    assert plan_friendly_name(CATALOG, plan, otherwise="NEW_PLAN") == "NEW_PLAN"


def test_a_service_plan_has_a_technical_name_and_one_for_people() -> None:
    sway = service_plan_id("A23B959C-7CE8-4E57-9140-B90EB88A9E97")
    assert (plan_name(CATALOG, sway), plan_friendly_name(CATALOG, sway)) == ("SWAY", "Sway")


def test_search_puts_the_exact_part_number_first_then_titles_then_service_plans() -> None:
    found = [product.part_numbers[0] for product in search(CATALOG, ["enterprisepremium"])]
    assert found[0] == "ENTERPRISEPREMIUM"
    assert "ENTERPRISEPREMIUM_FACULTY" in found
    by_plan = search(CATALOG, ["mcovoiceconf"])
    assert [product.id for product in by_plan] == [E4]


def test_search_wants_every_word_and_finds_an_exact_name_first() -> None:
    found = search(CATALOG, ["Office", "365", "E5"])
    assert found[0].id == E5
    assert search(CATALOG, ["office", "no-such-word"]) == ()


def test_search_finds_by_the_guid_of_a_product_and_of_a_service_plan() -> None:
    assert [product.id for product in search(CATALOG, [E4.upper()])] == [E4]
    assert [
        product.id for product in search(CATALOG, ["27216c54-caf8-4d0d-97e2-517afb5c08f6"])
    ] == [E4]


def test_search_without_words_finds_every_product() -> None:
    assert len(search(CATALOG, [])) == len(CATALOG.products) == 619


def test_a_short_name_as_people_say_it_names_the_products_that_have_it() -> None:
    miss = find_sku(CATALOG, "E3")
    assert isinstance(miss, Miss)
    assert {"ENTERPRISEPACK, Office 365 E3", "SPE_E3, Microsoft 365 E3"} <= set(miss.nearest)
    assert len(miss.nearest) == 5
