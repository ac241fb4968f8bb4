"""Carry moves out in rounds: a seat that one gives back is given out again once that is certain."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from runner.model.ids import SkuId
from runner.model.outcome import Outcome, Status
from runner.model.state import TenantState
from runner.ports import Answer, ChangeResult, Ports, UserChange
from runner.steps.answers import outcomes_of
from runner.steps.motion import Flow, one_round, stuck
from runner.steps.seats import free_seats, short_of_seats

NO_SEATS = "no-seats"
"""What the directory says where Graph had no seat left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One user still to move, and the seats that takes and gives back.

    `can_wait` says that others are to give back a seat for it.
    """

    change: UserChange
    target: SkuId
    takes: tuple[SkuId, ...]
    frees: tuple[SkuId, ...]
    can_wait: bool = False


async def in_rounds(
    moves: list[Move], have: TenantState, ports: Ports
) -> AsyncIterator[tuple[Outcome, ...]]:
    """Change users, as many at once as there are seats for, and yield what happened to each.

    Where changes were not begun, the directory may begin none any more, and neither does a round.
    """
    free = Counter({sku: free_seats(have, sku) for each in moves for sku in each.takes})
    while moves:
        now, moves = _next_round(moves, free)
        if not now:
            if lost := tuple(_out_of_seats(each) for each in moves if not each.can_wait):
                yield lost
            return
        by_change = {id(each.change): each for each in now}
        answered = 0
        async for answers in ports.directory.change_users([each.change for each in now]):
            for answer in answers:
                _account(answer, by_change[id(answer.change)], free)
            answered += len(answers)
            yield outcomes_of(answers)
        if answered < len(now):
            return


def _flows(moves: Sequence[Move]) -> Mapping[tuple[tuple[SkuId, ...], ...], Flow]:
    counts = Counter((each.takes, each.frees) for each in moves)
    return {
        (takes, frees): Flow(
            takes=tuple((sku, 1) for sku in takes),
            frees=tuple((sku, 1) for sku in frees),
            count=count,
        )
        for (takes, frees), count in counts.items()
    }


def short_targets(moves: Sequence[Move], have: TenantState) -> Mapping[SkuId, str]:
    """Return the targets that some would wait for in vain, and how many seats are missing.

    Without those, seats that they would have given back are missing elsewhere: looked at until
    nothing more is short.
    """
    short: set[SkuId] = set()
    rest = list(moves)
    while more := _short(rest, have):
        short |= more
        rest = [each for each in rest if short.isdisjoint(each.takes)]
    need = Counter(sku for each in moves for sku in each.takes if sku in short)
    return {sku: short_of_seats(have, sku, number) for sku, number in need.items()}


def _short(moves: Sequence[Move], have: TenantState) -> set[SkuId]:
    flows = _flows(moves)
    free = {sku: free_seats(have, sku) for takes, frees in flows for sku in (*takes, *frees)}
    left = zip(flows, stuck(free, tuple(flows.values())), strict=True)
    return {sku for (takes, _), count in left if count for sku in takes}


def _next_round(moves: list[Move], free: Mapping[SkuId, int]) -> tuple[list[Move], list[Move]]:
    """Split the moves into those there are seats for now and the rest."""
    flows = _flows(moves)
    room = dict(zip(flows, one_round(free, tuple(flows.values())), strict=True))
    now: list[Move] = []
    later: list[Move] = []
    for each in moves:
        key = (each.takes, each.frees)
        (now if room[key] > 0 else later).append(each)
        room[key] -= 1
    return now, later


def _account(answer: Answer[UserChange], move: Move, free: Counter[SkuId]) -> None:
    """Keep count of the seats; where they ran out after all, none is left to give."""
    if answer.reason == "no-seats":
        for sku in move.takes:
            free[sku] = 0
    elif answer.result is ChangeResult.CHANGED:
        free.subtract(move.takes)
        free.update(move.frees)
    elif answer.result is ChangeResult.UNKNOWN:
        free.subtract(move.takes)


def _out_of_seats(move: Move) -> Outcome:
    return Outcome(
        step=move.change.step,
        subject=move.change.user,
        status=Status.BLOCKED,
        detail="the seats ran out: buy more, or plan again",
    )
