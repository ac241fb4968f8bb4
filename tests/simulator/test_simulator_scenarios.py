"""Check that scenario files are read, and that wrong ones say where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.simulator import ScenarioError, World
from runner.simulator.clock import Span, http_date, parse_moment, parse_span
from runner.simulator.products import build_products, load_products
from tests.simulator.served import E4, contoso

SCENARIOS = Path(__file__).parents[2] / "playbooks" / "scenarios"


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_of_the_project_can_be_served(path):
    world = World.from_files([path])
    for tenant in world.tenants.values():
        assert tenant.count_users() > 0
        assert tenant.ever_unlicensed([], among=[E4]) == []


def test_several_files_make_one_world(tmp_path):
    for name in ("contoso", "fabrikam"):
        (tmp_path / f"{name}.yaml").write_text(f"tenants: {{{name}: {{country: NO}}}}\n")
    world = World.from_files(sorted(tmp_path.glob("*.yaml")))
    assert [tenant.entry.country for tenant in world.tenants.values()] == ["NO", "NO"]


def test_the_same_tenant_in_two_files_is_refused(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("tenants: {contoso: }\n")
    with pytest.raises(ScenarioError, match=r"two.yaml: tenant contoso is in an earlier file too"):
        World.from_files([tmp_path / "one.yaml", tmp_path / "two.yaml"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tenants: [", "while parsing"),
        ("- a list", "a scenario is a mapping"),
        ("tenants: {}", "must name at least one tenant"),
        ("tenants: {müller: }", "'müller' cannot be in an address: use a to z"),
        ("tenants: {azure: }", "'azure' is taken by the simulator's own addresses"),
        ("{clock: {rate: -1}, tenants: {contoso: }}", "`float` >= 0"),
        ("tenants: {contoso: {faults: [{kind: 500, rate: 7}]}}", "`float` <= 1"),
        ("tenants: {contoso: {shoe: 1}}", "tenant contoso: Object contains unknown field `shoe`"),
        ("tenants: {contoso: {country: XX}}", "'XX' is no two-letter country code"),
        ("tenants: {contoso: {timezone: Rome}}", "Rome"),
        ("tenants: {contoso: {users: [{licenses: [E9]}]}}", r"users\[0\]: no product is called"),
        ("tenants: {contoso: {users: [{groups: [X]}]}}", "no group is called 'X'"),
        (
            "tenants: {contoso: {users: [{licenses: [{sku: SPE_E5, disabled: [X]}]}]}}",
            "SPE_E5 has no service plan 'X'",
        ),
        ("tenants: {contoso: {subscriptions: [{sku: SPE_E5, seats: -1}]}}", "fewer than none"),
        ("tenants: {contoso: {purchase: {credit_check: soon}}}", "'soon' is no span of time"),
        ("tenants: {contoso: {rules: {conflicts: [[NO_PLAN]]}}}", "no service plan is called"),
        ("tenants: {contoso: {rules: {profile: mild}}}", "mild"),
        ("tenants: {contoso: {locations: {forbidden: {XX: [SWAY]}}}}", "'XX' is no two-letter"),
        ("tenants: {contoso: {locations: {forbidden: {IT: [NO_PLAN]}}}}", "no service plan"),
        ("tenants: {contoso: {group_licensing: {rate: 0}}}", "ends never"),
        ("tenants: {contoso: {group_licensing: {delay: soon}}}", "'soon' is no span of time"),
        ("tenants: {contoso: {groups: [{name: A, nested: [B]}]}}", "no group is called 'B'"),
        ("tenants: {contoso: {groups: [{name: A, members: [1]}]}}", r"groups\[0\]: 1 to 1 are no"),
        ("tenants: {contoso: {groups: [{name: A, members: [x-y]}]}}", "'x-y' names no users"),
        ("tenants: {contoso: {groups: [{name: A, members: [{block: 1}]}]}}", "there is no block 1"),
        ("tenants: {contoso: {groups: [{name: A}, {name: A}]}}", "two groups are called 'A'"),
        ("tenants: {contoso: {users: [{groups: [{group: A, error: X}]}]}}", "Invalid enum"),
        ("tenants: {contoso: {id: 7}}", "Expected `str"),
        ("quota: lots\ntenants: {contoso: }", "quota"),
    ],
)
def test_a_wrong_scenario_says_where(tmp_path, text, message):
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=message) as found:
        World.from_files([path])
    assert str(found.value).startswith(f"{path}: ")


def test_groups_take_members_by_number_by_range_and_by_block():
    world = World.from_mapping(
        contoso(
            users=[{"count": 10}, {"count": 5, "groups": ["Rome"]}],
            groups=[
                {"name": "Sales", "members": [1, "3-4", {"block": 2, "first": 2, "count": 2}]},
                {"name": "Rome", "members": [{"block": 1, "first": 10}], "licenses": [E4]},
                {"name": "All", "members": ["1-15"]},
            ],
        )
    )
    members = {group.name: list(group.members) for group in world.tenant().groups.values()}
    assert members == {
        "Sales": [0, 2, 3, 11, 12],
        "Rome": [9, 10, 11, 12, 13, 14],
        "All": list(range(15)),
    }
    assert world.tenant().consumed(E4) == 6


def test_a_scenario_may_start_with_members_in_error():
    world = World.from_mapping(
        contoso(
            groups=[{"name": "Sales", "licenses": [E4]}],
            users=[{"groups": [{"group": "Sales", "error": "CountViolation"}]}],
        )
    )
    row = world.tenant().users[0].state.rows[0]
    assert (row.state, row.error, world.tenant().consumed(E4)) == ("Error", "CountViolation", 0)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ScenarioError, match=r"gone\.yaml"):
        World.from_files([tmp_path / "gone.yaml"])


def test_the_same_scenario_has_the_same_ids():
    first, second = (World.from_mapping(contoso()).tenant().snapshot() for _ in range(2))
    assert first == second


def test_an_unknown_tenant_is_answered_with_the_known_ones():
    world = World.from_mapping({"tenants": {"contoso": {}, "fabrikam": {}}})
    with pytest.raises(LookupError, match="name one of: contoso, fabrikam"):
        world.tenant()
    with pytest.raises(LookupError, match="no tenant is called 'acme'"):
        world.tenant("acme")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (90, Span(seconds=90)),
        ("72h", Span(seconds=259_200)),
        ("3 days 2 hours", Span(seconds=266_400)),
        ("1 hour, 30 min", Span(seconds=5_400)),
        ("1 business day", Span(business_days=1)),
        ("2 business days 1h", Span(business_days=2, seconds=3_600)),
    ],
)
def test_spans_of_time_are_written_as_people_say_them(text, expected):
    assert parse_span(text) == expected


@pytest.mark.parametrize("text", ["", "5", "soon", "3 cows", "1.5 business days", "2h x"])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError, match="is no span of time"):
        parse_span(text)


def test_business_days_are_those_of_the_time_zone():
    friday_night = parse_moment("2026-11-20T23:30:00Z")
    one = Span(business_days=1)
    assert http_date(one.after(friday_night)).startswith("Mon, 23 Nov 2026 23:30")
    assert http_date(one.after(friday_night, "Asia/Tokyo")).startswith("Sun, 22 Nov 2026 23:30")


def test_products_are_found_by_every_name():
    products = load_products()
    found = {products.find(word).sku_id for word in (E4, "ENTERPRISEWITHSCAL", "office 365 e4")}
    assert found == {E4}
    assert len(products.by_id) > 600
    with pytest.raises(LookupError, match=r"the nearest are .*enterprisewithscal"):
        products.find("ENTERPRISEWITHSCALL")


def test_the_product_file_can_be_rebuilt_from_microsofts_table(tmp_path):
    table = tmp_path / "table.csv"
    head = "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,Friendly"
    rows = ["Thing,THING,AAA,PLAN_A,P1,x", "Thing,THING,aaa ,PLAN_B,P2,x"]
    table.write_text("\n".join([head, *rows]))
    assert build_products(table, tmp_path / "products.json") == 1
    text = (tmp_path / "products.json").read_text()
    assert '["aaa", "THING", "Thing", [0, 1]]' in text
