"""The licenses of a group are changed by one call, and what became of it is certain."""

from typing import Any

import pytest

from runner.ports import ChangeResult
from runner.simulator import World
from tests.providers.scripted import (
    GROUP_ID,
    Answer,
    Asked,
    graph_of,
    group_row,
    refusal,
    scripted,
)
from tests.providers.served import (
    E1,
    E4,
    E5,
    HastyClock,
    group_swap,
    groups_changed,
    opened,
    results,
    world_at,
)


def _groups(count: int = 3) -> dict[str, Any]:
    names = [f"Sales {number}" for number in range(count)]
    return {
        "group_licensing": {"rate": "instant"},
        "groups": [{"name": name, "licenses": ["ENTERPRISEWITHSCAL"]} for name in names],
        "users": [{"count": 4, "usage_location": "IT", "groups": [name]} for name in names],
    }


def _ids(world: World) -> list[str]:
    return list(world.tenant().groups)


def _carried(world: World) -> list[set[str]]:
    return [{row.sku_id for row in group.licenses} for group in world.tenant().groups.values()]


async def test_a_group_is_swapped_by_one_call_and_its_members_follow() -> None:
    with world_at(**_groups()) as (world, endpoint):
        async with opened(endpoint) as directory:
            answers = await groups_changed(directory, [group_swap(each) for each in _ids(world)])
            state = await directory.read([E4, E5])
        assert results(answers) == {"changed": 3}
        assert _carried(world) == [{E5}] * 3
        assert [call.status for call in world.log.writes()] == [202] * 3
    held = {each.license.sku for user in state.users.values() for each in user.holdings}
    assert (held, len(state.users)) == ({E5}, 12)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "applied_unanswered", "rate": 0.6},
        {"kind": "applied_unanswered", "rate": 0.6, "answer": "drop"},
        {"kind": "drop", "rate": 0.4, "on": "/groups"},
        {"kind": 401, "rate": 0.4, "on": "write"},
        {"kind": 404, "rate": 0.4, "on": "write"},
        {"kind": 409, "rate": 0.4, "on": "write"},
        {"kind": 412, "rate": 0.4, "on": "write"},
        {"kind": 423, "rate": 0.4, "on": "write"},
        {"kind": 429, "rate": 0.4, "on": "/groups", "retry_after": 1},
        {"kind": 500, "rate": 0.4, "on": "/groups"},
        {"kind": 503, "rate": 0.4, "on": "/groups"},
        {"kind": 504, "rate": 0.4, "on": "write"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
async def test_whatever_happens_on_the_way_each_group_is_changed_once(
    fault: dict[str, Any],
) -> None:
    with world_at(**_groups(8)) as (world, endpoint):
        world.set_faults([fault])
        async with opened(endpoint) as directory:
            answers = await groups_changed(directory, [group_swap(each) for each in _ids(world)])
        assert results(answers) == {"changed": 8}
        assert _carried(world) == [{E5}] * 8
        assert len([call for call in world.log.writes() if call.applied]) == 8


async def test_a_look_that_is_behind_after_a_lost_answer_is_no_refusal() -> None:
    with world_at(**_groups(4)) as (world, endpoint):
        world.clock.set(world.clock.now(), rate=20)
        world.set_faults(
            [
                {"kind": "applied_unanswered", "rate": 0.7},
                {"kind": "stale_read", "seconds": 600, "on": "/groups"},
            ]
        )
        async with opened(endpoint) as directory:
            answers = await groups_changed(directory, [group_swap(each) for each in _ids(world)])
        assert results(answers) == {"changed": 4}
        assert len([call for call in world.log.writes() if call.applied]) == 4


async def test_throttling_is_waited_out_as_long_as_asked() -> None:
    clock = HastyClock()
    with world_at(**_groups()) as (world, endpoint):
        world.set_faults([{"kind": 429, "count": 1, "on": "write", "retry_after": 7}])
        async with opened(endpoint, clock=clock) as directory:
            answers = await groups_changed(directory, [group_swap(each) for each in _ids(world)])
    assert results(answers) == {"changed": 3}
    assert 6.9 < clock.waited_s < 9.0


async def test_a_group_that_carries_it_already_is_not_called() -> None:
    with world_at(**_groups()) as (world, endpoint):
        changes = [group_swap(each) for each in _ids(world)]
        async with opened(endpoint) as directory:
            await groups_changed(directory, changes)
            answers = await groups_changed(directory, changes)
        assert results(answers) == {"changed": 3}
        assert len(world.log.writes()) == 3


async def test_a_group_the_change_fits_no_longer_is_left_alone() -> None:
    with world_at(**_groups()) as (world, endpoint):
        first, *_ = _ids(world)
        async with opened(endpoint) as directory:
            (answer,) = await groups_changed(directory, [group_swap(first, remove=E1)])
        assert (answer.result, answer.reason) == (ChangeResult.GONE, "misfit")
        assert answer.message == "no longer carries it"
        assert not world.log.writes()


async def test_a_group_that_is_gone_is_no_failure() -> None:
    with world_at(**_groups()) as (world, endpoint):
        async with opened(endpoint) as directory:
            answers = await groups_changed(
                directory, [group_swap(GROUP_ID.replace("9", "b")), group_swap(_ids(world)[0])]
            )
        assert results(answers) == {"gone": 1, "changed": 1}
        assert answers[0].reason == "group-gone"


@pytest.mark.parametrize(
    ("fault", "result", "reason"),
    [
        ({"kind": 403}, "refused", "not-allowed"),
        ({"kind": 400, "message": "Nobody has seen this."}, "refused", "unknown"),
        ({"kind": 503}, "unknown", "no-answer"),
    ],
)
async def test_what_goes_wrong_for_good_is_said_of_each_group(
    fault: dict[str, Any], result: str, reason: str
) -> None:
    with world_at(**_groups()) as (world, endpoint):
        world.set_faults([{**fault, "on": "write"}])
        async with opened(endpoint) as directory:
            answers = await groups_changed(directory, [group_swap(each) for each in _ids(world)])
        assert results(answers) == {result: 3}
        assert {answer.reason for answer in answers} == {reason}
        assert all("request-id" in answer.message for answer in answers)


async def test_a_group_that_may_not_even_be_read_is_refused_and_not_called() -> None:
    with world_at(**_groups()) as (world, endpoint):
        world.set_faults([{"kind": 403, "on": "/groups"}])
        async with opened(endpoint) as directory:
            (answer,) = await groups_changed(directory, [group_swap(_ids(world)[0])])
        assert (answer.result, answer.reason) == (ChangeResult.REFUSED, "not-allowed")
        assert not world.log.writes()


async def test_what_is_wrong_with_the_group_itself_has_a_name() -> None:
    group = {"name": "Board", "licenses": ["ENTERPRISEWITHSCAL"], "security_enabled": False}
    with world_at(groups=[group]) as (world, endpoint):
        async with opened(endpoint) as directory:
            found = await groups_changed(
                directory,
                [group_swap(_ids(world)[0]), group_swap(_ids(world)[0], add=E1)],
            )
    assert [each.result for each in found] == [ChangeResult.REFUSED] * 2
    assert found[0].reason == "group-not-security-enabled"


async def test_an_answer_without_a_body_is_a_yes() -> None:
    def script(asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(status=202, body=b"")
        return Answer(body=group_row(E4))

    with scripted(graph_of(script, sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            (answer,) = await groups_changed(directory, [group_swap(GROUP_ID)])
        assert len([each for each in server.asked if each.method == "POST"]) == 1
    assert answer.result is ChangeResult.CHANGED


async def test_a_group_whose_license_is_gone_while_every_read_shows_it_is_no_refusal() -> None:
    def script(asked: Asked) -> Answer:
        if asked.method == "POST":
            return refusal(400, message="User does not have a corresponding license.")
        return Answer(body=group_row(E4))

    with scripted(graph_of(script, sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            (found,) = await groups_changed(directory, [group_swap(GROUP_ID)])
    assert (found.result, found.reason) == (ChangeResult.UNKNOWN, "reads-lag")
