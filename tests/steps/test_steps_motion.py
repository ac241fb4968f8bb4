"""Seats that some give back serve the others: an order is found wherever there is one."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runner.model.ids import SkuId
from runner.model.outcome import Outcome, Status
from runner.model.state import License, TenantState, User
from runner.ports import Answer, Ports, SetLicenses, UserChange
from runner.steps.holding import direct
from runner.steps.motion import Flow, one_round, stuck
from runner.steps.rounds import Move, in_rounds, short_targets
from tests.builders import E1, E3, E4, E5, subscription, tenant_state, users
from tests.fakes import FakeClock, FakeCommerce, FakeDirectory, World

SKUS = (E1, E3, E4, E5)
MANY = settings(max_examples=200, deadline=None, derandomize=True)

Seats = dict[SkuId, int]
Counts = tuple[int, ...]


def _flow(takes: SkuId, *frees: SkuId, count: int = 1, seats: int = 1) -> Flow:
    return Flow(
        takes=((takes, seats),), frees=tuple((sku, seats) for sku in sorted(frees)), count=count
    )


@st.composite
def _user_flows(draw: st.DrawFn) -> Flow:
    takes = draw(st.sampled_from((*SKUS, *SKUS, None)))
    others = [sku for sku in SKUS if sku != takes]
    frees = draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
    return Flow(
        takes=((takes, 1),) if takes else (),
        frees=tuple((sku, 1) for sku in sorted(frees)),
        count=draw(st.integers(1, 3)),
    )


@st.composite
def _group_flows(draw: st.DrawFn) -> Flow:
    takes, frees = draw(st.permutations(SKUS))[:2]
    number = draw(st.integers(1, 3))
    back = draw(st.integers(0, number))
    return Flow(takes=((takes, number),), frees=((frees, back),) if back else ())


def _pools() -> st.SearchStrategy[Seats]:
    return st.fixed_dictionaries(dict.fromkeys(SKUS, st.sampled_from((0, 0, 0, 1, 2))))


@st.composite
def _walks(draw: st.DrawFn) -> tuple[Seats, list[Flow]]:
    """Draw moves that can all be made: each takes a seat that is free and frees another."""
    free = dict.fromkeys(SKUS, 0) | {draw(st.sampled_from(SKUS)): 1}
    free[draw(st.sampled_from(SKUS))] += draw(st.integers(0, 1))
    seats, made = Counter(free), Counter[Flow]()
    for _ in range(draw(st.integers(2, 10))):
        takes = draw(st.sampled_from([sku for sku in SKUS if seats[sku]]))
        others = [sku for sku in SKUS if sku != takes]
        count = draw(st.sampled_from((1, 1, 1, 2)))
        frees = draw(st.permutations(others))[:count]
        seats.update(frees)
        seats[takes] -= 1
        made[_flow(takes, *frees)] += 1
    flows = [replace(flow, count=count) for flow, count in made.items()]
    return free, draw(st.permutations(flows))


def _after(seats: Mapping[SkuId, int], flow: Flow) -> Seats | None:
    """Return the seats after one move, or None where there is no seat for it."""
    if any(seats[sku] < number for sku, number in flow.takes):
        return None
    taken, freed = dict(flow.takes), dict(flow.frees)
    return {sku: seats[sku] - taken.get(sku, 0) + freed.get(sku, 0) for sku in SKUS}


def _has_order(free: Seats, flows: Sequence[Flow]) -> bool:
    """Try every order."""
    seen: set[tuple[Counts, Counts]] = set()

    def nexts(seats: Seats, left: Counts) -> Iterator[tuple[Seats, Counts]]:
        for place, flow in enumerate(flows):
            then = _after(seats, flow) if left[place] else None
            if then is not None:
                yield then, (*left[:place], left[place] - 1, *left[place + 1 :])

    def search(seats: Seats, left: Counts) -> bool:
        key = (tuple(seats.values()), left)
        if key in seen:
            return False
        seen.add(key)
        return not any(left) or any(search(*each) for each in nexts(seats, left))

    return search(free, tuple(flow.count for flow in flows))


def _made_in_rounds(free: Seats, flows: Sequence[Flow]) -> Counts:
    """Make round after round, and return how many of each flow are left."""
    seats, left = Counter(free), [flow.count for flow in flows]
    while True:
        open_flows = [replace(flow, count=count) for flow, count in zip(flows, left, strict=True)]
        now = one_round(seats, open_flows)
        if not any(now):
            return tuple(left)
        freed: Counter[SkuId] = Counter()
        for place, (flow, count) in enumerate(zip(flows, now, strict=True)):
            assert 0 <= count <= left[place]
            left[place] -= count
            seats.subtract({sku: number * count for sku, number in flow.takes})
            freed.update({sku: number * count for sku, number in flow.frees})
        assert min(seats.values()) >= 0
        seats.update(freed)


@MANY
@given(_pools(), st.lists(_user_flows(), min_size=1, max_size=5))
def test_users_are_stuck_only_where_no_order_lets_all_of_them_move(
    free: Seats, flows: list[Flow]
) -> None:
    assert any(stuck(free, flows)) is not _has_order(free, flows)


@MANY
@given(_walks())
@example(
    ({E1: 1, E3: 0, E4: 0, E5: 0}, [_flow(E1, E3), _flow(E1, E4), _flow(E3, E5), _flow(E4, E1)])
)
def test_a_seat_first_goes_where_it_comes_back_from(walk: tuple[Seats, list[Flow]]) -> None:
    free, flows = walk
    assert not any(stuck(free, flows))
    assert not any(_made_in_rounds(free, flows))


@MANY
@given(_pools(), st.lists(_user_flows(), min_size=1, max_size=5))
def test_rounds_never_take_a_seat_that_is_not_there(free: Seats, flows: list[Flow]) -> None:
    left = _made_in_rounds(free, flows)
    assert any(left) is not _has_order(free, flows)


@MANY
@given(_pools(), st.lists(st.one_of(_group_flows(), _user_flows()), min_size=1, max_size=5))
def test_groups_are_never_said_to_move_where_no_order_lets_them(
    free: Seats, flows: list[Flow]
) -> None:
    if not any(stuck(free, flows)):
        assert _has_order(free, flows)


def test_moves_of_one_form_are_made_in_their_order() -> None:
    flows = [_flow(E5, count=2), _flow(E5, count=2)]
    assert stuck({E5: 3}, flows) == (0, 1)
    assert one_round({E5: 3}, flows) == (2, 1)


def test_a_seat_travels_through_all_who_exchange_products() -> None:
    flows = [_flow(E5, E4, count=40), _flow(E4, E5, count=40)]
    assert stuck({E4: 0, E5: 0}, flows) == (40, 40)
    assert stuck({E4: 0, E5: 1}, flows) == (0, 0)
    assert one_round({E4: 0, E5: 1}, flows) == (1, 0)


def test_over_assigned_seats_are_made_up_for_first() -> None:
    flows = [_flow(E5, count=1), Flow(takes=(), frees=((E5, 1),), count=2)]
    assert stuck({E5: -1}, flows) == (0, 0)
    assert stuck({E5: -2}, flows) == (1, 0)


class _Watched(FakeDirectory):
    """A directory that keeps how many seats every call asked for, and how many were free."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.asked: list[tuple[Counter[SkuId], Counter[SkuId]]] = []

    def change_users(
        self, changes: Sequence[UserChange]
    ) -> AsyncIterator[tuple[Answer[UserChange], ...]]:
        takes: Counter[SkuId] = Counter()
        for each in changes:
            assert isinstance(each.request, SetLicenses)
            takes.update(given.sku for given in each.request.add)
        self.asked.append((takes, _free(self.world.state)))
        return super().change_users(changes)


def _free(state: TenantState) -> Counter[SkuId]:
    return Counter({sku: each.enabled - each.consumed for sku, each in state.skus.items()})


def _move(user: User, source: SkuId, target: SkuId) -> Move:
    request = SetLicenses(add=(License(sku=target),), remove=(source,))
    change = UserChange(
        user=user.id,
        step="exchange",
        request=request,
        is_settled=lambda seen: direct(seen, target) is not None and direct(seen, source) is None,
        misfit=lambda seen: "",
    )
    return Move(change=change, target=target, takes=(target,), frees=(source,))


def _exchange(sizes: tuple[int, int], *, free: int) -> tuple[World, list[Move]]:
    """Return a tenant whose users on E4 and E5 exchange products, with free seats of E5."""
    on_e4, on_e5 = users(sizes[0], E4, prefix="four"), users(sizes[1], E5, prefix="five")
    bought = (subscription(E4, sizes[0]), subscription(E5, sizes[1] + free))
    moves = [_move(user, E4, E5) for user in on_e4] + [_move(user, E5, E4) for user in on_e5]
    return World(tenant_state(*bought, users=(*on_e4, *on_e5))), moves


def _carried_out(moves: list[Move], directory: FakeDirectory) -> list[Outcome]:
    ports = Ports(directory=directory, commerce=FakeCommerce(directory.world), clock=FakeClock())

    async def run() -> list[Outcome]:
        found = in_rounds(moves, directory.world.state, ports)
        return [outcome async for outcomes in found for outcome in outcomes]

    return asyncio.run(run())


# Sizes that differ by no more than one: where a target is short, `short_targets` looks once, and
# who waits for seats that only the short ones would give back is told so after others have moved.
@pytest.mark.parametrize("free", [1, 2, 5])
@pytest.mark.parametrize("sizes", [(7, 7), (12, 11), (25, 24)])
def test_users_exchange_products_with_no_more_under_way_than_free_seats(
    sizes: tuple[int, int], free: int
) -> None:
    world, moves = _exchange(sizes, free=free)
    directory = _Watched(world)
    short = short_targets(moves, world.state)
    outcomes = _carried_out([each for each in moves if each.target not in short], directory)
    assert all(takes[sku] <= seats[sku] for takes, seats in directory.asked for sku in takes)
    assert {each.status for each in outcomes} <= {Status.CHANGED}
    assert all(count == 1 for count in directory.writes.values())


def test_users_who_exchange_products_all_move_by_one_free_seat() -> None:
    world, moves = _exchange((9, 9), free=1)
    assert short_targets(moves, world.state) == {}
    outcomes = _carried_out(moves, _Watched(world))
    assert [each.status for each in outcomes] == [Status.CHANGED] * 18
    assert _free(world.state) == {E4: 0, E5: 1}


def test_users_who_exchange_products_without_a_free_seat_are_short_of_both() -> None:
    world, moves = _exchange((3, 3), free=0)
    assert set(short_targets(moves, world.state)) == {E4, E5}
