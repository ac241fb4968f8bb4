"""Once no change may begin any more, those under way are finished and the others go unanswered."""

import pytest

from runner.ports import Answer, UserChange
from tests.providers.served import (
    E4,
    E5,
    HastyClock,
    group_swap,
    groups_changed,
    opened,
    results,
    swap,
    world_at,
)


class Leave:
    """Says that changes may begin, so many times or until it is taken back."""

    def __init__(self, times: int = 1_000_000) -> None:
        self.times = times

    def __call__(self) -> bool:
        self.times -= 1
        return self.times >= 0


async def test_what_was_sent_is_answered_and_nothing_more_is_sent() -> None:
    with world_at() as (world, endpoint):
        users = [user.id for user in world.tenant().users[:40]]
        async with opened(endpoint) as directory:
            leave = Leave()
            directory.only_while(leave)
            answers: list[Answer[UserChange]] = []
            async for batch in directory.change_users([swap(each) for each in users]):
                answers += batch
                leave.times = 0
        assert results(answers) == {"changed": 20}
        written = {each.change.user for each in answers}
        held = {u.id for u in world.tenant().users if E5 in u.state.held}
        assert written == held and len(world.log.writes()) == 20


async def test_changes_that_were_refused_in_passing_are_not_tried_again() -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{"kind": 503, "on": ["inner", "write"]}])
        users = [user.id for user in world.tenant().users[:20]]
        async with opened(endpoint, clock=HastyClock()) as directory:
            directory.only_while(Leave(times=3))
            found = [a async for b in directory.change_users([swap(u) for u in users]) for a in b]
        assert found == []
        assert not any(E5 in user.state.held for user in world.tenant().users)


@pytest.mark.parametrize("times", [0, 1, 2])
async def test_groups_that_were_not_begun_stay_as_they_are(times: int) -> None:
    names = ["one", "two"]
    groups = [{"name": name, "licenses": ["ENTERPRISEWITHSCAL"]} for name in names]
    with world_at(groups=groups, users=[{"count": 1}]) as (world, endpoint):
        changes = [group_swap(each) for each in world.tenant().groups]
        async with opened(endpoint) as directory:
            directory.only_while(Leave(times))
            answers = await groups_changed(directory, changes)
        assert results(answers) == ({"changed": times} if times else {})
        carried = [row.sku_id for g in world.tenant().groups.values() for row in g.licenses]
        assert sorted(carried) == sorted([E5] * times + [E4] * (2 - times))


async def test_a_pause_that_graph_asked_for_is_not_waited_out() -> None:
    with world_at() as (world, endpoint):
        world.set_faults([{"kind": 429, "on": ["inner", "write"], "retry_after": 600}])
        users = [user.id for user in world.tenant().users[:20]]
        clock = HastyClock()
        async with opened(endpoint, clock=clock) as directory:
            directory.only_while(lambda: clock.waited_s < 3)
            found = [a async for b in directory.change_users([swap(u) for u in users]) for a in b]
        assert found == [] and clock.waited_s < 100
