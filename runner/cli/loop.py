"""Run asynchronous work to its end; the one place where an event loop begins."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_until_done(work: Coroutine[Any, Any, T]) -> T:
    """Return what the work returns."""
    return asyncio.run(work)
