"""Prove which service plans exclude each other and which need others."""

import json

import pytest

from runner.catalog import (
    broken_dependencies,
    conflicts_between,
    load_catalog,
    load_dependencies,
    unmet_dependencies,
)
from runner.catalog.add_ons import is_suite
from runner.catalog.load import HERE
from tests.catalog.products import ids_of, names_of, plans_of

SITES = ("SharePoint", tuple(sorted(ids_of("SHAREPOINTENTERPRISE", "SHAREPOINTSTANDARD"))))


@pytest.mark.parametrize(
    ("both", "conflicts"),
    [
        (("E4", "E5"), ()),
        (("E3", "E5"), ()),
        (("E3", "E4"), ()),
        (("E5", "M5"), ()),
        (("E1", "E3"), (SITES,)),
        (("E1", "E4"), (SITES,)),
        (("E1", "E5"), (SITES,)),
    ],
)
def test_which_products_conflict_when_both_are_held(
    both: tuple[str, str], conflicts: tuple[object, ...]
) -> None:
    assert conflicts_between({*plans_of(both[0]), *plans_of(both[1])}) == conflicts


def test_no_product_of_the_catalog_conflicts_with_itself() -> None:
    products = load_catalog().products.values()
    assert not [each for each in products if conflicts_between(each.service_plans)]


def test_project_needs_the_second_sharepoint_plan() -> None:
    (project,) = ids_of("SHAREPOINT_PROJECT")
    assert unmet_dependencies(ids_of("SHAREPOINT_PROJECT", "SHAREPOINTSTANDARD")) == (
        (project, tuple(ids_of("SHAREPOINTENTERPRISE"))),
    )
    assert unmet_dependencies(ids_of("SHAREPOINT_PROJECT", "SHAREPOINTENTERPRISE")) == ()


@pytest.mark.parametrize(
    ("plan", "any_of"),
    [
        ("MCOMEETADV", ["MCOSTANDARD", "TEAMS1"]),
        ("MCOEV", ["MCOSTANDARD", "TEAMS1"]),
        ("MCOPSTN1", ["MCOEV", "MCOEVSMB"]),
        ("MCOPSTN2", ["MCOEV", "MCOEVSMB"]),
        ("MCOPSTN5", ["MCOEV", "MCOEVSMB"]),
        ("MCOPSTN6", ["MCOEV", "MCOEVSMB"]),
        ("WORKPLACE_ANALYTICS", ["EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE"]),
    ],
)
def test_one_of_the_plans_needed_is_enough(plan: str, any_of: list[str]) -> None:
    assert [names_of(needs) for _, needs in unmet_dependencies(ids_of(plan))] == [
        names_of(sorted(ids_of(*any_of)))
    ]
    for needed in any_of:
        assert unmet_dependencies(ids_of(plan, needed, "TEAMS1")) == ()


def test_nothing_enabled_needs_nothing() -> None:
    assert unmet_dependencies(()) == ()


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        ("E4", "E5", []),
        ("E4", "E1", ["SHAREPOINT_PROJECT"]),
        ("E5", "E4", ["MCOPSTN1", "MCOPSTN2", "MCOPSTN5", "MCOPSTN6"]),
        ("E5", "E5 no Teams", []),
        ("E1", "E5", []),
        ("E4", "MCOMEETADV", ["MCOMEETADV", "MCOEV", "SHAREPOINT_PROJECT", "WORKPLACE_ANALYTICS"]),
    ],
)
def test_what_leans_on_the_product_before_and_falls(
    before: str, after: str, broken: list[str]
) -> None:
    found = broken_dependencies(plans_of(before), plans_of(after))
    assert names_of(each.plan for each in found) == broken


def test_no_suite_of_the_catalog_lacks_what_its_own_plans_need() -> None:
    catalog = load_catalog()
    suites = [each for each in catalog.products.values() if is_suite(catalog, each)]
    assert len(suites) > 80
    assert not [each.names[0] for each in suites if unmet_dependencies(each.service_plans)]


@pytest.mark.parametrize("base", ["DESKLESSPACK", "Microsoft_Teams_Enterprise_New", "E5 no Teams"])
def test_phone_system_goes_with_everything_it_is_sold_for(base: str) -> None:
    """Of the two plans that it needs one of, each of these has one only."""
    assert unmet_dependencies({*plans_of(base), *ids_of("MCOEV")}) == ()


def test_every_dependency_has_a_source_and_the_names_of_the_catalog() -> None:
    known = load_catalog().service_plans
    for entry in json.loads((HERE / "dependencies.json").read_bytes())["dependencies"]:
        named = {entry["name"]: entry["plan"], **entry["needs_any_of"]}
        assert {known[plan].name: plan for plan in named.values()} == named
    assert all(each.source.startswith("Microsoft") for each in load_dependencies())
