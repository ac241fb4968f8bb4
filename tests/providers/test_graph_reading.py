"""A tenant is read whole or not at all."""

import itertools
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from runner.model.findings import (
    NotAllowed,
    ProviderError,
    ReadIncomplete,
    Throttled,
    Unreachable,
    WrongTenant,
)
from runner.model.ids import UserId
from runner.ports import Question
from tests.providers.scripted import (
    TENANT_ID,
    Answer,
    Asked,
    graph_of,
    organization,
    refusal,
    scripted,
)
from tests.providers.served import E4, E5, HastyClock, opened, world_at


def _user(number: int) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "accountEnabled": True,
        "usageLocation": "IT",
        "assignedLicenses": [{"skuId": E4, "disabledPlans": []}],
    }


def _page(*numbers: int, **rest: Any) -> Answer:
    return Answer(body={"value": [_user(number) for number in numbers], **rest})


async def test_users_come_from_every_page_and_from_behind_empty_ones() -> None:
    users = [{"count": 2_100, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"}]
    with world_at(users=users) as (world, endpoint):
        world.set_faults([{"kind": "empty_page", "count": 1, "after": 1, "on": "/users"}])
        async with opened(endpoint) as directory:
            state = await directory.read([E4, E5])
        assert len(state.users) == 2_100
        lists = [call for call in world.log if call.path == "/users"]
        assert len(lists) == 5
        assert {call.query["$top"] for call in lists if call.query} == {"999"}


async def test_every_page_is_asked_for_with_the_consistency_header() -> None:
    def users(asked: Asked) -> Answer:
        assert asked.headers["consistencylevel"] == "eventual"
        link = f"http://{asked.headers['host']}/v1.0/users?$skiptoken="
        token = parse_qs(urlsplit(asked.path).query).get("$skiptoken", [""])[0]
        return {
            "": _page(1, **{"@odata.nextLink": f"{link}a", "@odata.count": 2}),
            "a": _page(**{"@odata.nextLink": f"{link}b"}),
            "b": _page(2),
        }[token]

    with scripted(graph_of(users, sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            state = await directory.read([E4])
        assert len(state.users) == 2
        asked = [each for each in server.asked if "/users?" in each.path]
        assert len(asked) == 3


async def test_the_program_asks_to_be_throttled_first_and_names_each_request() -> None:
    with scripted(graph_of(lambda _: _page(), sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            await directory.read([E4])
        assert {each.headers["x-ms-throttle-priority"] for each in server.asked} == {"Low"}
        ids = [each.headers["client-request-id"] for each in server.asked]
        assert len(set(ids)) == len(ids) == 5


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.microsoft.com/v1.0/users?$skiptoken=x",
        "http://127.0.0.1:1/v1.0/users",
        "http://127.0.0.1@evil.example/v1.0/users",
        "//evil.example/users",
    ],
)
async def test_a_next_page_on_another_host_is_refused(link: str) -> None:
    with scripted(graph_of(lambda _: _page(1, **{"@odata.nextLink": link}), sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            with pytest.raises(ReadIncomplete, match="another host"):
                await directory.read([E4])


async def test_a_next_page_may_spell_this_machine_in_another_way() -> None:
    def users(asked: Asked) -> Answer:
        if "skiptoken" in asked.path:
            return _page(2)
        port = asked.headers["host"].rpartition(":")[2]
        return _page(1, **{"@odata.nextLink": f"http://localhost:{port}/v1.0/users?$skiptoken=2"})

    with scripted(graph_of(users, sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            assert len((await directory.read([E4])).users) == 2


async def test_pages_in_a_circle_are_refused() -> None:
    def users(asked: Asked) -> Answer:
        link = f"http://{asked.headers['host']}/v1.0/users?$skiptoken=again"
        return _page(1, **{"@odata.nextLink": link})

    with scripted(graph_of(users, sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            with pytest.raises(ReadIncomplete, match="circle"):
                await directory.read([E4])


async def test_a_list_far_shorter_than_graphs_own_count_is_refused() -> None:
    with scripted(graph_of(lambda _: _page(1, 2, **{"@odata.count": 40}), sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            with pytest.raises(ReadIncomplete, match="2 of 40 holders"):
                await directory.read([E4])


async def test_a_list_that_changes_and_stays_short_is_refused() -> None:
    numbers = itertools.count(1)

    def users(_: Asked) -> Answer:
        return _page(next(numbers), **{"@odata.count": 2})

    with scripted(graph_of(users, sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            with pytest.raises(ReadIncomplete, match="1 of 2 holders"):
                await directory.read([E4])


async def test_a_list_that_is_short_once_is_read_again() -> None:
    counts = iter([3, 2])

    def users(_: Asked) -> Answer:
        return _page(1, 2, **{"@odata.count": next(counts)})

    with scripted(graph_of(users, sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            assert len((await directory.read([E4])).users) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": 429, "retry_after": 0},
        {"kind": 500},
        {"kind": 502},
        {"kind": 503},
        {"kind": 504},
        {"kind": "drop"},
    ],
)
async def test_reads_are_tried_again(fault: dict[str, Any]) -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{**fault, "count": 1, "on": "/users"}])
        async with opened(endpoint) as directory:
            assert len((await directory.read([E4])).users) == 40
        assert len([call for call in world.log if call.path == "/users"]) == 2


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"value": [{"id": 1}]}', b""])
async def test_an_answer_that_is_none_is_asked_for_again(body: bytes) -> None:
    answers = iter([Answer(body=body), _page(1)])
    with scripted(graph_of(lambda _: next(answers), sku=E4)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            assert len((await directory.read([E4])).users) == 1


@pytest.mark.parametrize(
    ("said", "least_s"),
    [
        ("1", 1.0),
        ("0.4", 0.4),
        (format_datetime(datetime(2026, 11, 20, 9, 0, 1, tzinfo=UTC), usegmt=True), 0.9),
    ],
)
async def test_retry_after_is_waited_out(said: str, least_s: float) -> None:
    answers = iter([refusal(429, Retry_After=said), _page(1)])
    now = format_datetime(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), usegmt=True)
    clock = HastyClock()
    with scripted(graph_of(lambda _: next(answers), sku=E4), date=now) as server:
        async with opened(f"{server.url}/v1.0", clock=clock) as directory:
            await directory.read([E4])
    assert least_s - 0.1 < clock.waited_s < least_s + 1.0


async def test_a_pause_longer_than_a_run_is_said_and_not_waited_out() -> None:
    answers = graph_of(lambda _: refusal(429, Retry_After="3600"), sku=E4)
    with scripted(answers) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            with pytest.raises(Throttled, match="3600 s") as caught:
                await directory.read([E4])
    assert caught.value.retry_after_s == 3600.0


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/users", "User.Read.All"),
        ("/subscribedSkus", "LicenseAssignment.Read.All"),
        ("/directory/subscriptions", "Organization.Read.All"),
        ("/organization", "Organization.Read.All"),
    ],
)
async def test_what_may_not_be_read_names_the_permission(path: str, permission: str) -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{"kind": 403, "on": path}])
        async with opened(endpoint) as directory:
            with pytest.raises(NotAllowed) as caught:
                await directory.read([E4])
    assert permission in caught.value.hint
    assert "request-id" in caught.value.summary


async def test_groups_that_may_not_be_read_are_unknown_and_not_absent() -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{"kind": 403, "on": "/groups"}])
        async with opened(endpoint) as directory:
            assert (await directory.read([E4])).groups is None


async def test_a_refused_query_is_no_empty_tenant() -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{"kind": 400, "on": "/users"}])
        async with opened(endpoint) as directory:
            with pytest.raises(ProviderError, match="reading users"):
                await directory.read([E4])


async def test_the_sign_in_of_another_tenant_is_refused() -> None:
    with scripted(lambda _: organization()) as server:
        other = TENANT_ID.replace("8", "9")
        async with opened(f"{server.url}/v1.0", tenant_id=other) as directory:
            with pytest.raises(WrongTenant, match=TENANT_ID):
                await directory.read([E4])
        assert len(server.asked) == 1


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    with scripted(lambda _: organization()) as server:
        endpoint = f"{server.url}/v1.0"
    async with opened(endpoint) as directory:
        with pytest.raises(Unreachable, match="5 tries"):
            await directory.read([E4])


async def test_a_user_who_is_gone_is_seen_as_nobody() -> None:
    with world_at() as (world, endpoint):
        ids = [UserId(user.id) for user in world.tenant().users[:3]]
        world.admin().delete_user(ids[1])
        async with opened(endpoint) as directory:
            seen = await directory.look(ids)
        assert [seen[each] is None for each in ids] == [False, True, False]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "missing_answer", "rate": 0.3},
        {"kind": 503, "rate": 0.3, "on": "inner"},
        {"kind": 429, "rate": 0.3, "on": "inner", "retry_after": 0},
        {"kind": 504, "rate": 0.3, "on": "batch"},
    ],
)
async def test_a_look_at_users_waits_for_every_answer(fault: dict[str, Any]) -> None:
    with world_at() as (world, endpoint):
        world.set_faults([fault])
        ids = [UserId(user.id) for user in world.tenant().users]
        async with opened(endpoint) as directory:
            seen = await directory.look(ids)
        assert set(seen) == set(ids)
        assert None not in seen.values()


async def test_the_time_is_the_tenants_own() -> None:
    with world_at() as (_, endpoint):
        async with opened(endpoint) as directory:
            state = await directory.read([E4])
        start = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        assert abs(state.read_at - start) < timedelta(seconds=3)


async def test_licensed_users_are_counted_where_asked_for() -> None:
    users = [
        {"count": 5, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"},
        {"count": 4, "licenses": ["VISIOCLIENT"], "usage_location": "IT"},
        {"count": 3},
    ]
    with world_at(users=users) as (_, endpoint):
        async with opened(endpoint) as directory:
            assert (await directory.read([E4])).licensed_users is None
            state = await directory.read([E4], question=Question(counts_licensed_users=True))
    assert state.licensed_users == 9
    assert len(state.users) == 5


async def test_a_batch_that_reads_asks_for_the_fields_it_needs() -> None:
    with world_at() as (world, endpoint):
        async with opened(endpoint) as directory:
            await directory.look([UserId(world.tenant().users[0].id)])
        (call,) = [call for call in world.log if call.path.startswith("/users/")]
        assert call.query is not None
        fields = call.query["$select"].split(",")
        assert {"id", "assignedLicenses", "licenseAssignmentStates", "usageLocation"} <= {*fields}
