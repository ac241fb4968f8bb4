"""Check which service plans exclude, need and forbid each other, for direct calls."""

from __future__ import annotations

import pytest

from runner.simulator.products import load_products
from tests.simulator.served import E1, E3, E4, E5
from tests.simulator.test_simulator_licenses import error

AUDIO, PHONE, CALLING = "MCOMEETADV", "MCOEV", "MCOPSTN1"
PROJECT = "PROJECTPROFESSIONAL"


def sku(word):
    """Return the id of a product."""
    return load_products().find(word).sku_id


def plan(word):
    """Return the id of a service plan."""
    return load_products().plan_id(word)


def plans_of(sku_id):
    """Return the ids of all plans of a product."""
    return list(load_products().by_id[sku_id].plans)


def served(serve, *, held=(), **changes):
    """Serve a tenant with seats of everything, whose only user holds some products."""
    words = [E1, E3, E4, E5, AUDIO, PHONE, CALLING, PROJECT, "WORKPLACE_ANALYTICS"]
    given = {
        "subscriptions": [{"sku": word, "seats": 5} for word in words],
        "users": [{"licenses": list(held), "usage_location": "IT"}],
    }
    return serve(**(given | changes))


@pytest.mark.parametrize(
    ("add_on", "needed", "base"),
    [
        (AUDIO, "MCOSTANDARD", E4),
        (PHONE, "MCOSTANDARD", E3),
        (CALLING, "MCOEV", PHONE),
        ("WORKPLACE_ANALYTICS", "EXCHANGE_S_ENTERPRISE", E4),
    ],
)
def test_an_add_on_needs_its_base(serve, add_on, needed, base):
    graph = served(serve)
    message = error(graph.assign(0, add=[sku(add_on)]))[2]
    assert message.startswith("License assignment failed because service plan ")
    assert plan(needed) in message.partition("depends on the service plan(s) ")[2]
    bases = {sku(base), *([E4] if base == PHONE else [])}
    assert graph.assign(0, add=[sku(add_on), *bases]).status_code == 200


def test_the_base_of_an_add_on_cannot_be_taken_alone_but_swapped(serve):
    graph = served(serve, held=[E4, AUDIO])
    assert "depends on the service plan(s)" in error(graph.assign(0, remove=[E4]))[2]
    assert graph.assign(0, add=[E5], remove=[E4]).status_code == 200


def test_project_needs_sharepoint_from_any_license(serve):
    needy = {"sku": PROJECT, "disabled": ["SHAREPOINTENTERPRISE"]}
    graph = served(serve, held=[E4, needy])
    off = [plan("SHAREPOINTENTERPRISE")]
    response = graph.assign(0, add=[E5], remove=[E4], disabled=off)
    assert error(response)[2] == (
        "License assignment failed because service plan fe71d6c3-a2ea-4499-9778-da042bf08063 "
        "depends on the service plan(s) 5dbe027f-2339-4123-9542-606e4d348a72"
    )
    assert graph.assign(0, add=[E5], remove=[E4]).status_code == 200


def test_strict_rules_refuse_to_switch_off_what_another_plan_needs(serve):
    graph = served(serve)
    off = [plan("MCOSTANDARD"), plan("TEAMS1")]
    assert graph.assign(0, add=[E5], disabled=off).status_code == 400
    more = [*off, plan("MCOEV"), plan("MCOMEETADV")]
    assert graph.assign(0, add=[E5], disabled=more).status_code == 200


def test_relaxed_rules_switch_off_the_dependents_too(serve):
    graph = served(serve, rules="relaxed")
    off = [plan("MCOSTANDARD"), plan("TEAMS1")]
    assert graph.assign(0, add=[E5], disabled=off).status_code == 200
    assert graph.held(0) == {E5: sorted([*off, plan("MCOEV"), plan("MCOMEETADV")])}


def test_relaxed_rules_leave_on_what_another_license_still_provides(serve):
    graph = served(serve, rules="relaxed", held=[E4])
    off = [plan("MCOSTANDARD"), plan("TEAMS1")]
    assert graph.assign(0, add=[E5], disabled=off).status_code == 200
    assert graph.held(0)[E5] == sorted(off)


def test_relaxed_rules_still_refuse_an_add_on_without_its_base(serve):
    graph = served(serve, rules="relaxed")
    assert graph.assign(0, add=[sku(AUDIO)]).status_code == 400


@pytest.mark.parametrize("rules", ["strict", "relaxed", "off"])
def test_all_plans_of_a_product_may_be_switched_off(serve, rules):
    graph = served(serve, rules=rules)
    assert graph.assign(0, add=[E5], disabled=plans_of(E5)).status_code == 200
    assert graph.held(0) == {E5: sorted(plans_of(E5))}


@pytest.mark.parametrize(("rules", "status"), [("strict", 400), ("relaxed", 200), ("off", 200)])
def test_sharepoint_plans_exclude_each_other_under_strict_rules_only(serve, rules, status):
    graph = served(serve, rules=rules, held=[E1])
    assert graph.assign(0, add=[E5]).status_code == status


def test_a_plan_that_is_switched_off_excludes_nothing(serve):
    graph = served(serve, held=[E1])
    off = [plan("SHAREPOINTENTERPRISE")]
    assert graph.assign(0, add=[E5], disabled=off).status_code == 200


def test_a_plan_forbidden_in_the_users_country_is_refused_unless_switched_off(serve):
    graph = served(serve, locations={"forbidden": {"IT": ["MCOEV"], "FR": ["SWAY"]}})
    assert error(graph.assign(0, add=[E5])) == (
        400,
        "Request_BadRequest",
        f"License assignment failed because service plan {plan('MCOEV')} is prohibited in usage "
        "location IT.",
    )
    assert graph.assign(0, add=[E5], disabled=[plan("MCOEV")]).status_code == 200


def test_a_group_follows_the_same_rules_about_dependents(serve):
    graph = served(
        serve,
        rules="relaxed",
        groups=[{"name": "Sales"}],
        users=[{"groups": ["Sales"], "usage_location": "IT"}],
        group_licensing={"rate": "instant"},
    )
    group = next(iter(graph.tenant.groups))
    off = [plan("MCOSTANDARD"), plan("TEAMS1")]
    body = {"addLicenses": [{"skuId": E5, "disabledPlans": off}], "removeLicenses": []}
    assert graph.post(f"/groups/{group}/assignLicense", body).status_code == 202
    assert graph.held(0) == {E5: sorted([*off, plan("MCOEV"), plan("MCOMEETADV")])}
