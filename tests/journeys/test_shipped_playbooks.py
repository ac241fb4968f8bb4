"""Every playbook that is shipped goes from its first plan to an empty one."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from runner.simulator.products import load_products
from tests.house.source import example_playbooks
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, ROOT, Result, Stage, moving, play
from tests.journeys.upgrades import act

E1, E3, E5_NO_TEAMS = "STANDARDPACK", "ENTERPRISEPACK", "Office_365_w/o_Teams_Bundle_E5"
PATH = {path.stem: path for path in example_playbooks()}
SUITES = (E1, E3, E4, E5, E5_NO_TEAMS)
TURNS = 12
FAST = 20
"""How many times faster than real the tenant's clock runs: groups are reached within a second."""

NEW = """
    ADALLOM_S_O365 ATP_ENTERPRISE BI_AZURE_P2 COMMUNICATIONS_COMPLIANCE COMMUNICATIONS_DLP
    Content_Explorer ContentExplorer_Standard CUSTOMER_KEY DATA_INVESTIGATIONS
    EQUIVIO_ANALYTICS EXCEL_PREMIUM EXCHANGE_ANALYTICS GRAPH_CONNECTORS_SEARCH_INDEX INFO_GOVERNANCE
    INFORMATION_BARRIERS LOCKBOX_ENTERPRISE M365_ADVANCED_AUDITING MCOEV MCOMEETADV
    MICROSOFT_COMMUNICATION_COMPLIANCE MIP_S_CLP1 MIP_S_CLP2 MIP_S_Exchange MTP
    OFFICESUBSCRIPTION PAM_ENTERPRISE PREMIUM_ENCRYPTION RECORDS_MANAGEMENT
    THREAT_INTELLIGENCE
"""
"""Services of Office 365 E5 of which E1 has no tier: off with `new_services: disable`."""

Held = Mapping[str, tuple[str, ...]]
"""Part numbers a user has, directly or by a group named with `@`, each with the plans off in it."""


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """A playbook, the scenario of that or another name, what users by name hold in the end.

    `told` are the codes of the first plan's errors and warnings, `bought` the seats there are in
    the end, `over` the products cancelled.
    """

    playbook: str
    scenario: str = ""
    ends: Mapping[str, Held]
    bought: Mapping[str, int]
    over: tuple[str, ...]
    told: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()


def _by(group: str, sku: str) -> str:
    return f"{sku}@{group}"


def _off(plans: str) -> tuple[str, ...]:
    return tuple(sorted(plans.split()))


SHIPPED = (
    Shipped(
        playbook="e4-to-e5",
        scenario="contoso",
        ends={"user": {E5: ()}, "quiet": {E5: ("SWAY", "YAMMER_ENTERPRISE")}, "visitor": {}},
        bought={E5: 120},
        over=(E4,),
        told=frozenset({"loses-voice-rights"}),
    ),
    Shipped(
        playbook="e4-to-e3",
        ends={
            "direct": {E3: ()},
            "quiet": {E3: ("SWAY",)},
            "office": {_by("Office", E3): ()},
            "plant": {_by("Plant", E3): ("YAMMER_ENTERPRISE",)},
            "both": {_by("Office", E3): ()},
            "visio": {E3: (), "VISIOCLIENT": ()},
            "guest": {E3: ()},
            "desk": {E3: ()},
            "nobody": {},
        },
        bought={E3: 60},
        over=(E4,),
        told=frozenset({"loses-voice-rights"}),
    ),
    Shipped(
        playbook="e3-to-e5",
        ends={
            "direct": {E5: ()},
            "grouped": {_by("Everyone on E3", E5): ()},
            "quiet": {E5: ("FORMS_PLAN_E5",)},
            "phone": {E5: ()},
            "caller": {_by("Everyone on E3", E5): ()},
            "analyst": {E5: ()},
            "pilot": {E5: ()},
            "left": {E5: ()},
        },
        bought={E5: 60},
        over=(E3,),
    ),
    Shipped(
        playbook="e1-to-e5",
        ends={
            "direct": {E5: _off(NEW)},
            "unplaced": {E5: _off(NEW)},
            "quiet": {E5: _off(NEW + "SHAREPOINTENTERPRISE SWAY")},
            "stores": {_by("Stores", E5): _off(NEW)},
        },
        bought={E5: 50},
        over=(E1,),
    ),
    Shipped(
        playbook="e5-to-e5-no-teams",
        ends={
            "direct": {E5_NO_TEAMS: ()},
            "silent": {E5_NO_TEAMS: ()},
            "branch": {_by("Branches", E5_NO_TEAMS): ()},
            "both": {_by("Branches", E5_NO_TEAMS): ()},
            "keeper": {E5_NO_TEAMS: (), "Microsoft_Teams_EEA_New": ("MCOIMP",)},
        },
        bought={E5_NO_TEAMS: 40},
        over=(E5,),
        told=frozenset({"loses-teams"}),
        options=("--accept", "loses-teams"),
    ),
    Shipped(
        playbook="e4-split-by-group",
        ends={
            "sales": {_by("Sales", E5): ()},
            "seller": {_by("Sales", E5): ()},
            "support": {E5: ()},
            "guest": {E5: ()},
            "warehouse": {_by("Warehouse", E3): ("SWAY",)},
            "direct": {E3: ()},
            "quiet": {E3: ("FORMS_PLAN_E3",)},
        },
        bought={E5: 25, E3: 29},
        over=(E4,),
        told=frozenset({"loses-voice-rights"}),
    ),
)


def _scenario(name: str) -> dict[str, Any]:
    text = (ROOT / "playbooks" / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")
    world: dict[str, Any] = yaml.safe_load(text)
    world["clock"] = {**world["clock"], "rate": FAST}
    return world


def _told(planned: Result) -> frozenset[str]:
    tenants = planned.document["tenants"]
    found = (each for tenant in tenants for each in tenant["findings"])
    return frozenset(each["code"] for each in found if each["severity"] != "info")


def _until_done(stage: Stage, options: tuple[str, ...]) -> Result:
    """Apply and do what is asked as the administrator, or let time pass, until nothing waits."""
    for _ in range(TURNS):
        result = stage.apply(*options)
        if result.code != 4:
            return result
        if not act(stage):
            stage.world.advance("72h")
    return result


def _ends(stage: Stage) -> dict[str, list[Held]]:
    """Return what the users of each name hold, every distinct set once."""
    found: dict[str, list[Held]] = {}
    for user in stage.tenant.users:
        held = {_source(stage, row): _names(row) for row in user.state.rows}
        name = re.split(r"\d", user.upn)[0]
        if held not in found.setdefault(name, []):
            found[name].append(held)
    return found


def _source(stage: Stage, row: Any) -> str:
    part_number = load_products().by_id[row.sku_id].part_number
    return _by(stage.tenant.group(row.group_id).name, part_number) if row.group_id else part_number


def _names(row: Any) -> tuple[str, ...]:
    plans = load_products().by_id[row.sku_id].plans
    return tuple(sorted(plans[plan].name for plan in row.disabled))


def _seats(stage: Stage, status: str) -> Counter[str]:
    now, seats = stage.world.clock.now(), Counter[str]()
    for each in stage.tenant.subscriptions:
        if each.status(now) == status:
            seats[load_products().by_id[each.sku_id].part_number] += each.seats
    return seats


def _on_stage(set_up: SetUp, playbook: str, scenario: str) -> Stage:
    stage = set_up(_scenario(scenario))
    stage.playbook.write_bytes(PATH[playbook].read_bytes())
    return stage


def _e1_to_e5(set_up: SetUp, *users: Mapping[str, Any], **rest: Any) -> Stage:
    stage = set_up(
        subscriptions=[{"sku": E1, "seats": 30}, {"sku": E5, "seats": 30}],
        groups=[{"name": "Stores", "licenses": [E1]}],
        users=[{"usage_location": "IT", **each} for each in users],
        group_licensing={"rate": "instant"},
    )
    stage.write_playbook(play(assignments=[moving(E1, E5, **rest)]))
    return stage


@pytest.mark.parametrize("case", SHIPPED, ids=lambda case: case.playbook)
def test_a_shipped_playbook_goes_all_the_way(set_up: SetUp, case: Shipped) -> None:
    stage = _on_stage(set_up, case.playbook, case.scenario or case.playbook)
    licensed = [user.id for user in stage.tenant.users if user.state.held]

    if case.options:
        assert stage.plan().code == 5
    planned = stage.plan("--json", *case.options)
    assert planned.code == 0, planned.said
    assert _told(planned) == case.told

    ended = _until_done(stage, case.options)
    assert ended.code == 0, ended.said
    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said

    assert _ends(stage) == {name: [held] for name, held in case.ends.items()}
    assert case.bought.items() <= _seats(stage, "Enabled").items()
    assert _seats(stage, "Suspended").keys() == set(case.over)
    assert not stage.tenant.ever_unlicensed(licensed, among=SUITES)
    assert max(stage.tenant.most_over_assigned.values()) <= 0


def test_every_playbook_that_is_shipped_is_tried() -> None:
    assert {case.playbook for case in SHIPPED} == PATH.keys()


def test_who_is_refused_by_graph_keeps_what_they_have(set_up: SetUp) -> None:
    stage = _on_stage(set_up, "e4-to-e5", "groups")
    moved = stage.apply()
    assert moved.code == 3, moved.said
    holders = stage.tenant.holders(load_products().find(E4).sku_id)
    staying = [re.split(r"\d", stage.tenant.users[index].upn)[0] for index in sorted(holders)]
    assert staying == ["guest", "guest", "twin"]


def test_the_most_frequent_reason_is_named(set_up: SetUp) -> None:
    stage = _on_stage(set_up, "e4-to-e5", "groups")
    assert "most often: prohibited-in-location" in stage.apply().stdout


def test_users_with_both_paths_are_moved_although_the_plans_exclude_each_other(
    set_up: SetUp,
) -> None:
    stage = _e1_to_e5(set_up, {"count": 2, "licenses": [E1], "groups": ["Stores"]})
    assert _told(stage.plan("--json")) == frozenset()


def test_a_higher_tier_beside_the_one_they_have_is_a_new_service(set_up: SetUp) -> None:
    stage = _e1_to_e5(set_up, {"licenses": [E1]}, new_services="disable")
    assert stage.apply().code == 0
    assert "EXCHANGE_ANALYTICS" in _ends(stage)["user"][0][E5]


def test_a_tier_that_stays_off_is_shown_where_new_services_are_off_too(set_up: SetUp) -> None:
    quiet = {"licenses": [{"sku": E1, "disabled": ["SHAREPOINTSTANDARD"]}]}
    stage = _e1_to_e5(set_up, quiet, new_services="disable")
    assert "SHAREPOINTENTERPRISE stays off" in stage.plan().stdout


def test_every_add_on_that_is_taken_says_from_how_many_users(set_up: SetUp) -> None:
    stage = _on_stage(set_up, "e3-to-e5", "e3-to-e5")
    (line,) = [line for line in stage.plan().stdout.splitlines() if "remove   Power BI" in line]
    assert "from 2 users" in line


def test_a_member_in_error_is_tried_again_by_the_next_run(set_up: SetUp) -> None:
    member = {"groups": ["Stores"], "proxy_conflict": True}
    stage = _e1_to_e5(set_up, member, {"count": 3, "groups": ["Stores"]})
    assert stage.apply().code == 3
    twin = stage.tenant.users[0]
    twin.profile.proxy_conflict = False
    stage.apply()
    assert load_products().find(E5).sku_id in twin.state.held
