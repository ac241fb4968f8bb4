"""Fewer seats at the renewal, through the partner that sells them, by the command line."""

import json
from typing import Any

import pytest

from runner.engine import patience
from tests.journeys.conftest import SetUp
from tests.journeys.stage import Stage, buying, play

E3 = "ENTERPRISEPACK"
LONG_AGO = "2025-12-20T09:00:00Z"
"""Eleven months before the clock of the world: it renews on 2026-12-20."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these worlds stands still, so waiting inside a run is of no use."""
    monkeypatch.setattr(patience, "SETTLE_S", 0.1)


@pytest.fixture
def stage(set_up: SetUp) -> Stage:
    """Return a tenant with twenty seats of E3 from a partner, past their refund, five in use."""
    return _served(set_up)


def _served(set_up: SetUp, **partner: Any) -> Stage:
    subscription = {"sku": E3, "seats": 20, "channel": "csp", "created": LONG_AGO}
    users = [{"count": 5, "licenses": [E3], "usage_location": "IT"}]
    stage = set_up(subscriptions=[subscription], users=users, partner=partner)
    settings = {"endpoint": f"{stage.url}/partner", "country": "IT"}
    stage.write_inventory({"contoso": {"partner_center": settings}})
    _want(stage, 12)
    return stage


def _want(stage: Stage, seats: int) -> None:
    stage.write_playbook(play(subscriptions=[buying(E3, seats=seats)]))


def _assert_empty(stage: Stage) -> None:
    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said


def _seats(stage: Stage) -> int:
    return stage.tenant.subscriptions[0].seats_at(stage.world.clock.now())


def _next_seats(stage: Stage) -> int | None:
    (terms,) = stage.tenant.partner.terms.values()
    return terms.next_term["quantity"] if terms.next_term else None


def test_fewer_seats_are_scheduled_and_are_there_after_the_renewal(stage: Stage) -> None:
    planned = stage.plan()
    assert "20 → 12 seats, at the renewal on 2026-12-20" in planned.stdout, planned.said
    applied = stage.apply()
    assert applied.code == 0, applied.said
    assert (_seats(stage), _next_seats(stage)) == (20, 12)
    _assert_empty(stage)
    stage.world.advance("20 days")
    _assert_empty(stage)
    stage.world.advance("12 days")
    _assert_empty(stage)
    assert (_seats(stage), _next_seats(stage)) == (12, None)
    assert stage.tenant.subscriptions[0].renews


def test_all_seats_wanted_again_take_the_schedule_back(stage: Stage) -> None:
    stage.apply()
    _want(stage, 20)
    planned = stage.plan()
    assert "20 seats, not 12, at the renewal on 2026-12-20" in planned.stdout, planned.said
    assert stage.apply().code == 0
    assert _next_seats(stage) is None
    _assert_empty(stage)


def test_more_seats_delete_the_schedule_and_the_next_wish_schedules_anew(stage: Stage) -> None:
    stage.apply()
    _want(stage, 22)
    planned = stage.plan()
    assert "[schedule-lost]" in planned.stdout, planned.said
    assert stage.apply().code == 0
    assert (_seats(stage), _next_seats(stage)) == (22, None)
    stage.world.advance("8 days")
    _want(stage, 12)
    assert stage.apply().code == 0
    assert _next_seats(stage) == 12
    _assert_empty(stage)


def _lost_records(stage: Stage) -> None:
    for each in (stage.folder / ".upgrade-runner").glob("journal*"):
        each.unlink()


def test_a_schedule_is_known_again_without_the_records(stage: Stage) -> None:
    stage.apply()
    _lost_records(stage)
    _assert_empty(stage)
    _want(stage, 10)
    refused = stage.apply()
    assert refused.code == 5, refused.said
    assert "scheduled-change" in refused.stdout
    assert _next_seats(stage) == 12
    assert stage.apply("--accept", "scheduled-change").code == 0
    assert _next_seats(stage) == 10


def test_a_number_that_we_scheduled_is_replaced_without_a_question(stage: Stage) -> None:
    stage.apply()
    _want(stage, 10)
    applied = stage.apply()
    assert applied.code == 0, applied.said
    assert _next_seats(stage) == 10


def test_seats_in_use_are_not_scheduled_away(stage: Stage) -> None:
    _want(stage, 4)
    applied = stage.apply()
    assert applied.code == 4, applied.said
    assert "5 seats of Office 365 E3 are in use" in applied.stdout
    assert _next_seats(stage) is None


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "applied_unanswered", "answer": "drop"},
        {"kind": "applied_unanswered"},
        {"kind": "drop"},
        {"kind": "partner_error", "code": 2055},
    ],
    ids=["done, no answer", "done, 504", "drop", "stale tag"],
)
def test_trouble_with_the_channel_schedules_once(
    stage: Stage, hasty: None, fault: dict[str, Any]
) -> None:
    stage.world.set_faults([fault | {"on": ["write", "/partner"], "count": 1}])
    applied = stage.apply()
    assert applied.code == 0, applied.said
    assert _next_seats(stage) == 12
    _assert_empty(stage)


def test_a_renewal_under_way_is_waited_for(set_up: SetUp) -> None:
    stage = _served(set_up, renewal="24h")
    stage.apply()
    stage.world.advance("30 days 1h")
    _assert_empty(stage)
    assert _seats(stage) == 12
    _want(stage, 8)
    waiting = stage.apply()
    assert waiting.code == 4, waiting.said
    stage.world.advance("24h")
    assert stage.apply().code == 0
    assert _seats(stage) == 8


def test_a_change_that_is_taken_and_shows_later_is_waited_for(set_up: SetUp) -> None:
    stage = _served(set_up, answers="accepted", operation="10 min")
    assert stage.apply().code == 4
    stage.world.advance("15 min")
    assert stage.apply().code == 0
    assert _next_seats(stage) == 12
    _assert_empty(stage)


def test_facts_show_what_it_renews_with(stage: Stage) -> None:
    stage.apply()
    facts = stage.cli("facts", "-i", stage.inventory)
    assert "ends 2026-12-20, then renews with 12 seats" in facts.stdout, facts.said
    told = stage.cli("facts", "-i", stage.inventory, "--json").document
    assert told["tenants"][0]["subscriptions"][0]["sale"]["next_seats"] == 12


def test_a_plan_file_holds_the_dates_of_an_order(stage: Stage) -> None:
    out = stage.folder / "plan.json"
    stage.plan("--out", out)
    (step,) = json.loads(out.read_text())["tenants"][0]["steps"]
    assert (step["term_ends_at"], step["is_at_renewal"]) == ("2026-12-20T09:00:00Z", True)
    assert step["refundable_until"] == "2025-12-27T09:00:00Z"
    assert stage.cli("apply", out, "-i", stage.inventory, "--yes").code == 0
    assert _next_seats(stage) == 12


def test_a_person_is_asked_to_schedule_it_where_that_is_stated(set_up: SetUp) -> None:
    stage = _served(set_up)
    wanted = buying(E3, seats=12) | {"channel": "manual"}
    stage.write_playbook(play(subscriptions=[wanted]))
    applied = stage.apply()
    assert applied.code == 4, applied.said
    assert "before it renews on 2026-12-20, schedule Office 365 E3" in applied.stdout
    assert _next_seats(stage) is None


def test_a_person_without_a_channel_is_told_the_day_of_the_renewal(set_up: SetUp) -> None:
    stage = set_up(subscriptions=[{"sku": E3, "seats": 20, "created": LONG_AGO}], users=[])
    _want(stage, 12)
    applied = stage.apply()
    assert applied.code == 4, applied.said
    assert "schedule it for the renewal on 2026-12-20, before that day" in applied.stdout


def test_seats_added_in_mid_term_are_given_up_in_their_own_window(stage: Stage) -> None:
    _want(stage, 26)
    assert stage.apply().code == 0
    stage.world.advance("3 days")
    _want(stage, 20)
    planned = stage.plan()
    assert "26 → 20 seats, refunded until 2026-11-2" in planned.stdout, planned.said
    assert stage.apply().code == 0
    assert (_seats(stage), _next_seats(stage)) == (20, None)
    _assert_empty(stage)
