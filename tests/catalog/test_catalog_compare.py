"""Prove what a user gains, keeps and loses between the products of the upgrade playbooks."""

import pytest

from runner.catalog import Comparison, compare, contained, has_teams, load_catalog, plan_name
from runner.catalog.compare import PlanPair
from runner.model.catalog import Catalog
from runner.model.ids import ServicePlanId
from tests.catalog.products import PRODUCTS, ids_of, names_of, plans_of

E4_TO_E5 = {
    "BPOS_S_TODO_2": "BPOS_S_TODO_3",
    "FLOW_O365_P2": "FLOW_O365_P3",
    "FORMS_PLAN_E3": "FORMS_PLAN_E5",
    "POWERAPPS_O365_P2": "POWERAPPS_O365_P3",
    "STREAM_O365_E3": "STREAM_O365_E5",
}
E4_TO_E1 = {
    "BPOS_S_TODO_2": "BPOS_S_TODO_1",
    "EXCHANGE_S_ENTERPRISE": "EXCHANGE_S_STANDARD",
    "FLOW_O365_P2": "FLOW_O365_P1",
    "FORMS_PLAN_E3": "FORMS_PLAN_E1",
    "POWERAPPS_O365_P2": "POWERAPPS_O365_P1",
    "RMS_S_ENTERPRISE": "RMS_S_BASIC",
    "SHAREPOINTENTERPRISE": "SHAREPOINTSTANDARD",
    "STREAM_O365_E3": "STREAM_O365_E1",
}
PRIVATE_SERVICES = [
    "Bing_Chat_Enterprise",
    "M365_LIGHTHOUSE_CUSTOMER_PLAN1",
    "MESH_AVATARS_ADDITIONAL_FOR_TEAMS",
    "MESH_AVATARS_FOR_TEAMS",
    "MESH_IMMERSIVE_FOR_TEAMS",
    "Nucleus",
]


def between(before: str, after: str) -> Comparison:
    return compare(load_catalog(), plans_of(before), plans_of(after))


def named(pairs: tuple[PlanPair, ...]) -> dict[str, str]:
    return {plan_name(load_catalog(), a): plan_name(load_catalog(), b) for a, b in pairs}


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        ("E4", "E5", (40, 5, 0, 1, 11)),
        ("E4", "E3", (21, 0, 0, 1, 16)),
        ("E3", "E5", (25, 11, 0, 6, 20)),
        ("E1", "E5", (29, 14, 0, 7, 13)),
        ("E5", "E5 no Teams", (3, 0, 0, 1, 55)),
        ("E4", "E1", (19, 0, 8, 2, 7)),
        ("E4", "E4", (0, 0, 0, 0, 17)),
    ],
)
def test_the_counts_are_those_of_the_published_table(
    before: str, after: str, counts: tuple[int, ...]
) -> None:
    found = between(before, after)
    parts = (found.gained, found.moved_up, found.moved_down, found.lost, found.kept)
    assert tuple(len(part) for part in parts) == counts


def test_e4_to_e5_loses_the_voice_right_and_moves_five_services_up() -> None:
    found = between("E4", "E5")
    assert names_of(found.lost) == ["MCOVOICECONF"]
    assert named(found.moved_up) == E4_TO_E5
    assert {"MCOEV", "MCOMEETADV", "LOCKBOX_ENTERPRISE", "EXCHANGE_ANALYTICS"} <= set(
        names_of(found.gained)
    )


def test_e4_to_e3_loses_the_voice_right_only_and_brings_neither_lockbox_nor_myanalytics() -> None:
    found = between("E4", "E3")
    assert names_of(found.lost) == ["MCOVOICECONF"]
    assert {"MYANALYTICS_P2", "ATP_ENTERPRISE"} <= set(names_of(found.gained))
    assert {"LOCKBOX_ENTERPRISE", "EXCHANGE_ANALYTICS"}.isdisjoint(names_of(found.gained))


def test_e3_to_e5_loses_only_what_has_no_tier_in_e5() -> None:
    assert names_of(between("E3", "E5").lost) == PRIVATE_SERVICES


def test_e1_to_e5_moves_mailbox_and_sites_up() -> None:
    found = between("E1", "E5")
    moved = named(found.moved_up)
    assert moved["EXCHANGE_S_STANDARD"] == "EXCHANGE_S_ENTERPRISE"
    assert moved["SHAREPOINTSTANDARD"] == "SHAREPOINTENTERPRISE"
    assert names_of(found.lost) == [*PRIVATE_SERVICES, "OFFICEMOBILE_SUBSCRIPTION"]


def test_e5_to_e5_without_teams_loses_teams_only() -> None:
    assert names_of(between("E5", "E5 no Teams").lost) == ["TEAMS1"]
    assert has_teams(load_catalog(), plans_of("E5"))
    assert not has_teams(load_catalog(), plans_of("E5 no Teams"))


def test_e4_to_e1_moves_mailbox_and_sites_down_and_loses_the_desktop_apps() -> None:
    found = between("E4", "E1")
    assert named(found.moved_down) == E4_TO_E1
    assert names_of(found.lost) == ["MCOVOICECONF", "OFFICESUBSCRIPTION"]


def _catalog_of_one_family() -> Catalog:
    tiers = [ServicePlanId(f"p{number}") for number in (1, 2, 3)]
    return Catalog(
        as_of="2026-07-29",
        source="",
        products={},
        service_plans={},
        families=dict.fromkeys(tiers, "Service"),
    )


@pytest.mark.parametrize(
    ("before", "after", "gained", "up", "down"),
    [
        (["p1"], ["p3"], [], [("p1", "p3")], []),
        (["p1"], ["p2", "p3"], ["p2"], [("p1", "p3")], []),
        (["p1"], ["p1", "p2"], ["p2"], [], []),
        (["p1", "p2"], ["p1"], [], [], [("p2", "p1")]),
        (["p1", "p2"], ["p2"], [], [("p1", "p2")], []),
        (["p3"], ["p1", "p2"], ["p1"], [], [("p3", "p2")]),
        (["p1", "p3"], ["p2"], [], [("p1", "p2")], [("p3", "p2")]),
    ],
)
def test_a_plan_goes_to_the_highest_tier_that_is_there_afterwards(
    before: list[ServicePlanId],
    after: list[ServicePlanId],
    gained: list[str],
    up: list[tuple[str, str]],
    down: list[tuple[str, str]],
) -> None:
    found = compare(_catalog_of_one_family(), before, after)
    assert (list(found.gained), list(found.moved_up), list(found.moved_down)) == (gained, up, down)
    assert found.lost == ()


def test_plans_that_the_catalog_does_not_know_are_gained_and_lost_by_id() -> None:
    catalog = load_catalog()
    found = compare(catalog, [ServicePlanId("old")], [ServicePlanId("new")])
    assert (found.lost, found.gained) == (("old",), ("new",))


@pytest.mark.parametrize("before", PRODUCTS)
@pytest.mark.parametrize("after", PRODUCTS)
def test_every_plan_has_exactly_one_fate(before: str, after: str) -> None:
    found = between(before, after)
    moved = (*found.moved_up, *found.moved_down)
    from_before = [*found.kept, *found.lost, *(a for a, _ in moved)]
    assert sorted(from_before) == sorted(plans_of(before))
    assert {*found.kept, *found.gained, *(b for _, b in moved)} == set(plans_of(after))
    assert set(found.gained).isdisjoint({*found.kept, *(b for _, b in moved)})


def test_a_plan_contains_the_lower_tiers_of_its_family_and_no_higher_one() -> None:
    held = contained(load_catalog(), ids_of("SHAREPOINTSTANDARD"))
    names = names_of(held)
    assert {"SHAREPOINTSTANDARD", "SHAREPOINTDESKLESS"} <= set(names)
    assert "SHAREPOINTENTERPRISE" not in names
