"""Prove what becomes of service plans that were switched off when the product changes."""

import pytest

from runner.catalog import (
    Translation,
    counterparts,
    find_sku,
    load_catalog,
    plan_name,
    switched_off_in,
)
from runner.catalog.lookup import Miss
from runner.model.ids import ServicePlanId

CATALOG = load_catalog()
IDS = {plan.name: plan.id for plan in CATALOG.service_plans.values()}
SAME = "="
NONE = "none"


def plans_of(product: str) -> tuple[ServicePlanId, ...]:
    sku = find_sku(CATALOG, product)
    assert not isinstance(sku, Miss)
    return CATALOG.products[sku].service_plans


def fate(source: str, target: str) -> dict[str, str]:
    """Say for each plan of the source what stands for it in the target."""
    table = {}
    for plan in plans_of(source):
        found = counterparts(CATALOG, plan, target_plans=plans_of(target))
        names = ", ".join(plan_name(CATALOG, other) for other in found) or NONE
        table[plan_name(CATALOG, plan)] = SAME if found == (plan,) else names
    return table


def changed(source: str, target: str) -> dict[str, str]:
    return {plan: to for plan, to in fate(source, target).items() if to not in (SAME, NONE)}


def gone(source: str, target: str) -> list[str]:
    return [plan for plan, to in fate(source, target).items() if to == NONE]


def translate(off: list[str], source: list[str], target: list[str]) -> Translation:
    return switched_off_in(
        CATALOG,
        [IDS[name] for name in off],
        source_plans=[IDS[name] for name in source],
        target_plans=[IDS[name] for name in target],
    )


def names(plans: tuple[ServicePlanId, ...]) -> list[str]:
    return sorted(plan_name(CATALOG, plan) for plan in plans)


def test_e4_to_e5_keeps_eleven_moves_five_up_and_loses_one() -> None:
    assert fate("Office 365 E4", "Office 365 E5") == {
        "BPOS_S_TODO_2": "BPOS_S_TODO_3",
        "Deskless": SAME,
        "EXCHANGE_S_ENTERPRISE": SAME,
        "FLOW_O365_P2": "FLOW_O365_P3",
        "FORMS_PLAN_E3": "FORMS_PLAN_E5",
        "MCOSTANDARD": SAME,
        "MCOVOICECONF": NONE,
        "OFFICESUBSCRIPTION": SAME,
        "POWERAPPS_O365_P2": "POWERAPPS_O365_P3",
        "PROJECTWORKMANAGEMENT": SAME,
        "RMS_S_ENTERPRISE": SAME,
        "SHAREPOINTENTERPRISE": SAME,
        "SHAREPOINTWAC": SAME,
        "STREAM_O365_E3": "STREAM_O365_E5",
        "SWAY": SAME,
        "TEAMS1": SAME,
        "YAMMER_ENTERPRISE": SAME,
    }


def test_e4_to_e3_changes_no_tier_and_loses_the_voice_right_only() -> None:
    assert changed("Office 365 E4", "Office 365 E3") == {}
    assert gone("Office 365 E4", "Office 365 E3") == ["MCOVOICECONF"]


def test_e4_to_e1_moves_down_and_loses_desktop_apps() -> None:
    assert changed("Office 365 E4", "Office 365 E1") == {
        "BPOS_S_TODO_2": "BPOS_S_TODO_1",
        "EXCHANGE_S_ENTERPRISE": "EXCHANGE_S_STANDARD",
        "FLOW_O365_P2": "FLOW_O365_P1",
        "FORMS_PLAN_E3": "FORMS_PLAN_E1",
        "POWERAPPS_O365_P2": "POWERAPPS_O365_P1",
        "RMS_S_ENTERPRISE": "RMS_S_BASIC",
        "SHAREPOINTENTERPRISE": "SHAREPOINTSTANDARD",
        "STREAM_O365_E3": "STREAM_O365_E1",
    }
    assert gone("Office 365 E4", "Office 365 E1") == ["MCOVOICECONF", "OFFICESUBSCRIPTION"]


def test_e3_to_e5_moves_every_tiered_service_up() -> None:
    assert changed("Office 365 E3", "Office 365 E5") == {
        "BPOS_S_TODO_2": "BPOS_S_TODO_3",
        "CDS_O365_P2": "CDS_O365_P3",
        "DYN365_CDS_O365_P2": "DYN365_CDS_O365_P3",
        "FLOW_O365_P2": "FLOW_O365_P3",
        "FORMS_PLAN_E3": "FORMS_PLAN_E5",
        "KAIZALA_O365_P3": "KAIZALA_STANDALONE",
        "POWERAPPS_O365_P2": "POWERAPPS_O365_P3",
        "POWER_VIRTUAL_AGENTS_O365_P2": "POWER_VIRTUAL_AGENTS_O365_P3",
        "PROJECT_O365_P2": "PROJECT_O365_P3",
        "STREAM_O365_E3": "STREAM_O365_E5",
        "WHITEBOARD_PLAN2": "WHITEBOARD_PLAN3",
    }


def test_e1_to_e5_also_moves_mailbox_site_and_rights_up() -> None:
    moved = changed("Office 365 E1", "Office 365 E5")
    assert len(moved) == 14
    assert moved["EXCHANGE_S_STANDARD"] == "EXCHANGE_S_ENTERPRISE"
    assert moved["SHAREPOINTSTANDARD"] == "SHAREPOINTENTERPRISE"
    assert moved["RMS_S_BASIC"] == "RMS_S_ENTERPRISE"
    assert "OFFICEMOBILE_SUBSCRIPTION" in gone("Office 365 E1", "Office 365 E5")


def test_office_365_e5_is_whole_inside_microsoft_365_e5() -> None:
    assert changed("Office 365 E5", "Microsoft 365 E5") == {}
    assert gone("Office 365 E5", "Microsoft 365 E5") == []


def test_the_e5_without_teams_loses_teams_and_nothing_else() -> None:
    assert gone("Office 365 E5", "Office 365 E5 EEA (no Teams)") == ["TEAMS1"]


def test_what_was_off_stays_off_by_id_by_family_or_is_told() -> None:
    result = switched_off_in(
        CATALOG,
        [IDS[name] for name in ("SWAY", "FORMS_PLAN_E3", "MCOVOICECONF")],
        source_plans=plans_of("Office 365 E4"),
        target_plans=plans_of("Office 365 E5"),
    )
    assert names(result.disabled) == ["FORMS_PLAN_E5", "SWAY"]
    assert names(result.lost) == ["MCOVOICECONF"]


@pytest.mark.parametrize("target", ["Office 365 E1", "Office 365 E5", "Microsoft 365 E5", "SPE_F1"])
def test_nothing_is_switched_off_that_the_target_does_not_have(target: str) -> None:
    source = plans_of("Office 365 E3")
    result = switched_off_in(CATALOG, source, source_plans=source, target_plans=plans_of(target))
    assert set(result.disabled) <= set(plans_of(target))


def test_all_tiers_of_the_target_stand_for_a_plan_that_it_lacks() -> None:
    target = ["STREAM_O365_E1", "STREAM_O365_E5"]
    result = translate(["STREAM_O365_E3"], ["STREAM_O365_E3"], target)
    assert names(result.disabled) == target


def test_a_plan_that_the_target_has_stands_for_itself_alone() -> None:
    result = translate(["AAD_PREMIUM"], ["AAD_PREMIUM"], ["AAD_PREMIUM", "AAD_PREMIUM_P2"])
    assert names(result.disabled) == ["AAD_PREMIUM"]


def test_a_service_that_is_half_on_at_the_source_is_not_switched_off_by_family() -> None:
    result = translate(["MIP_S_CLP2"], ["MIP_S_CLP1", "MIP_S_CLP2"], ["MIP_S_CLP1"])
    assert (result.disabled, names(result.lost)) == ((), ["MIP_S_CLP2"])


def test_a_service_that_is_wholly_off_at_the_source_stays_off() -> None:
    result = translate(["INTUNE_SMBIZ", "INTUNE_A"], ["INTUNE_SMBIZ", "INTUNE_A"], ["INTUNE_A"])
    assert (names(result.disabled), result.lost) == (["INTUNE_A"], ())


def test_plans_that_nobody_knows_are_told_and_never_sent() -> None:
    stranger = ServicePlanId("00000000-0000-0000-0000-000000000001")
    result = switched_off_in(
        CATALOG, [stranger], source_plans=[stranger], target_plans=plans_of("Office 365 E5")
    )
    assert result == Translation(disabled=(), lost=(stranger,))


def test_plans_that_only_look_alike_are_of_no_family_or_another_one() -> None:
    assert IDS["MCOVOICECONF"] not in CATALOG.families
    for one, other in [
        ("ATP_ENTERPRISE", "THREAT_INTELLIGENCE"),
        ("PROJECTWORKMANAGEMENT", "PROJECT_O365_P2"),
        ("OFFICESUBSCRIPTION", "OFFICEMOBILE_SUBSCRIPTION"),
        ("CDS_O365_P2", "DYN365_CDS_O365_P2"),
        ("RMS_S_ENTERPRISE", "RMS_S_PREMIUM"),
        ("SHAREPOINTENTERPRISE", "ONEDRIVEENTERPRISE"),
    ]:
        assert CATALOG.families[IDS[one]] != CATALOG.families[IDS[other]]


def test_a_family_is_run_through_from_the_lowest_tier() -> None:
    todo = [plan for plan, family in CATALOG.families.items() if family == "To Do"]
    assert [plan_name(CATALOG, plan) for plan in todo] == [
        "BPOS_S_TODO_FIRSTLINE",
        "BPOS_S_TODO_1",
        "BPOS_S_TODO_2",
        "BPOS_S_TODO_3",
    ]
