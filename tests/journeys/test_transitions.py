"""The channel's own upgrade by the command line: followed, and mended where it falls short."""

from collections.abc import Iterator
from typing import Any

import pytest

from runner.engine import patience
from tests.journeys.conftest import SetUp
from tests.journeys.stage import E5, Stage, buying, cancelling, moving, play

E3 = "ENTERPRISEPACK"
E5_ID = "c7df2760-2c81-4ef7-b578-5b5392b571df"
SWAY = "a23b959c-7ce8-4e57-9140-b90eb88a9e97"
LONG_AGO = "2026-06-20T09:00:00Z"
ACCEPT = ("--accept", "services-reset")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these worlds stands still, so waiting inside a run is of no use."""
    monkeypatch.setattr(patience, "SETTLE_S", 0.1)


def _stage(set_up: SetUp, **partner: Any) -> Stage:
    """Return a tenant whose E3 a partner sold long ago, with three users without Sway."""
    quiet = {"sku": E3, "disabled": ["SWAY"]}
    stage = set_up(
        subscriptions=[{"sku": E3, "seats": 20, "channel": "csp", "created": LONG_AGO}],
        users=[
            {"count": 4, "licenses": [E3], "usage_location": "IT"},
            {"count": 3, "licenses": [quiet], "usage_location": "IT"},
        ],
        partner=partner,
    )
    settings = {"endpoint": f"{stage.url}/partner", "country": "IT"}
    stage.write_inventory({"contoso": {"partner_center": settings}})
    wanted = [buying(seats={"match": E3}), cancelling(E3)]
    stage.write_playbook(play(subscriptions=wanted, assignments=[moving(E3)]))
    return stage


def _assert_upgraded(stage: Stage) -> None:
    held = [stage.held(index) for index in range(7)]
    assert held == [{E5_ID: ()}] * 4 + [{E5_ID: (SWAY,)}] * 3
    assert stage.tenant.purchases == []
    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said
    assert "no run has seen one here" not in again.said


def _runs(stage: Stage, *spans: str) -> Iterator[int]:
    """Yield the exit codes of runs with spans of time between them."""
    yield stage.apply(*ACCEPT).code
    for span in spans:
        stage.world.advance(span)
        yield stage.apply(*ACCEPT).code


def test_facts_tell_what_the_channel_offers(set_up: SetUp) -> None:
    stage = _stage(set_up)
    (tenant,) = stage.cli("facts", "-i", stage.inventory, "--json").document["tenants"]
    (old,) = (each for each in tenant["subscriptions"] if each["can_become"])
    offered = {each["part_number"]: each["with_users"] for each in old["can_become"]}
    assert offered["ENTERPRISEPREMIUM"] is True
    shown = stage.cli("facts", "-i", stage.inventory).stdout
    told = shown.split("what their channel can turn them into at once\n")[1].splitlines()[0]
    assert told.startswith(f"    {old['id']}   ") and "ENTERPRISEPREMIUM with its users" in told


def test_runs_during_the_conversion_follow_it_and_buy_nothing(set_up: SetUp) -> None:
    stage = _stage(set_up)
    assert list(_runs(stage, "0s", "3 min")) == [4, 4, 4]
    assert stage.tenant.purchases == []
    stage.world.advance("1h")
    assert stage.apply(*ACCEPT).code == 0
    _assert_upgraded(stage)


def test_a_lost_journal_does_not_buy_beside_a_conversion(set_up: SetUp) -> None:
    stage = _stage(set_up)
    stage.apply(*ACCEPT)
    for each in (stage.folder / ".upgrade-runner").glob("journal.sqlite*"):
        each.unlink()
    again = stage.apply(*ACCEPT)
    assert (again.code, "its channel is at work on the upgrade" in again.stdout) == (4, True)
    stage.world.advance("1h")
    assert stage.apply(*ACCEPT).code == 0
    _assert_upgraded(stage)


def test_users_that_the_channel_left_behind_are_moved_with_what_they_had_off(
    set_up: SetUp,
) -> None:
    stage = _stage(set_up, reassigns=False)
    codes = list(_runs(stage, "10 min", "1h"))
    assert codes[-1] == 0, codes
    _assert_upgraded(stage)
    assert stage.tenant.ever_unlicensed(stage.user_ids, among=[E3, E5]) == []


def test_users_without_any_license_after_the_upgrade_get_theirs_back(set_up: SetUp) -> None:
    stage = _stage(set_up)
    assert stage.apply(*ACCEPT).code == 4
    stage.world.advance("1h")
    _take(stage, 0, 6)
    planned = stage.plan()
    assert "lost in the upgrade from Office 365 E3" in planned.stdout, planned.said
    assert stage.apply().code == 0
    _assert_upgraded(stage)


def test_who_was_licensed_after_it_was_asked_for_is_upgraded_with_the_others(
    set_up: SetUp,
) -> None:
    stage = _stage(set_up, reassigns=False)
    stage.apply(*ACCEPT)
    stage.world.admin("contoso").assign(stage.user_ids[0], sku=E3, disabled=["SWAY"])
    codes = list(_runs(stage, "10 min", "1h"))
    assert codes[-1] == 0, codes
    assert stage.held(0) == {E5_ID: (SWAY,)}


def _take(stage: Stage, *users: int) -> None:
    for index in users:
        user = stage.tenant.users[index]
        stage.tenant.change(user, user.state.with_changes(rows=()), now=stage.world.clock.now())


def test_fewer_seats_are_upgraded_at_full_count_and_set_for_the_renewal(set_up: SetUp) -> None:
    stage = _stage(set_up)
    wanted = [buying(seats=9), cancelling(E3)]
    stage.write_playbook(play(subscriptions=wanted, assignments=[moving(E3)]))
    planned = stage.plan()
    assert "→ Office 365 E5, 20 seats and 7 users in place" in planned.stdout, planned.said
    assert "20 → 9 seats, at the renewal" in planned.stdout, planned.said
    assert list(_runs(stage, "1h", "1h"))[-1] == 0
    (terms,) = [each for each in stage.tenant.partner.terms.values() if each.next_term]
    assert terms.next_term["quantity"] == 9
    _assert_upgraded(stage)
