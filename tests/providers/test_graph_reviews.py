"""What reviews found in talking to Graph, so that it stays mended."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runner.model.findings import Throttled
from runner.model.ids import UserId
from runner.ports import ChangeResult, SetLicenses, UserChange
from runner.simulator import World
from tests.providers.served import (
    E1,
    E4,
    E5,
    HastyClock,
    changed,
    opened,
    results,
    swap,
    world_at,
)

BOTH = ["ENTERPRISEWITHSCAL", "ENTERPRISEPREMIUM"]


class _EventfulClock(HastyClock):
    """A clock at whose first wait something happens in the tenant."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__()
        self._happens: list[Callable[[], None]] = [happens]

    async def sleep(self, seconds: float) -> None:
        while self._happens:
            self._happens.pop()()
        await super().sleep(seconds)


def _taken(user: str) -> UserChange:
    """Return the change that takes E4 from somebody who holds E5 as well."""
    held = swap(user)
    return replace(
        held,
        user=UserId(user),
        request=SetLicenses(add=(), remove=(E4,)),
        misfit=lambda seen: "" if E5 in {h.license.sku for h in seen.holdings} else "lost E5",
    )


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": 429, "count": 1, "on": "batch", "retry_after": 20},
        {"kind": 429, "count": 40, "on": ["inner", "write"], "retry_after": 20},
    ],
    ids=["the whole batch", "every call in it"],
)
async def test_a_user_who_loses_the_target_during_a_pause_is_not_left_without(
    fault: dict[str, Any],
) -> None:
    people = [{"count": 3, "licenses": BOTH, "usage_location": "IT"}]
    with world_at(users=people) as (world, endpoint):
        ids = [user.id for user in world.tenant().users]
        clock = _EventfulClock(lambda: world.admin().unassign(ids[1], sku=E5))
        async with opened(endpoint, clock=clock) as directory:
            await directory.read([E4, E5])
            world.set_faults([fault])
            answers = await changed(directory, [_taken(user) for user in ids])
        assert results(answers)["changed"] == 2
        (left,) = [each for each in answers if each.result is not ChangeResult.CHANGED]
        assert (left.change.user, left.result) == (ids[1], ChangeResult.GONE)
        assert "lost E5" in f"{left.reason} {left.message}"
        assert not world.tenant().ever_unlicensed(ids, among=[E4, E5])


def _swaps(world: World, count: int) -> list[UserChange]:
    return [swap(user.id) for user in world.tenant().users[:count]]


@pytest.mark.parametrize(
    ("on", "retry_after"),
    [(["inner", "write"], 0), (["inner", "write"], 7), ("batch", 7)],
    ids=["every call", "every call, with a pause", "the whole batch"],
)
async def test_writes_that_are_refused_for_ever_are_given_up_as_a_pause(
    on: Any, retry_after: int
) -> None:
    clock = HastyClock()
    with world_at() as (world, endpoint):
        async with opened(endpoint, clock=clock) as directory:
            await directory.read([E4])
            world.set_faults([{"kind": 429, "on": on, "retry_after": retry_after}])
            with pytest.raises(Throttled) as refused:
                await changed(directory, _swaps(world, 40))
        assert not [call for call in world.log.writes() if call.applied]
    assert refused.value.retry_after_s > 0
    assert clock.waited_s < 3_600


async def test_calls_under_way_together_that_are_refused_count_as_one_pause() -> None:
    people = [{"count": 200, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"}]
    seats = [{"sku": sku, "seats": 200} for sku in BOTH]
    clock = HastyClock()
    with world_at(users=people, subscriptions=seats) as (world, endpoint):
        world.set_faults(
            [
                {"kind": "slow", "seconds": 0.5, "on": "batch", "after": 1, "count": 6},
                {"kind": 429, "on": "batch", "after": 1, "count": 6, "retry_after": 1},
            ]
        )
        async with opened(endpoint, clock=clock) as directory:
            await directory.read([E4])
            assert results(await changed(directory, _swaps(world, 200))) == {"changed": 200}
        assert len([call for call in world.log if call.status == 429]) == 6
    one_each_s = 30.0  # six refusals in a row would have grown the pause to this
    assert 0.9 < clock.waited_s < one_each_s / 2


async def test_no_seats_for_one_target_does_not_stop_moves_to_another() -> None:
    seats = [
        {"sku": "ENTERPRISEWITHSCAL", "seats": 60},
        {"sku": "ENTERPRISEPREMIUM", "seats": 5},
        {"sku": "STANDARDPACK", "seats": 60},
    ]
    with world_at(subscriptions=seats) as (world, endpoint):
        ids = [user.id for user in world.tenant().users]
        changes = [*map(swap, ids[:20]), *(swap(user, add=E1) for user in ids[20:])]
        async with opened(endpoint) as directory:
            answers = await changed(directory, changes)
        held = [user.state.held for user in world.tenant().users]
        assert results(answers)["changed"] == 25
        assert (sum(E5 in each for each in held), sum(E1 in each for each in held)) == (5, 20)


async def test_one_user_who_may_be_neither_changed_nor_read_holds_up_nobody() -> None:
    people = [{"count": 30, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"}]
    with world_at(users=people) as (world, endpoint):
        ids = [user.id for user in world.tenant().users]
        world.set_faults([{"kind": 403, "users": [ids[7]], "on": "inner"}])
        async with opened(endpoint) as directory:
            answers = await changed(directory, _swaps(world, 30))
        refused = {each.change.user: each.reason for each in answers if each.reason}
        assert refused == {ids[7]: "not-allowed"}
        assert results(answers)["changed"] == 29
