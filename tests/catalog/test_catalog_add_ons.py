"""Prove which add-ons a product makes redundant, and which end with their base."""

import pytest

from runner.catalog import dependent_add_ons, load_catalog, redundant_add_ons
from runner.catalog.add_ons import load_add_ons, why_no_add_on
from runner.model.ids import SkuId
from tests.catalog.products import PRODUCTS, product, sku

PHONE_SYSTEM = SkuId("e43b5b99-8dfb-405f-9987-dc307f34bcbd")
AUDIO_CONFERENCING = SkuId("0c266dff-15dd-4b49-8397-2bb16070ed52")
DEFENDER_1 = SkuId("4ef96642-f096-40de-a3e9-d83fb2f90211")
DEFENDER_2 = SkuId("3dd6cf57-d688-4eed-ba52-9e40b5468c3e")
COMPLIANCE = SkuId("1b1b1f7a-8355-43b6-829f-336cfccb744c")
FILE_STORAGE = SkuId("99049c9c-6011-4908-bf17-15f496e6519d")
DOMESTIC = SkuId("0dab259f-bf13-4952-b7f8-7db8f131b28d")
INTERNATIONAL = SkuId("d3b4fe1f-9992-4930-8acb-ca6ec609365e")

ADD_ONS = {
    PHONE_SYSTEM,
    AUDIO_CONFERENCING,
    DEFENDER_1,
    DEFENDER_2,
    COMPLIANCE,
    FILE_STORAGE,
    DOMESTIC,
    INTERNATIONAL,
}
IN_E5 = {PHONE_SYSTEM, AUDIO_CONFERENCING, DEFENDER_1, DEFENDER_2, COMPLIANCE}


@pytest.mark.parametrize(
    ("target", "redundant"),
    [
        ("E1", set()),
        ("E3", {DEFENDER_1}),
        ("E3 EEA", set()),
        ("E3 no Teams", set()),
        ("E4", set()),
        ("M3", {DEFENDER_1}),
        ("M3 no Teams", set()),
        ("E5", IN_E5),
        ("E5 no AC", IN_E5 - {AUDIO_CONFERENCING}),
        ("M5", IN_E5),
        ("M5 no AC", IN_E5 - {AUDIO_CONFERENCING}),
    ],
)
def test_the_add_ons_once_sold_for_e4_against_each_target(
    target: str, redundant: set[SkuId]
) -> None:
    assert redundant_add_ons(load_catalog(), sku(target), ADD_ONS) == tuple(sorted(redundant))


def test_a_lower_tier_of_the_same_family_is_contained() -> None:
    held = [sku("EXCHANGESTANDARD"), sku("MCOEVSMB_1")]
    assert redundant_add_ons(load_catalog(), sku("E5"), held) == tuple(sorted(held))


def test_a_plan_for_the_whole_tenant_does_not_keep_an_add_on() -> None:
    """`POWER_BI_PRO` lists EXCHANGE_S_FOUNDATION, which E5 does not."""
    power_bi = sku("POWER_BI_PRO")
    assert "113feb6c-3fe4-4440-bddc-54d774bf0318" in load_catalog().products[power_bi].service_plans
    assert redundant_add_ons(load_catalog(), sku("E5"), [power_bi]) == (power_bi,)


def test_a_suite_is_never_an_add_on_nor_is_the_target_itself() -> None:
    held = [sku(name) for name in PRODUCTS]
    assert redundant_add_ons(load_catalog(), sku("M5"), held) == ()
    assert redundant_add_ons(load_catalog(), PHONE_SYSTEM, [PHONE_SYSTEM]) == ()


def test_what_the_catalog_does_not_know_is_never_redundant() -> None:
    unknown = SkuId("00000000-0000-0000-0000-000000000001")
    assert redundant_add_ons(load_catalog(), sku("E5"), [unknown]) == ()
    assert redundant_add_ons(load_catalog(), unknown, ADD_ONS) == ()


@pytest.mark.parametrize(
    "name",
    [
        "MCOCAP",
        "INTUNE_A_D",
        "MDATP_Server",
        "MEETING_ROOM_NOAUDIOCONF",
        "Microsoft_Teams_Rooms_Basic_without_Audio_Conferencing",
        "Microsoft_Teams_Rooms_Pro",
        "MTR_PREM",
        "PHONESYSTEM_VIRTUALUSER",
        "SPE_E3_RPA1",
        "Microsoft_365_E3_Extra_Features",
        "M365_A5_SUITE_COMPONENTS_FACULTY",
        "O365_w/o Teams Bundle_M3_(500_seats_min)_HUB",
        "EMS",
        "EMSPREMIUM",
        "M365_F1",
        "OFFICESUBSCRIPTION",
        "POWER_BI_STANDARD",
        "ATP_ENTERPRISE_STUDENTS_USE_BENEFIT",
        "MCOEV_TELSTRA",
        "Microsoft365_Lighthouse",
    ],
)
def test_what_is_no_add_on_of_a_person_is_never_redundant(name: str) -> None:
    assert why_no_add_on(load_catalog(), product(name))
    for target in ("E3", "E5", "M3", "M5"):
        assert redundant_add_ons(load_catalog(), sku(target), [sku(name)]) == ()


def test_no_name_of_a_room_a_device_or_a_suite_is_among_what_any_target_makes_redundant() -> None:
    catalog = load_catalog()
    for target in ("E3", "E5", "M3", "M5"):
        for found in redundant_add_ons(catalog, sku(target), catalog.products):
            title = " ".join(catalog.products[found].names).casefold()
            assert not {"room", "device", "server", "shared", "hub", "feature"} & set(title.split())


@pytest.mark.parametrize(
    "name", ["IDENTITY_THREAT_PROTECTION", "INFORMATION_PROTECTION_COMPLIANCE", "SPE_F5_SEC"]
)
def test_the_security_and_compliance_parts_of_a_suite_are_add_ons(name: str) -> None:
    assert redundant_add_ons(load_catalog(), sku("M5"), [sku(name)]) == (sku(name),)
    assert redundant_add_ons(load_catalog(), sku("M3"), [sku(name)]) == ()


@pytest.mark.parametrize("name", ["EXCHANGESTANDARD_GOV", "EXCHANGESTANDARD_ALUMNI", "EMS_GOV"])
def test_a_plan_for_governments_or_schools_is_not_replaced_by_another(name: str) -> None:
    assert redundant_add_ons(load_catalog(), sku("M5"), [sku(name)]) == ()


def test_add_ons_sold_with_a_base_may_end_with_it() -> None:
    catalog = load_catalog()
    held = {*ADD_ONS, sku("MCOPSTN_5"), sku("MCOMEETADV_GOV")}
    assert dependent_add_ons(catalog, held) == tuple(sorted(held))


def test_suites_and_products_of_their_own_do_not_end_with_another() -> None:
    catalog = load_catalog()
    unknown = SkuId("00000000-0000-0000-0000-000000000001")
    standing = ["EMS", "VISIOCLIENT", "PROJECTPROFESSIONAL", "POWER_BI_PRO", "EXCHANGESTANDARD"]
    held = [unknown, *(sku(name) for name in (*PRODUCTS, "IDENTITY_THREAT_PROTECTION"))]
    found = {catalog.products[each].part_numbers[0]: each for each in catalog.products}
    assert dependent_add_ons(catalog, [*held, *(found[name] for name in standing)]) == ()


def test_the_plans_of_add_ons_have_the_names_of_the_catalog() -> None:
    known = load_catalog().service_plans
    sold = load_add_ons().sold_with_a_base.add_ons.values()
    listed = [pair for plans in sold for pair in plans.items()]
    assert [known[plan].name for _, plan in listed] == [name for name, _ in listed]
