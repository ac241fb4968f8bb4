"""What a run works with, and how it is asked to end early."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from runner.engine.tell import Tell
from runner.ports import Ports, Records

T = TypeVar("T")

OpenPorts = Callable[[str], AbstractAsyncContextManager[Ports]]
Lock = Callable[[str], AbstractContextManager[None]]


class Interrupted(Exception):
    """The run was asked to end, so what only looks or waits is given up."""


class Stop:
    """A request to begin nothing more; what is under way is finished and recorded."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    @property
    def is_asked(self) -> bool:
        """Return whether the run is to end."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask the run to end."""
        self._asked.set()

    async def unless_asked(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work returns; it is given up when the run is asked to end.

        Raises: Interrupted, and what the work raises.
        """
        doing = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise Interrupted
            return doing.result()
        finally:
            for each in (doing, asked):
                each.cancel()
            await asyncio.gather(doing, asked, return_exceptions=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a run works with: ports by tenant name, locks by tenant id, records and listeners.

    `now` tells this machine's time, for what concerns no tenant. `plan_again` is the command that
    plans anew what no longer fits; a tenant is added to it.
    """

    run: str
    open_ports: OpenPorts
    lock: Lock
    records: Records
    tell: Tell
    now: Callable[[], datetime]
    plan_again: str = "upgrade-runner plan"
    stop: Stop = field(default_factory=Stop)
