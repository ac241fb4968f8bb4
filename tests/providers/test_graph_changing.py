"""Every change is made once, and what became of it is certain before it is said."""

import asyncio
import threading
from typing import Any

import pytest

from runner.model.findings import NotAllowed, ProviderError
from runner.ports import ChangeResult
from runner.providers.graph.application import Application
from runner.providers.graph.pace import Cost
from runner.providers.graph.transport import Transport
from runner.simulator import World, running
from tests.providers.scripted import Asked, refusal, scripted
from tests.providers.served import (
    E1,
    E4,
    E5,
    HastyClock,
    changed,
    opened,
    results,
    scene,
    swap,
    tenant,
    world_at,
)


def _changes(world: World, count: int = 40) -> list[Any]:
    return [swap(user.id) for user in world.tenant().users[:count]]


def _held(world: World, sku: str) -> int:
    return sum(sku in user.state.held for user in world.tenant().users)


def _many(count: int, seats: int | None = None) -> dict[str, Any]:
    return {
        "subscriptions": [
            {"sku": "ENTERPRISEWITHSCAL", "seats": count},
            {"sku": "ENTERPRISEPREMIUM", "seats": count if seats is None else seats},
        ],
        "users": [{"count": count, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"}],
    }


async def test_every_user_is_changed_with_one_call() -> None:
    with world_at() as (world, endpoint):
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world))
        assert results(answers) == {"changed": 40}
        assert (_held(world, E5), _held(world, E4)) == (40, 0)
        assert len(world.log.writes()) == 40


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "applied_unanswered", "rate": 0.5, "on": "inner"},
        {"kind": "applied_unanswered", "rate": 0.5, "on": "batch", "answer": "drop"},
        {"kind": "applied_unanswered", "rate": 0.5, "on": "batch"},
        {"kind": "missing_answer", "rate": 0.5, "on": ["inner", "write"]},
        {"kind": "missing_answer", "rate": 0.3, "on": ["inner", "write"], "applied": False},
        {"kind": 409, "rate": 0.3, "on": ["inner", "write"]},
        {"kind": 429, "rate": 0.3, "on": ["inner", "write"], "retry_after": 0},
        {"kind": 429, "rate": 0.3, "on": "batch", "retry_after": 0},
        {"kind": 429, "rate": 0.3, "on": "inner", "retry_after_form": "date"},
        {"kind": 429, "rate": 0.3, "on": "inner", "retry_after_form": "none"},
        {"kind": 500, "rate": 0.3, "on": "inner"},
        {"kind": 502, "rate": 0.3, "on": "batch"},
        {"kind": 503, "rate": 0.3, "on": "inner"},
        {"kind": 504, "rate": 0.3, "on": "inner"},
        {"kind": "drop", "rate": 0.3},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
async def test_whatever_happens_on_the_way_each_user_is_changed_once(fault: dict[str, Any]) -> None:
    with world_at() as (world, endpoint):
        world.set_faults([fault])
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world))
        assert results(answers) == {"changed": 40}
        assert (_held(world, E5), _held(world, E4)) == (40, 0)
        assert len([call for call in world.log.writes() if call.applied]) == 40


async def test_inner_throttling_is_waited_out_as_long_as_asked() -> None:
    clock = HastyClock()
    with world_at() as (world, endpoint):
        fault = {"kind": 429, "count": 3, "on": ["inner", "write"], "retry_after": 7}
        world.set_faults([fault])
        async with opened(endpoint, clock=clock) as directory:
            assert results(await changed(directory, _changes(world))) == {"changed": 40}
    assert 6.9 < clock.waited_s < 9.0


class _Pauses:
    """Keeps the pauses that are told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float, int]] = []

    def reading(self, tenant: str, users: int) -> None:
        """Take in nothing."""

    def pausing(self, tenant: str, pause_s: float, refusals: int) -> None:
        self.told.append((tenant, pause_s, refusals))


async def test_a_pause_is_told_once_however_many_calls_are_refused_together() -> None:
    told: list[tuple[float, int]] = []
    together = threading.Barrier(6)

    def script(_: Asked) -> Any:
        together.wait(timeout=60)
        return refusal(429, Retry_After="7")

    with scripted(script) as server:
        transport = Transport(
            tenant(f"{server.url}/v1.0"),
            clock=HastyClock(),
            application=Application(),
            tell=lambda pause_s, refusals: told.append((pause_s, refusals)),
        )
        calls = (transport.send("GET", "organization", cost=Cost(units=1)) for _ in range(6))
        replies = await asyncio.gather(*calls)
        await transport.close()
    assert [each.status for each in replies] == [429] * 6
    assert told == [(7.0, 1)]


async def test_a_storm_is_told_pause_by_pause_and_short_ones_are_not() -> None:
    pauses = _Pauses()
    with world_at(**_many(3)) as (world, endpoint):
        world.set_faults([{"kind": 429, "count": 4, "on": "batch", "retry_after": 0}])
        async with opened(endpoint, tell=pauses) as directory:
            assert results(await changed(directory, _changes(world, 3))) == {"changed": 3}
    assert pauses.told == [("contoso", 4.0, 3), ("contoso", 8.0, 4)]


async def test_a_read_that_is_behind_after_a_lost_answer_is_no_failure() -> None:
    with world_at() as (world, endpoint):
        world.clock.set(world.clock.now(), rate=50)
        world.set_faults(
            [
                {"kind": "applied_unanswered", "rate": 0.5, "on": "inner"},
                {"kind": "stale_read", "seconds": 5, "on": "inner"},
            ]
        )
        clock = HastyClock()
        async with opened(endpoint, clock=clock) as directory:
            clock.sleep = _short_sleep  # type: ignore[method-assign]
            answers = await changed(directory, _changes(world))
        assert results(answers) == {"changed": 40}
        assert len([call for call in world.log.writes() if call.applied]) == 40


async def _short_sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / 10)


async def test_a_user_deleted_meanwhile_is_said_to_be_gone() -> None:
    with world_at() as (world, endpoint):
        gone = world.tenant().users[7].id
        world.admin().delete_user(gone)
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world))
        assert results(answers) == {"changed": 39, "gone": 1}
        assert [a.change.user for a in answers if a.result is ChangeResult.GONE] == [gone]


async def test_a_404_that_passes_is_no_lost_user() -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{"kind": 404, "count": 4, "on": ["inner", "write"]}])
        async with opened(endpoint) as directory:
            assert results(await changed(directory, _changes(world))) == {"changed": 40}


@pytest.mark.parametrize(
    ("fault", "result", "reason"),
    [
        ({"kind": 401}, "refused", "sign-in-refused"),
        ({"kind": 403}, "refused", "not-allowed"),
        ({"kind": 409}, "unknown", "no-answer"),
        ({"kind": 400}, "refused", "unknown"),
        (
            {
                "kind": 400,
                "message": "Another object with the same value for property proxyAddresses "
                "already exists.",
            },
            "refused",
            "proxy-address",
        ),
    ],
)
async def test_trouble_with_one_user_stays_with_that_user(
    fault: dict[str, Any], result: str, reason: str
) -> None:
    with world_at() as (world, endpoint):
        troubled = world.tenant().users[3].id
        world.set_faults([{**fault, "users": [troubled], "on": "write"}])
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world))
        assert results(answers) == {"changed": 39, result: 1}
        (answer,) = [each for each in answers if each.change.user == troubled]
        assert answer.reason == reason
        assert answer.message


async def test_a_refusal_names_the_request() -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{"kind": 400, "count": 1, "on": ["inner", "write"]}])
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world, 2))
        (refused,) = [each for each in answers if each.result is ChangeResult.REFUSED]
        assert refused.request_id
        assert f"request-id {refused.request_id}" in refused.message


async def test_seats_that_run_out_on_the_way_stop_the_rest() -> None:
    with world_at(**_many(400, seats=150)) as (world, endpoint):
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world, 400))
        counted = results(answers)
        assert counted["changed"] == 150
        assert sum(counted.values()) == 400
        assert counted["not_tried"] > 100
        assert any(answer.reason == "no-seats" for answer in answers)
        assert world.tenant().most_over_assigned[E5] <= 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": 400, "message": "Nobody has ever seen this."},
        {"kind": 400, "message": "License x does not correspond to a valid company License."},
        {"kind": 403},
    ],
)
async def test_what_hits_everybody_burns_few_calls(fault: dict[str, Any]) -> None:
    with world_at(**_many(1_000)) as (world, endpoint):
        world.set_faults([{**fault, "on": ["inner", "write"]}])
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world, 1_000))
        assert len(answers) == 1_000
        assert len(world.log.writes()) <= 20
        assert results(answers) == {"refused": 20, "not_tried": 980}


@pytest.mark.parametrize("status", [401, 409, 500, 503])
async def test_what_fails_for_everybody_again_and_again_is_given_up(status: int) -> None:
    with world_at(**_many(1_000)) as (world, endpoint):
        world.set_faults([{"kind": status, "on": ["inner", "write"]}])
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world, 1_000))
        assert len(answers) == 1_000
        assert len(world.log.writes()) <= 400


async def test_what_begins_to_hit_everybody_half_way_stops_too() -> None:
    with world_at(**_many(1_000)) as (world, endpoint):
        fault = {"kind": 400, "message": "New.", "on": ["inner", "write"], "after": 500}
        world.set_faults([fault])
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world, 1_000))
        counted = results(answers)
        assert counted["changed"] == 500
        assert counted["refused"] <= 200
        assert counted["not_tried"] >= 300


async def test_a_whole_batch_that_is_not_allowed_stops_the_work() -> None:
    with world_at(**_many(200)) as (world, endpoint):
        world.set_faults([{"kind": 403, "on": "batch"}])
        async with opened(endpoint) as directory:
            with pytest.raises(NotAllowed):
                await changed(directory, _changes(world, 200))
        assert not world.log.writes()


async def test_a_graph_that_only_fails_ends_in_unknown_and_not_in_a_guess() -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{"kind": 503, "on": ["inner", "write"]}])
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world, 5))
        assert results(answers) == {"unknown": 5}
        assert all("503" in answer.message for answer in answers)


async def test_a_product_the_tenant_does_not_have_is_refused_by_name() -> None:
    with world_at() as (world, endpoint):
        change = swap(world.tenant().users[0].id, add=E1)
        async with opened(endpoint) as directory:
            (answer,) = await changed(directory, [change])
        assert answer.result is ChangeResult.REFUSED
        assert answer.reason == "sku-not-in-tenant"


async def test_services_that_exclude_each_other_are_refused_by_name() -> None:
    rules = {"conflicts": [["EXCHANGE_S_ENTERPRISE", "VISIO_CLIENT_SUBSCRIPTION"]]}
    users = [
        {
            "licenses": [
                {"sku": "ENTERPRISEWITHSCAL", "disabled": ["EXCHANGE_S_ENTERPRISE"]},
                "VISIOCLIENT",
            ],
            "usage_location": "IT",
        }
    ]
    with world_at(rules=rules, users=users) as (world, endpoint):
        async with opened(endpoint) as directory:
            (answer,) = await changed(directory, _changes(world))
        assert answer.reason == "conflict"
        assert _held(world, E4) == 1


async def test_nothing_to_change_sends_nothing() -> None:
    with world_at() as (world, endpoint):
        async with opened(endpoint) as directory:
            assert await changed(directory, []) == []
        assert len(world.log) == 0


async def test_leaving_early_leaves_no_work_behind() -> None:
    with world_at(**_many(400)) as (world, endpoint):
        world.set_faults([{"kind": "slow", "seconds": 0.05, "on": "batch"}])
        async with opened(endpoint) as directory:
            answers = directory.change_users(_changes(world, 400))
            async for _ in answers:
                break
            await answers.aclose()  # type: ignore[attr-defined]
        written = len(world.log.writes())
        await asyncio.sleep(0.1)
        assert len(world.log.writes()) == written < 400


async def test_microsofts_quota_is_spent_in_a_burst_without_a_429() -> None:
    mapping_users = _many(1_500)
    with world_at(**mapping_users) as (world, endpoint):
        clock = HastyClock()
        async with opened(endpoint, clock=clock) as directory:
            answers = await changed(directory, _changes(world, 1_500))
        assert results(answers) == {"changed": 1_500}
        assert clock.waited_s == 0.0


class _DrivingClock(HastyClock):
    """A clock whose waits pass in the simulated world too."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def sleep(self, seconds: float) -> None:
        before_s = self.waited_s
        await super().sleep(seconds)
        self._world.advance(self.waited_s - before_s)


@pytest.mark.parametrize("algorithm", ["token_bucket", "window"])
async def test_a_tenant_beyond_the_quota_is_moved_without_one_refused_call(algorithm: str) -> None:
    mapping = scene(**_many(4_000))
    mapping["quota"] = {
        "writes_per_150_s": 3_000,
        "resource_units_per_10_s": 8_000,
        "algorithm": algorithm,
    }
    mapping["clock"]["rate"] = 1
    world = World.from_mapping({**mapping, "quota_clock": "simulated"})
    clock = _DrivingClock(world)
    with running(world) as url:
        async with opened(f"{url}/contoso/v1.0", clock=clock) as directory:
            await directory.read([E4])
            answers = await changed(directory, _changes(world, 4_000))
    assert results(answers) == {"changed": 4_000}
    assert not [call for call in world.log if call.status == 429]
    assert 145.0 < clock.waited_s < 160.0


async def test_a_failing_look_is_no_answer_for_anybody() -> None:
    with world_at() as (world, endpoint):
        world.set_faults(
            [
                {"kind": 504, "on": ["inner", "write"]},
                {"kind": 503, "on": ["inner", "read"]},
            ]
        )
        async with opened(endpoint) as directory:
            with pytest.raises(ProviderError, match="gave no answer"):
                await changed(directory, _changes(world, 3))


async def test_a_license_that_is_gone_while_every_read_shows_it_is_no_refusal() -> None:
    """A run that died changed them a moment ago; the replicas that are asked do not know it yet."""
    with world_at(lag={"primary": "10 min"}) as (world, endpoint):
        moved = world.tenant().users[3].id
        world.admin().assign(moved, sku=E5)
        world.admin().unassign(moved, sku=E4)
        async with opened(endpoint) as directory:
            answers = await changed(directory, _changes(world))
            assert results(answers) == {"changed": 39, "unknown": 1}
            (answer,) = [each for each in answers if each.change.user == moved]
            assert (answer.change.user, answer.reason) == (moved, "reads-lag")
            assert "does not have a corresponding license" in answer.message
            world.advance(700)
            (answer,) = await changed(directory, [swap(moved)])
        assert answer.result is ChangeResult.CHANGED
        assert _held(world, E5) == 40
