"""Locations are written and members reprocessed with the care of every other change."""

from typing import Any

import pytest

from runner.ports import ChangeResult
from runner.simulator import World
from tests.providers.served import (
    E4,
    E5,
    HastyClock,
    changed,
    opened,
    relocation,
    reprocessing,
    results,
    swap,
    world_at,
)

NO_LOCATION = "License assignment cannot be done for user with invalid usage location."


class _DrivingClock(HastyClock):
    """A clock whose waits pass in the simulated world too."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def sleep(self, seconds: float) -> None:
        before_s = self.waited_s
        await super().sleep(seconds)
        self._world.advance(self.waited_s - before_s)


def _nowhere(count: int = 30, **more: Any) -> dict[str, Any]:
    return {"users": [{"count": count, "licenses": ["ENTERPRISEWITHSCAL"]}], **more}


def _held(world: World) -> int:
    return sum(E5 in user.state.held for user in world.tenant().users)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": 429, "rate": 0.3, "on": ["inner", "write"], "retry_after": 0},
        {"kind": 503, "rate": 0.3, "on": ["inner", "write"]},
        {"kind": "missing_answer", "rate": 0.3, "on": ["inner", "write"]},
        {"kind": "applied_unanswered", "rate": 0.5, "on": "inner"},
        {"kind": "drop", "rate": 0.2},
    ],
    ids=lambda fault: str(fault["kind"]),
)
async def test_every_location_is_written_once(fault: dict[str, Any]) -> None:
    with world_at(**_nowhere()) as (world, endpoint):
        world.set_faults([fault])
        async with opened(endpoint) as directory:
            answers = await changed(directory, [relocation(u.id) for u in world.tenant().users])
        assert results(answers) == {"changed": 30}
        assert {user.state.usage_location for user in world.tenant().users} == {"IT"}
        assert len([call for call in world.log.writes() if call.applied]) == 30


async def test_users_whose_location_may_not_be_written_hold_up_nobody() -> None:
    with world_at(**_nowhere(900)) as (world, endpoint):
        ids = [user.id for user in world.tenant().users]
        world.set_faults([{"kind": 403, "users": ids[::3], "on": ["inner", "write"]}])
        async with opened(endpoint) as directory:
            answers = await changed(directory, [relocation(each) for each in ids])
        assert results(answers) == {"changed": 600, "refused": 300}
        said = {each.message for each in answers if each.result is ChangeResult.REFUSED}
        assert all("this user may not be changed by this application" in each for each in said)


async def test_users_mastered_on_premises_hold_up_nobody() -> None:
    with world_at(**_nowhere(60)) as (world, endpoint):
        ids = [user.id for user in world.tenant().users]
        words = (
            "Unable to update the specified properties for on-premises mastered Directory Sync "
            "objects or objects currently undergoing migration."
        )
        fault = {"kind": 400, "message": words, "users": ids[:50], "on": ["inner", "write"]}
        world.set_faults([fault])
        async with opened(endpoint) as directory:
            answers = await changed(directory, [relocation(each) for each in ids])
        assert results(answers) == {"changed": 10, "refused": 50}
        assert {each.reason for each in answers[:20]} == {"synced-from-on-premises"}


async def test_locations_that_nobody_may_be_given_stop_early_and_name_the_permission() -> None:
    with world_at(**_nowhere(60)) as (world, endpoint):
        world.set_faults([{"kind": 403, "on": ["inner", "write"]}])
        async with opened(endpoint) as directory:
            answers = await changed(
                directory, [relocation(user.id) for user in world.tenant().users]
            )
        assert results(answers) == {"refused": 20, "not_tried": 40}
        assert answers[0].message.endswith(": grant the application User.ReadWrite.All")
        assert answers[59].reason == (
            "stopped after 20 of 20 changes: not-allowed: grant the application User.ReadWrite.All"
        )


async def test_a_permission_that_is_taken_away_half_way_stops_the_rest() -> None:
    with world_at(**_nowhere(400)) as (world, endpoint):
        world.set_faults([{"kind": 403, "on": ["inner", "write"], "after": 40}])
        async with opened(endpoint) as directory:
            answers = await changed(
                directory, [relocation(user.id) for user in world.tenant().users]
            )
        found = results(answers)
        assert found["changed"] == 40
        assert found["not_tried"] >= 140


async def test_a_country_that_is_none_stops_the_rest_and_has_a_name() -> None:
    with world_at(**_nowhere(60)) as (world, endpoint):
        wrong = [relocation(user.id, "UK") for user in world.tenant().users]
        async with opened(endpoint) as directory:
            answers = await changed(directory, wrong)
        assert results(answers) == {"refused": 20, "not_tried": 40}
        assert {each.reason for each in answers[:20]} == {"invalid-location"}


async def test_a_country_that_is_none_does_not_stop_moves() -> None:
    with world_at() as (world, endpoint):
        people = world.tenant().users
        wrong = [relocation(user.id, "UK") for user in people[:20]]
        async with opened(endpoint) as directory:
            answers = await changed(directory, [*wrong, *(swap(user.id) for user in people[20:])])
        assert results(answers) == {"refused": 20, "changed": 20}


async def test_a_location_licensing_does_not_see_yet_is_waited_for() -> None:
    with world_at(**_nowhere(lag={"usage_location": "5s"})) as (world, endpoint):
        ids = [user.id for user in world.tenant().users]
        async with opened(endpoint, clock=_DrivingClock(world)) as directory:
            await changed(directory, [relocation(each) for each in ids])
            answers = await changed(directory, [swap(each) for each in ids])
        assert results(answers) == {"changed": 30}
        assert _held(world) == 30


async def test_a_location_that_lags_for_more_than_a_minute_is_waited_for_in_few_calls() -> None:
    with world_at(**_nowhere(20, lag={"usage_location": "100s"})) as (world, endpoint):
        ids = [user.id for user in world.tenant().users]
        async with opened(endpoint, clock=_DrivingClock(world)) as directory:
            await changed(directory, [relocation(each) for each in ids])
            answers = await changed(directory, [swap(each) for each in ids])
        assert results(answers) == {"changed": 20}
        tries = [call for call in world.log.writes() if call.path.endswith("/assignLicense")]
        assert len(tries) <= 20 * 13


async def test_a_location_just_written_that_no_read_shows_yet_is_waited_for() -> None:
    lag = {"usage_location": "6s", "primary": "8s"}
    with world_at(**_nowhere(lag=lag)) as (world, endpoint):
        ids = [user.id for user in world.tenant().users]
        async with opened(endpoint, clock=_DrivingClock(world)) as directory:
            await changed(directory, [relocation(each) for each in ids])
            answers = await changed(directory, [swap(each) for each in ids])
        assert results(answers) == {"changed": 30}
        assert _held(world) == 30


async def test_who_lost_the_license_while_a_location_was_waited_for_is_no_success() -> None:
    with world_at(**_nowhere(1, lag={"usage_location": "5s"})) as (world, endpoint):
        person = world.tenant().users[0]
        clock = _DrivingClock(world)
        async with opened(endpoint, clock=clock) as directory:
            await changed(directory, [relocation(person.id)])
            await directory.read([E4, E5])
            world.set_faults([{"kind": 400, "count": 1, "on": "write", "message": NO_LOCATION}])
            world.advance(10)
            world.admin().unassign(person.id, sku=E4)
            (answer,) = await changed(directory, [swap(person.id)])
        assert (answer.result, answer.reason) == (ChangeResult.REFUSED, "not-held")


async def test_a_location_licensing_does_not_see_for_long_is_unknown_and_no_refusal() -> None:
    with world_at(**_nowhere(5, lag={"usage_location": "1h"})) as (world, endpoint):
        ids = [user.id for user in world.tenant().users]
        clock = HastyClock()
        async with opened(endpoint, clock=clock) as directory:
            await changed(directory, [relocation(each) for each in ids])
            answers = await changed(directory, [swap(each) for each in ids])
        assert results(answers) == {"unknown": 5}
        assert {each.reason for each in answers} == {"usage-location-lag"}
        assert NO_LOCATION in answers[0].message
        assert _held(world) == 0
        assert 115 < clock.waited_s < 200


async def test_a_user_without_location_is_refused_at_once() -> None:
    with world_at(**_nowhere(3)) as (world, endpoint):
        async with opened(endpoint) as directory:
            answers = await changed(directory, [swap(user.id) for user in world.tenant().users])
        assert results(answers) == {"refused": 3}
        assert {each.reason for each in answers} == {"usage-location"}
        assert len(world.log.writes()) == 3


def _in_error(count: int, *, seats: int) -> dict[str, Any]:
    return {
        "subscriptions": [{"sku": "ENTERPRISEPREMIUM", "seats": seats}],
        "groups": [{"name": "Sales", "licenses": ["ENTERPRISEPREMIUM"]}],
        "users": [
            {
                "count": count,
                "usage_location": "IT",
                "groups": [{"group": "Sales", "error": "CountViolation"}],
            }
        ],
    }


async def test_members_in_error_are_reprocessed_each_with_an_answer_of_its_own() -> None:
    with world_at(**_in_error(100, seats=40)) as (world, endpoint):
        async with opened(endpoint) as directory:
            answers = await changed(directory, [reprocessing(u.id) for u in world.tenant().users])
        assert results(answers) == {"changed": 40, "refused": 60}
        assert {each.reason for each in answers} == {"", "no-seats"}
        assert _held(world) == 40


async def test_what_stands_against_one_member_is_said_in_graphs_words() -> None:
    people = _in_error(1, seats=5)
    people["users"][0]["proxy_conflict"] = True
    with world_at(**people) as (world, endpoint):
        async with opened(endpoint) as directory:
            (answer,) = await changed(directory, [reprocessing(world.tenant().users[0].id)])
        assert (answer.result, answer.reason) == (ChangeResult.REFUSED, "proxy-address")
        assert "proxyAddresses" in answer.message


async def test_reprocessing_that_is_not_allowed_burns_few_calls() -> None:
    with world_at(**_in_error(200, seats=200)) as (world, endpoint):
        world.set_faults([{"kind": 403, "on": ["inner", "write"]}])
        async with opened(endpoint) as directory:
            answers = await changed(directory, [reprocessing(u.id) for u in world.tenant().users])
        assert results(answers) == {"refused": 20, "not_tried": 180}


async def test_reprocessing_sends_no_body() -> None:
    with world_at(**_in_error(1, seats=5)) as (world, endpoint):
        async with opened(endpoint) as directory:
            await changed(directory, [reprocessing(world.tenant().users[0].id)])
        (call,) = world.log.writes()
        assert call.path.endswith("/reprocessLicenseAssignment")
        assert not call.body
