"""Run asynchronous work to its end; the one place where an event loop begins."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def run_until_done(
    work: Coroutine[Any, Any, T], *, on_interrupt: Callable[[], None] | None = None
) -> T:
    """Return what the work returns.

    With `on_interrupt` the first SIGINT or SIGTERM only calls that, and the second ends the work
    at once. Raises: KeyboardInterrupt.
    """
    try:
        return asyncio.run(work if on_interrupt is None else _listening(work, on_interrupt))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _listening(work: Coroutine[Any, Any, T], on_interrupt: Callable[[], None]) -> T:
    doing = asyncio.ensure_future(work)
    reactions = iter((on_interrupt,))

    def interrupt() -> None:
        next(reactions, doing.cancel)()

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(number, interrupt)
    return await doing
