"""Judge a wave: may the next one start, or has too much gone wrong."""

from collections.abc import Sequence
from fractions import Fraction

from runner.model.outcome import Standing
from runner.model.spec import Gate, Pace

FAILURES = (Standing.FAILED, Standing.UNREACHABLE)
"""What counts against the budget; who is refused or waits does not."""


def why_held(
    pace: Pace, *, wave: int, standings: Sequence[Standing], so_far: Sequence[Standing]
) -> str:
    """Return why nothing after this wave starts, or nothing.

    `standings` are those of the wave, `so_far` of all waves up to and with it.
    """
    where = "wave 1" if wave == 1 else f"waves 1 to {wave}"
    over = _over_budget(pace, standings, where=f"wave {wave}")
    over = over or _over_budget(pace, so_far, where=where)
    if over or pace.gate is not Gate.DONE:
        return over
    missing = sum(each is not Standing.DONE for each in standings)
    return f"wave {wave} has {missing:,} of {len(standings):,} not done" if missing else ""


def _over_budget(pace: Pace, standings: Sequence[Standing], *, where: str) -> str:
    """Return by how much the failures exceed the budget, or nothing; equal is within it."""
    failed = sum(each in FAILURES for each in standings)
    most = Fraction(str(pace.max_fail_percentage))
    if failed * 100 <= most * len(standings):
        return ""
    words = f"{where} had {failed:,} of {len(standings):,} failed or unreachable"
    return f"{words}, the limit is {pace.max_fail_percentage:g} %"
