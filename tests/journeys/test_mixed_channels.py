"""A tenant that bought from a partner and directly: each subscription by whoever can act on it."""

import pytest

from runner.engine import patience
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E5, Stage, buying, cancelling, moving, play

E1 = "STANDARDPACK"
E3 = "ENTERPRISEPACK"
BOUGHT = "2026-11-18T09:00:00Z"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these worlds stands still, so waiting inside a run is of no use."""
    monkeypatch.setattr(patience, "SETTLE_S", 0.1)


def _stage(set_up: SetUp) -> Stage:
    stage = set_up(
        subscriptions=[
            {"sku": E3, "seats": 8, "channel": "csp", "created": BOUGHT},
            {"sku": E1, "seats": 6, "channel": "direct_legacy", "created": BOUGHT},
        ],
        users=[
            {"count": 5, "licenses": [E3], "usage_location": "IT"},
            {"count": 4, "licenses": [E1], "usage_location": "IT"},
        ],
    )
    settings = {"endpoint": f"{stage.url}/partner"}
    stage.write_inventory({"contoso": {"partner_center": settings}})
    new = buying(seats={"needed": True}) | {"channel": "partner_center"}
    wanted = [new, cancelling(E3), cancelling(E1)]
    stage.write_playbook(play(subscriptions=wanted, assignments=[moving([E3, E1])]))
    return stage


def test_the_partner_ends_its_own_and_a_person_the_other(set_up: SetUp) -> None:
    stage = _stage(set_up)
    planned = stage.plan().stdout
    ends = [line for line in planned.splitlines() if line.startswith("  - cancel")]
    (by_partner,) = [line for line in ends if "Office 365 E3" in line]
    (by_person,) = [line for line in ends if "Office 365 E1" in line]
    assert "through Partner Center" in by_partner
    assert "a person, in the admin center" in by_person
    for _ in range(6):
        assert stage.apply().code == 4
        if _left(stage) == {E1}:
            break
        stage.world.advance("1h")
    assert _left(stage) == {E1}
    assert sum(order.seats for order in stage.tenant.purchases) == 9
    stage.world.admin("contoso").cancel(E1)
    assert stage.apply().code == 0
    assert stage.plan("--detailed-exitcode").code == 0
    assert stage.tenant.ever_unlicensed(stage.user_ids, among=[E1, E3, E5]) == []


def _left(stage: Stage) -> set[str]:
    """Return which of the old products are live."""
    facts = stage.cli("facts", "-i", stage.inventory, "--json").document["tenants"][0]
    live = [each["part_number"] for each in facts["subscriptions"] if each["status"] == "Enabled"]
    return {E1, E3} & set(live)
