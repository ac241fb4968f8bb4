"""Open every implementation of the directory port on one and the same tenant."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.contract.directories import DIRECTORIES, Opened


@pytest_asyncio.fixture(params=sorted(DIRECTORIES))
async def opened(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Opened]:
    """Yield each implementation, opened."""
    monkeypatch.setenv("SERVED_TOKEN", "any-word")
    open_directory: Any = DIRECTORIES[request.param]
    async with open_directory() as found:
        yield found
