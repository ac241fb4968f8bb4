"""Give every journey a stage of its own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.stage import Stage, hasten, on_stage, scene
from tests.providers.recorded import recorder

__all__ = ["recorder"]

SetUp = Callable[..., Stage]


@pytest.fixture
def set_up(tmp_path: Path) -> Iterator[SetUp]:
    """Yield a function that serves a world for the length of the test."""
    with ExitStack() as stack:

        def start(mapping: Mapping[str, Any] | None = None, **changes: Any) -> Stage:
            return stack.enter_context(on_stage(mapping or scene(**changes), tmp_path))

        yield start


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits between tries."""
    hasten(monkeypatch)
