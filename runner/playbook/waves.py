"""Which tenants are upgraded together: the waves of each play, and of all plays in order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby

from runner.model.spec import Gate, Pace
from runner.playbook.tree import MarkedMap

Size = int | str
"""A number of tenants, or a share such as `25%`."""

Waves = tuple[tuple[str, ...], ...]


def pace_of(rendered: MarkedMap) -> tuple[tuple[Size, ...], Pace]:
    """Return the sizes of a play's waves, none for all at once, and what ends them."""
    said = rendered.get("serial", ())
    sizes = tuple(said) if isinstance(said, list | tuple) else (said,)
    gate = Gate(rendered.get("gate", Gate.VERIFIED))
    most = float(rendered.get("max_fail_percentage", 0))
    return sizes, Pace(max_fail_percentage=most, gate=gate)


def cut(names: Sequence[str], sizes: Sequence[Size], *, numbers: Mapping[str, int]) -> Waves:
    """Return the waves of one play: as Ansible's `serial`, the last size repeats.

    `numbers` is the `wave` of the tenants that have one: lower numbers come first, and no wave
    holds two numbers.
    """
    limits = _limits(sizes, len(names))
    ordered = sorted(names, key=lambda name: numbers.get(name, 0))
    waves: list[tuple[str, ...]] = []
    for _, alike in groupby(ordered, key=lambda name: numbers.get(name, 0)):
        left = list(alike)
        while left:
            size = next(limits)
            waves.append(tuple(left[:size]))
            left = left[size:]
    return tuple(waves)


def _limits(sizes: Sequence[Size], total: int) -> Iterator[int]:
    """Yield how many tenants each wave may hold, the last size without end."""
    said = [_count(size, total) for size in sizes] or [total]
    yield from said
    while True:
        yield said[-1]


def _count(size: Size, total: int) -> int:
    """Return a size as a number of tenants; a share is rounded down, to one at least."""
    if isinstance(size, int):
        return size
    return max(1, int(total * Fraction(size.removesuffix("%")) / 100))


class Schedule:
    """The waves of a whole playbook, put together of those of its plays."""

    def __init__(self) -> None:
        self._plays: list[tuple[Mapping[str, int], Pace]] = []

    def add(self, waves: Waves, pace: Pace) -> None:
        """Add the next play."""
        of = {name: number for number, wave in enumerate(waves, 1) for name in wave}
        self._plays.append((of, pace))

    def waves(self) -> Waves:
        """Return the waves in order, each tenant once, in the first play that names it.

        No wave holds tenants of two waves of any play, so that every `serial` is kept to.
        """
        names = dict.fromkeys(name for of, _ in self._plays for name in of)
        places = {name: self._place(name) for name in names}
        ordered = sorted(names, key=places.__getitem__)
        return tuple(tuple(wave) for _, wave in groupby(ordered, key=places.__getitem__))

    def _place(self, name: str) -> tuple[int, ...]:
        first = next(index for index, (of, _) in enumerate(self._plays) if name in of)
        return first, *(of.get(name, 1) for of, _ in self._plays)

    def paces(self) -> tuple[Pace, ...]:
        """Return the pace of every wave: the strictest of the plays that name its tenants."""
        return tuple(self._strictest(wave) for wave in self.waves())

    def _strictest(self, wave: Iterable[str]) -> Pace:
        paces = [pace for of, pace in self._plays if not of.keys().isdisjoint(wave)]
        gates = {pace.gate for pace in paces}
        return Pace(
            max_fail_percentage=min(pace.max_fail_percentage for pace in paces),
            gate=next(gate for gate in (Gate.CONFIRM, Gate.DONE, Gate.VERIFIED) if gate in gates),
        )
