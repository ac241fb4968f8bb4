"""Order moves so that the seats some give back serve the others, and find what cannot begin."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.model.ids import SkuId
from runner.steps.cohorts import Cohort, Sorting

Seats = Mapping[SkuId, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Moves of one form: how many there are, the seats each takes and the seats each gives back.

    A group is one move that takes a seat for every member who needs one.
    """

    takes: tuple[tuple[SkuId, int], ...]
    frees: tuple[tuple[SkuId, int], ...]
    count: int = 1


Form = tuple[tuple[tuple[SkuId, int], ...], tuple[tuple[SkuId, int], ...]]
"""What one move takes and what it gives back."""


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
            takes=tuple((sku, 1) for sku in _taken(each)),
            frees=tuple((sku, 1) for sku in each.change.frees),
            count=len(each.users),
        )
        for each in sorting.cohorts
    ]
    return (*groups, *users)


def _taken(cohort: Cohort) -> tuple[SkuId, ...]:
    target = (cohort.assignment.target,) if cohort.change.takes_seat else ()
    return (*target, *cohort.change.also_takes)


def stuck(free: Seats, flows: Sequence[Flow]) -> tuple[int, ...]:
    """Return how many moves of each flow can never be made with these free seats.

    Source: graph.md 4.2 i (a swap takes the new seat first, the old one is free on success), read
    2026-11-22.
    """
    made = _Moves(free, flows, uses_freed=True).made(flows)
    return tuple(flow.count - done for flow, done in zip(flows, made, strict=True))


def one_round(free: Seats, flows: Sequence[Flow]) -> tuple[int, ...]:
    """Return how many moves of each flow can be made at once, before any seat is given back."""
    return _Moves(free, flows, uses_freed=False).made(flows)


class _Moves:
    """Moves of which as many are made as there are seats for, none that cuts off the others.

    Where every move takes one seat, all are made if any order makes all: the seats suffice in the
    end, and as long as each move left can still be reached from a free seat, one of those possible
    keeps it so.
    Source: J. Esparza, "Petri Nets, Commutative Context-Free Grammars, and Basic Parallel
    Processes", Fundamenta Informaticae 31 (1997), theorem 3.1.
    """

    def __init__(self, free: Seats, flows: Sequence[Flow], *, uses_freed: bool) -> None:
        self._free = Counter(free)
        self._freed: Counter[SkuId] = self._free if uses_freed else Counter()
        self._left: Counter[Form] = Counter()
        for flow in flows:
            self._left[(flow.takes, flow.frees)] += flow.count
        while choice := self._next():
            self._make(*choice)

    def made(self, flows: Iterable[Flow]) -> tuple[int, ...]:
        """Return how many moves of each flow are made, the first flows of a form first."""
        left = Counter(self._left)
        found = []
        for flow in reversed(tuple(flows)):
            rest = min(flow.count, left[(flow.takes, flow.frees)])
            left[(flow.takes, flow.frees)] -= rest
            found.append(flow.count - rest)
        return tuple(reversed(found))

    def _next(self) -> tuple[Form, int] | None:
        """Return what to make next, and how often: what frees seats others wait for, if it can."""
        wanted = self._wanted()
        possible = [(form, room) for form in self._left if (room := self._room(form))]
        possible.sort(key=lambda each: -self._relief(each[0], wanted))
        within_reach = _reached(self._left, self._seats())
        for form, room in possible:
            for number in (room, room - 1):
                if number and within_reach <= self._reached_after(form, number):
                    return form, number
        for form, room in possible:
            return form, min(room, self._relief(form, wanted) or room)
        return None

    def _make(self, form: Form, number: int) -> None:
        takes, frees = form
        self._left[form] -= number
        for sku, each in takes:
            self._free[sku] -= each * number
        for sku, each in frees:
            self._freed[sku] += each * number

    def _room(self, form: Form) -> int:
        return min([self._left[form], *(max(0, self._free[sku]) // each for sku, each in form[0])])

    def _wanted(self) -> Counter[SkuId]:
        wanted: Counter[SkuId] = Counter()
        for (takes, _), count in self._left.items():
            wanted.update({sku: each * count for sku, each in takes})
        return wanted

    def _relief(self, form: Form, wanted: Seats) -> int:
        """Return how many seats that others wait for one move of the form leads to."""
        return max([0, *(wanted[sku] - self._free[sku] for sku, _ in form[1] if wanted[sku])])

    def _seats(self) -> Counter[SkuId]:
        """Return the seats that are free once all that was made is certain."""
        seats = Counter(self._free)
        if self._freed is not self._free:
            seats.update(self._freed)
        return seats

    def _reached_after(self, form: Form, number: int) -> set[Form]:
        left, seats = Counter(self._left), self._seats()
        left[form] -= number
        seats.subtract({sku: each * number for sku, each in form[0]})
        seats.update({sku: each * number for sku, each in form[1]})
        return _reached(left, seats)


def _reached(left: Mapping[Form, int], seats: Seats) -> set[Form]:
    """Return the forms of which one move at least can be made, and those with none left."""
    found = {form for form, count in left.items() if not count}
    seats = Counter(seats)
    while more := [
        form
        for form in left
        if form not in found and all(seats[sku] >= each for sku, each in form[0])
    ]:
        found.update(more)
        for form in more:
            seats.update({sku: each * left[form] for sku, each in form[1]})
    return found
