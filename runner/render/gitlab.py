"""Count the steps of a plan for the widget that GitLab shows in a merge request."""

import json
from collections import Counter
from typing import TextIO

from runner.model.outcome import Event
from runner.render.blocks import Blocks
from runner.render.folding import TROUBLED

_WORDS = {"create": "+", "update": "~", "delete": "-"}


class GitLab:
    """Collects the steps that would be carried out and writes how many there are of each sort.

    Source: GitLab documentation, "artifacts:reports:terraform" (`create`, `update`, `delete`), read
    2026-11-23.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._blocks = Blocks()
        self._symbols: Counter[str] = Counter()

    def handle(self, event: Event) -> None:
        """Take one event in."""
        block = self._blocks.take(event)
        if block is not None and block.standing not in TROUBLED:
            self._symbols.update(row.get("symbol", "") for row in block.rows)

    def close(self) -> None:
        """Write the counts."""
        counts = {word: self._symbols[symbol] for word, symbol in _WORDS.items()}
        self._stream.write(json.dumps(counts) + "\n")
        self._stream.flush()
