"""Groups are read with the users directly in them, and with those whom no list of holders shows."""

import json
from typing import Any

import pytest

from runner.model.ids import UserId
from runner.model.state import Group, TenantState
from runner.simulator import World
from tests.providers.scripted import (
    Answer,
    Asked,
    graph_of,
    group_row,
    refusal,
    scripted,
)
from tests.providers.served import E4, E5, opened, world_at


def _id(number: int) -> UserId:
    return UserId(f"00000000-0000-4000-8000-{number:012d}")


def _ids(world: World, first: int, end: int) -> frozenset[UserId]:
    return frozenset(UserId(user.id) for user in world.tenant().users[first:end])


def _member(number: int, kind: str | None = "user") -> dict[str, Any]:
    typed = {"@odata.type": f"#microsoft.graph.{kind}"} if kind else {}
    return {**typed, "id": _id(number)}


def _user(number: int, **more: Any) -> dict[str, Any]:
    return {"id": _id(number), "accountEnabled": True, "usageLocation": "IT", **more}


def _batch(asked: Asked, *, missing: tuple[int, ...] = ()) -> Answer:
    answers: list[dict[str, Any]] = []
    for call in json.loads(asked.body)["requests"]:
        number = int(call["url"].split("?")[0][-12:])
        status = 404 if number in missing else 200
        answers.append({"id": call["id"], "status": status, "body": _user(number)})
    return Answer(body={"responses": answers})


async def _read(members: Any, *groups: Any, missing: tuple[int, ...] = ()) -> TenantState:
    def script(asked: Asked) -> Answer:
        if "$batch" in asked.path:
            return _batch(asked, missing=missing)
        found: Answer = members(asked) if "/members" in asked.path else Answer(body={"value": []})
        return found

    rows = groups or (group_row(E4),)
    with scripted(graph_of(script, sku=E4, groups=rows)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            return await directory.read([E4])


def _only(state: TenantState) -> Group:
    assert state.groups is not None
    (group,) = state.groups
    return group


async def test_members_come_from_every_page() -> None:
    groups = [{"name": "Sales", "licenses": ["ENTERPRISEWITHSCAL"], "members": ["1-1200"]}]
    seats = [{"sku": "ENTERPRISEWITHSCAL", "seats": 2_000}]
    people = [{"count": 1_300, "usage_location": "IT"}]
    with world_at(groups=groups, subscriptions=seats, users=people) as (world, endpoint):
        async with opened(endpoint) as directory:
            group = _only(await directory.read([E4]))
        assert group.members == _ids(world, 0, 1_200)
        calls = [call for call in world.log if call.path.startswith(("/users/", "/groups/"))]
        assert len(calls) == 1 + 2


async def test_groups_that_carry_nothing_asked_for_cost_nothing() -> None:
    groups = [{"name": "Sales", "licenses": ["ENTERPRISEWITHSCAL"], "members": ["1-20"]}]
    with world_at(groups=groups) as (world, endpoint):
        async with opened(endpoint) as directory:
            group = _only(await directory.read([E5]))
        assert group.members is None
        assert not [call for call in world.log if call.path.startswith("/groups/")]


async def test_members_who_got_nothing_are_looked_at() -> None:
    groups = [{"name": "Sales", "licenses": ["ENTERPRISEPREMIUM"]}]
    people = [
        {"count": 30, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"},
        {
            "count": 3,
            "usage_location": "IT",
            "groups": [{"group": "Sales", "error": "CountViolation"}],
        },
    ]
    with world_at(groups=groups, users=people) as (world, endpoint):
        ids = _ids(world, 30, 33)
        async with opened(endpoint) as directory:
            state = await directory.read([E5])
    assert state.users.keys() == ids
    rows = [each for user in state.users.values() for each in user.holdings]
    assert {(each.status, each.error) for each in rows} == {("Error", "CountViolation")}
    assert _only(state).members == ids


async def test_what_is_in_a_nested_group_is_no_member() -> None:
    groups = [
        {"name": "Sales", "licenses": ["ENTERPRISEWITHSCAL"], "members": ["1-2"]},
        {"name": "Rome", "members": ["3-9"]},
    ]
    groups[0]["nested"] = ["Rome"]
    with world_at(groups=groups) as (world, endpoint):
        async with opened(endpoint) as directory:
            group = _only(await directory.read([E4]))
        assert group.members == _ids(world, 0, 2)


async def test_only_users_are_members() -> None:
    others = ("device", "orgContact", "servicePrincipal", "group")
    rows = [_member(1), _member(2, None), *(_member(9 + n, kind) for n, kind in enumerate(others))]
    state = await _read(lambda _: Answer(body={"value": rows}))
    assert _only(state).members == frozenset([_id(1), _id(2)])
    assert state.users.keys() == {_id(1), _id(2)}


async def test_members_who_are_not_there_any_more_are_no_users() -> None:
    rows = [_member(1), _member(2)]
    state = await _read(lambda _: Answer(body={"value": rows}), missing=(2,))
    assert state.users.keys() == {_id(1)}


async def test_hidden_members_are_unknown_and_not_absent() -> None:
    assert _only(await _read(lambda _: refusal(403))).members is None


async def test_a_group_that_is_gone_meanwhile_is_left_out() -> None:
    assert (await _read(lambda _: refusal(404))).groups == ()


async def test_members_are_read_again_while_that_may_help() -> None:
    answers = iter([refusal(503), refusal(429, Retry_After="0"), Answer(body={"value": []})])
    assert _only(await _read(lambda _: next(answers))).members == frozenset()


@pytest.mark.parametrize(
    ("shown", "is_processing"),
    [
        ({"state": "QueuedForProcessing"}, True),
        ("ProcessingInProgress", True),
        ({"state": "ProcessingComplete"}, False),
        ("ProcessingComplete", False),
        ({}, False),
        (None, False),
    ],
)
async def test_processing_is_told_in_every_form_graph_has(shown: Any, is_processing: bool) -> None:
    row = group_row(E4, licenseProcessingState=shown)
    state = await _read(lambda _: Answer(body={"value": []}), row)
    assert _only(state).is_processing is is_processing


@pytest.mark.parametrize("shown", [{"state": "ProcessingFailed"}, "ProcessingFailed"])
async def test_a_processing_that_failed_is_told_from_one_that_is_over(shown: Any) -> None:
    row = group_row(E4, licenseProcessingState=shown)
    group = _only(await _read(lambda _: Answer(body={"value": []}), row))
    assert (group.is_processing, group.has_failed) == (False, True)


async def test_members_and_processing_are_selected() -> None:
    groups = [{"name": "Sales", "licenses": ["ENTERPRISEWITHSCAL"], "members": [1]}]
    with world_at(groups=groups) as (world, endpoint):
        async with opened(endpoint) as directory:
            await directory.read([E4])
        queries = {call.path: call.query or {} for call in world.log}
    assert "licenseProcessingState" in queries["/groups"]["$select"]
    (members,) = [query for path, query in queries.items() if path.endswith("/members")]
    assert members["$select"] == "id"
