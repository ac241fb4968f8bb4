"""From the old product to the new one through the channel that sells them, by the command line."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.engine import patience
from tests.journeys.conftest import SetUp
from tests.journeys.stage import (
    E5,
    Stage,
    buying,
    cancelling,
    hasten,
    moving,
    on_stage,
    play,
    scene,
)

E3 = "ENTERPRISEPACK"
BOUGHT = "2026-11-18T09:00:00Z"
"""Two days before the clock of the world, so within the refund window."""

LONG_AGO = "2026-06-20T09:00:00Z"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these worlds stands still, so waiting inside a run is of no use."""
    monkeypatch.setattr(patience, "SETTLE_S", 0.1)


def _tenant(channel: str, **more: Any) -> dict[str, Any]:
    """Return a tenant whose E3 was bought two days ago through a channel."""
    subscription = {"sku": E3, "seats": 20, "channel": channel, "created": BOUGHT}
    return {
        "subscriptions": [subscription | more.pop("subscription", {})],
        "users": [
            {"count": 9, "licenses": [E3], "usage_location": "IT"},
            {"count": 3, "licenses": [{"sku": E3, "disabled": ["SWAY"]}], "usage_location": "IT"},
        ],
        "azure": {"retry_after": 0},
        **more,
    }


def _azure(set_up: SetUp, **more: Any) -> Stage:
    stage = set_up(**_tenant("direct_mca", **more))
    settings = {"endpoint": f"{stage.url}/azure", "writes": True}
    stage.write_inventory({"contoso": {"azure_billing": settings}})
    return stage


def _partner(set_up: SetUp, channel: str = "csp", **more: Any) -> Stage:
    stage = set_up(**_tenant(channel, **more))
    settings = {"endpoint": f"{stage.url}/partner"}
    stage.write_inventory({"contoso": {"partner_center": settings}})
    return stage


def _wanted(stage: Stage, **cancel: Any) -> None:
    wanted = [buying(seats={"match": E3}), cancelling(E3, **cancel)]
    stage.write_playbook(play(subscriptions=wanted, assignments=[moving(E3)]))


def _to_the_end(stage: Stage, *, most: int = 6) -> list[int]:
    """Apply until nothing is left to wait for, an hour of the world apart; return the codes."""
    codes = [stage.apply().code]
    while codes[-1] == 4 and len(codes) < most:
        stage.world.advance("1h")
        codes.append(stage.apply().code)
    return codes


def _assert_upgraded(stage: Stage, *, seats: int = 20) -> None:
    held = [stage.held(index) for index in range(12)]
    assert all(len(each) == 1 for each in held)
    quiet = [off for each in held for off in each.values() if off]
    assert len(quiet) == 3
    assert stage.tenant.ever_unlicensed(stage.user_ids, among=[E3, E5]) == []
    assert sum(order.seats for order in stage.tenant.purchases) == seats
    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said


def test_azure_billing_takes_a_tenant_from_e3_to_e5_without_a_person(set_up: SetUp) -> None:
    stage = _azure(set_up)
    _wanted(stage)
    facts = stage.cli("facts", "-i", stage.inventory)
    assert "Azure billing" in facts.stdout
    assert "2026-11-25" in facts.stdout
    planned = stage.plan()
    assert "through Azure billing" in planned.stdout, planned.said
    codes = _to_the_end(stage)
    assert codes[-1] == 0, (codes, stage.apply().said)
    _assert_upgraded(stage)


@pytest.mark.parametrize("purchase", [{}, {"credit_check": "2h"}])
@pytest.mark.parametrize("product_ids", ["own", "catalog"])
@pytest.mark.parametrize("ids", ["own", "commerce"])
def test_azure_billing_buys_once_whatever_it_calls_subscriptions_and_products(
    set_up: SetUp, ids: str, product_ids: str, purchase: dict[str, Any]
) -> None:
    azure = {"retry_after": 0, "ids": ids, "product_ids": product_ids}
    stage = _azure(set_up, azure=azure, purchase=purchase)
    _wanted(stage)
    codes = _to_the_end(stage)
    if (ids, product_ids) != ("own", "own"):
        assert codes[-1] == 0, (codes, stage.apply().said)
        _assert_upgraded(stage)
        return
    assert codes[-1] == 4
    assert "a person has to buy 20 seats" in stage.apply().stdout
    assert stage.tenant.purchases == []


@pytest.mark.parametrize("ids", ["own", "commerce"])
@pytest.mark.parametrize("purchase", [{}, {"credit_check": "2h", "visible": False}])
def test_sales_that_name_no_tenant_go_by_the_id_of_the_directory_alone(
    set_up: SetUp, ids: str, purchase: dict[str, Any]
) -> None:
    azure = {"retry_after": 0, "ids": ids, "product_ids": "catalog", "names_tenant": False}
    stage = _azure(set_up, azure=azure, purchase=purchase)
    _wanted(stage)
    left_out = "left out: they name no tenant"
    facts = stage.cli("facts", "-i", stage.inventory)
    assert (left_out in facts.stdout) is (ids == "own"), facts.said
    codes = _to_the_end(stage)
    if ids == "own":
        assert codes[-1] == 4
        assert "a person has to buy 20 seats" in stage.apply().stdout
        assert stage.tenant.purchases == []
        return
    assert codes[-1] == 0, (codes, stage.apply().said)
    _assert_upgraded(stage)
    assert left_out not in stage.cli("facts", "-i", stage.inventory).stdout


def test_azure_billing_lets_the_old_product_end_with_its_term_after_the_window(
    set_up: SetUp,
) -> None:
    stage = _azure(set_up, subscription={"created": LONG_AGO})
    _wanted(stage)
    planned = stage.plan()
    assert "let end" in planned.stdout, planned.said
    codes = _to_the_end(stage)
    assert codes[-1] == 0, (codes, stage.apply().said)
    _assert_upgraded(stage)


def test_without_the_opt_in_a_person_is_asked_for_every_write(set_up: SetUp) -> None:
    stage = _azure(set_up)
    stage.write_inventory({"contoso": {"azure_billing": {"endpoint": f"{stage.url}/azure"}}})
    _wanted(stage)
    applied = stage.apply()
    assert applied.code == 4, applied.said
    assert "writes" in applied.stdout
    assert stage.tenant.purchases == []


def test_partner_center_takes_a_tenant_from_e3_to_e5_without_a_person(set_up: SetUp) -> None:
    stage = _partner(set_up)
    _wanted(stage)
    planned = stage.plan()
    assert "through Partner Center" in planned.stdout, planned.said
    assert "refunded until 2026-11-25" in planned.stdout
    codes = _to_the_end(stage)
    assert codes[-1] == 0, (codes, stage.apply().said)
    _assert_upgraded(stage)


@pytest.mark.parametrize("app_only", [[], ["any-word"]], ids=["app and user", "app only"])
@pytest.mark.parametrize("setup", ["succeeds", "fails"])
def test_what_partner_center_says_of_the_setup_is_told_to_who_may_know_and_decides_nothing(
    set_up: SetUp, app_only: list[str], setup: str
) -> None:
    partner, purchase = {"setup": setup, "order_lag": 0}, {"provisioning": "1h"}
    stage = set_up(
        scene(**_tenant("csp", partner=partner, purchase=purchase))
        | {"partner": {"app_only": app_only}}
    )
    settings = {"endpoint": f"{stage.url}/partner", "country": "IT"}
    stage.write_inventory({"contoso": {"partner_center": settings}})
    _wanted(stage)
    assert stage.apply().code == 4
    stage.world.advance("20 min")
    waiting = stage.apply()
    words = "come to nothing: ask its support" if setup == "fails" else "says of its setup: pending"
    assert (words in waiting.stdout) is (not app_only), waiting.said
    codes = _to_the_end(stage)
    assert codes[-1] == 0, (codes, stage.apply().said)
    _assert_upgraded(stage)


def test_partner_center_upgrades_in_place_after_the_window(set_up: SetUp) -> None:
    users = [{"count": 12, "licenses": [E3], "usage_location": "IT"}]
    stage = _partner(set_up, subscription={"created": LONG_AGO}, users=users)
    _wanted(stage)
    planned = stage.plan()
    assert "upgrade" in planned.stdout, planned.said
    codes = _to_the_end(stage)
    assert codes[-1] == 0, (codes, stage.apply().said)
    held = [stage.held(index) for index in range(12)]
    assert all(len(each) == 1 for each in held)
    assert stage.tenant.ever_unlicensed(stage.user_ids, among=[E3, E5]) == []
    assert stage.plan("--detailed-exitcode").code == 0


def test_services_that_are_off_refuse_the_upgrade_in_place_until_accepted(set_up: SetUp) -> None:
    stage = _partner(set_up, subscription={"created": LONG_AGO})
    _wanted(stage)
    refused = stage.plan()
    assert refused.code == 5, refused.said
    assert "services-reset" in refused.stdout


def test_partner_center_lets_the_old_product_end_with_its_term_where_that_is_asked_for(
    set_up: SetUp,
) -> None:
    stage = _partner(set_up, subscription={"created": LONG_AGO})
    _wanted(stage, when="end_of_term")
    codes = _to_the_end(stage)
    assert codes[-1] == 0, (codes, stage.apply().said)
    _assert_upgraded(stage)
    old = stage.tenant.subscriptions[0]
    assert (old.renews, old.cancels_at_end) == (False, True)


def test_who_is_no_customer_of_the_partner_is_a_task_for_a_person(set_up: SetUp) -> None:
    stage = _partner(set_up, partner={"customer": False})
    _wanted(stage)
    planned = stage.plan()
    assert planned.code == 0, planned.said
    assert "the partner who sold it" in planned.stdout


@pytest.mark.parametrize("channel", ["azure", "partner"])
def test_a_run_killed_at_any_moment_is_finished_by_the_next_and_buys_once(
    set_up: SetUp, channel: str
) -> None:
    stage = _azure(set_up) if channel == "azure" else _partner(set_up)
    _wanted(stage)
    stage.world.set_faults([{"kind": "slow", "seconds": 0.1, "on": f"/{channel}"}])
    for seconds in (1.1, 1.6, 2.1):
        process = stage.start(*stage.apply_arguments())
        time.sleep(seconds)
        process.kill()
        process.communicate()
    codes = _to_the_end(stage)
    assert codes[-1] == 0, (codes, stage.apply().said)
    _assert_upgraded(stage)


FAULTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["drop", "applied_unanswered", 500, 503, 429, 409]),
        "on": st.sampled_from(["/azure", "/partner", "write", "orders", "checkout", "cart"]),
        "after": st.integers(0, 4),
        "count": st.integers(1, 3),
        "retry_after": st.just(0),
    }
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(FAULTS, max_size=4),
    channel=st.sampled_from(["azure", "partner"]),
    purchase=st.sampled_from(
        [{}, {"credit_check": "2h"}, {"credit_check": "2h", "visible": False}]
    ),
    seats=st.lists(st.sampled_from([20, 22]), min_size=4, max_size=4),
)
def test_whatever_happens_no_more_is_bought_than_planned_and_nobody_loses_service(
    tmp_path_factory: pytest.TempPathFactory,
    faults: list[dict[str, Any]],
    channel: str,
    purchase: dict[str, Any],
    seats: list[int],
) -> None:
    kind = "direct_mca" if channel == "azure" else "csp"
    mapping = scene(**_tenant(kind, purchase=purchase))
    with pytest.MonkeyPatch.context() as patch:
        hasten(patch)
        with on_stage(mapping, tmp_path_factory.mktemp("world")) as stage:
            name = "azure_billing" if channel == "azure" else "partner_center"
            more = {"writes": True} if channel == "azure" else {"country": "IT"}
            endpoint = f"{stage.url}/{channel}"
            stage.write_inventory({"contoso": {name: {"endpoint": endpoint, **more}}})
            stage.world.set_faults(faults)
            for wanted in sorted(seats):  # seats given back and bought again are bought twice
                entries = [buying(seats=wanted), cancelling(E3)]
                stage.write_playbook(play(subscriptions=entries, assignments=[moving(E3)]))
                stage.apply()
                stage.world.advance("40 min")
                assert sum(order.seats for order in stage.tenant.purchases) <= max(seats)
            assert stage.tenant.ever_unlicensed(stage.user_ids, among=[E3, E5]) == []


TROUBLE: list[dict[str, Any]] = [
    {"kind": "applied_unanswered"},
    {"kind": "applied_unanswered", "answer": "drop"},
    {"kind": "drop"},
    {"kind": 503},
    {"kind": 429, "retry_after": 1},
]


@pytest.mark.parametrize(
    "fault", TROUBLE, ids=["done, 504", "done, no answer", "drop", "503", "429"]
)
@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("path", ["/azure", "/partner"])
def test_trouble_with_a_channel_never_buys_twice(
    set_up: SetUp, hasty: None, fault: dict[str, Any], after: int, path: str
) -> None:
    stage = _azure(set_up) if path == "/azure" else _partner(set_up)
    _wanted(stage)
    stage.world.set_faults([fault | {"on": ["write", path], "after": after, "count": 2}])
    codes = _to_the_end(stage)
    assert codes[-1] == 0, (codes, stage.apply().said)
    _assert_upgraded(stage)
