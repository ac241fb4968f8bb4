"""Order moves so that the seats some give back serve the others, and find what cannot begin."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.model.ids import SkuId
from runner.steps.cohorts import Sorting

Seats = Mapping[SkuId, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Moves of one form: how many there are, the seats each takes and the seats each gives back.

    A group is one move that takes a seat for every member who needs one.
    """

    takes: tuple[tuple[SkuId, int], ...]
    frees: tuple[tuple[SkuId, int], ...]
    count: int = 1


def flows_of(sorting: Sorting) -> tuple[Flow, ...]:
    """Return the moves of a plan: groups first, then users, as they are carried out."""
    groups = [
        Flow(
            takes=((each.target, len(each.arriving)),) if each.arriving else (),
            frees=tuple((sku, len(users)) for sku, users in sorted(each.leaving.items()) if users),
        )
        for each in sorting.groups
    ]
    users = [
        Flow(
            takes=((each.assignment.target, 1),) if each.change.takes_seat else (),
            frees=tuple((sku, 1) for sku in each.change.frees),
            count=len(each.users),
        )
        for each in sorting.cohorts
    ]
    return (*groups, *users)


def stuck(free: Seats, flows: Sequence[Flow]) -> tuple[int, ...]:
    """Return how many moves of each flow can never be made with these free seats.

    Source: graph.md 4.2 i (a swap takes the new seat first, the old one is free on success), read
    2026-11-22.
    """
    made = _made(free, flows, uses_freed=True)
    return tuple(flow.count - done for flow, done in zip(flows, made, strict=True))


def wave(free: Seats, flows: Sequence[Flow]) -> tuple[int, ...]:
    """Return how many moves of each flow can be made at once, before any seat is given back."""
    return _made(free, flows, uses_freed=False)


def _made(free: Seats, flows: Sequence[Flow], *, uses_freed: bool) -> tuple[int, ...]:
    """Make moves until none is possible: those first whose seats others wait for.

    So a seat that is short travels through all who exchange products before anybody keeps it.
    """
    left = [flow.count for flow in flows]
    seats = Counter(free)
    wanted: Counter[SkuId] = Counter()
    for flow in flows:
        wanted.update({sku: number * flow.count for sku, number in flow.takes})
    while True:
        rooms = [_room(flow, left[place], seats) for place, flow in enumerate(flows)]
        possible = [place for place, room in enumerate(rooms) if room]
        if not possible:
            return tuple(flow.count - rest for flow, rest in zip(flows, left, strict=True))
        place = max(possible, key=lambda each: (_relief(flows[each], wanted, seats), -each))
        flow, number = flows[place], rooms[place]
        relief = _relief(flow, wanted, seats)
        if number < left[place] and relief:
            number = min(number, relief)
        left[place] -= number
        for sku, each in flow.takes:
            seats[sku] -= each * number
            wanted[sku] -= each * number
        for sku, each in flow.frees if uses_freed else ():
            seats[sku] += each * number


def _room(flow: Flow, left: int, seats: Seats) -> int:
    return min([left, *(max(0, seats[sku]) // each for sku, each in flow.takes)])


def _relief(flow: Flow, wanted: Seats, seats: Seats) -> int:
    """Return how many seats that others wait for one move of the flow leads to."""
    waiting = (wanted[sku] - seats[sku] for sku, _ in flow.frees if wanted[sku])
    return max([0, *waiting])
