"""Serve small worlds over real HTTP for the tests of the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from runner.simulator import World, running
from tests.simulator.served import Served, contoso


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Yield a function that serves a world for the length of the test."""
    with ExitStack() as stack:

        def start(mapping: Mapping[str, Any] | None = None, **changes: Any) -> Served:
            world = World.from_mapping(mapping or contoso(**changes))
            url = stack.enter_context(running(world))
            headers = {"Authorization": "Bearer contoso"}
            http = stack.enter_context(httpx.Client(base_url=url, headers=headers))
            return Served(world, url, http)

        yield start
