"""Prove which add-ons a product makes redundant."""

import pytest

from runner.catalog import load_catalog, redundant_add_ons
from runner.model.ids import SkuId
from tests.catalog.products import PRODUCTS, sku

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
    held = [sku("EXCHANGESTANDARD"), sku("POWER_BI_STANDARD_FACULTY")]
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
