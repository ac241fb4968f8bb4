"""Start-up: the command's help against importing the SDK it avoids."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from tests.benchmarks.table import Row, Sizes, typical

OURS = (sys.executable, "-m", "runner.cli", "--help")
THEIRS = (sys.executable, "-c", "import msgraph, azure.identity")
MS = 1_000


def startup_rows(sizes: Sizes) -> Iterator[Row]:
    """Yield what asking for help costs."""
    ours, theirs = (_cost_ms(line, rounds=sizes.rounds) for line in (OURS, THEIRS))
    yield Row(
        measured="`upgrade-runner --help`",
        ours=ours,
        alternative='`python -c "import msgraph, azure.identity"`',
        theirs=theirs,
        unit="ms",
    )


def _cost_ms(line: Sequence[str], *, rounds: int) -> float:
    run = partial(subprocess.run, line, check=True, stdout=subprocess.DEVNULL)
    return typical(run, rounds=rounds) * MS
