"""From the old product to the new one through the channel that sells them, by the command line."""

from typing import Any

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E5, Stage, buying, cancelling, moving, play

E3 = "ENTERPRISEPACK"
BOUGHT = "2026-11-18T09:00:00Z"
"""Two days before the clock of the world, so within the refund window."""

LONG_AGO = "2026-06-20T09:00:00Z"


def _tenant(channel: str, **more: Any) -> dict[str, Any]:
    """Return a tenant whose E3 was bought two days ago through a channel."""
    subscription = {"sku": E3, "seats": 20, "channel": channel, "created": BOUGHT}
    return {
        "subscriptions": [subscription | more.pop("subscription", {})],
        "users": [
            {"count": 9, "licenses": [E3], "usage_location": "IT"},
            {"count": 3, "licenses": [{"sku": E3, "disabled": ["SWAY"]}], "usage_location": "IT"},
        ],
        **more,
    }


def _azure(set_up: SetUp, **more: Any) -> Stage:
    stage = set_up(**_tenant("direct_mca", **more))
    settings = {"endpoint": f"{stage.url}/azure", "writes": True}
    stage.write_inventory({"contoso": {"azure_billing": settings}})
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
@pytest.mark.parametrize("after", [0, 1, 2])
def test_trouble_with_azure_billing_never_buys_twice(
    set_up: SetUp, hasty: None, fault: dict[str, Any], after: int
) -> None:
    stage = _azure(set_up)
    _wanted(stage)
    stage.world.set_faults([fault | {"on": ["write", "/azure"], "after": after, "count": 2}])
    codes = _to_the_end(stage)
    assert codes[-1] == 0, (codes, stage.apply().said)
    _assert_upgraded(stage)
