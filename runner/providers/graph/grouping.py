"""Change the licenses of groups one by one, looking before every call and after every doubt."""

from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from runner.ports import Answer, Clock, GroupChange
from runner.providers.graph import answers
from runner.providers.graph.calls import group_call_of
from runner.providers.graph.changing import ATTEMPTS, LOOKS, NOT_MADE
from runner.providers.graph.groups import look_at_group
from runner.providers.graph.pace import Cost
from runner.providers.graph.reading import Forbidden, Reader, backoff_s
from runner.providers.graph.reasons import Reason, reason_of
from runner.providers.graph.reply import Reply
from runner.providers.graph.transport import Transport

WRITE_COST = Cost(units=1, writes=1)
"""Source: graph.md 7.2 (cost of `assignLicense`), read 2026-11-22."""


class GroupWriter:
    """Carries out the changes of groups of one tenant."""

    def __init__(self, transport: Transport, *, reader: Reader, clock: Clock) -> None:
        self._transport = transport
        self._reader = reader
        self._clock = clock
        self._may_begin: Callable[[], bool] = lambda: True

    def only_while(self, may_begin: Callable[[], bool]) -> None:
        """Begin no change from now on unless this says that it may."""
        self._may_begin = may_begin

    async def change(
        self, changes: Sequence[GroupChange]
    ) -> AsyncIterator[tuple[Answer[GroupChange], ...]]:
        """Yield the answer of every change, in the order of the changes."""
        for change in changes:
            if not self._may_begin():
                return
            yield (await self._answered(change),)

    async def _answered(self, change: GroupChange) -> Answer[GroupChange]:
        last: Reply | None = None
        tries = 0
        is_doubtful = False
        while tries < ATTEMPTS:
            if answer := await self._seen(change, last):
                return answer
            last = await self._send(change)
            if last.is_ok:
                return answers.changed(change)
            if last.status == 429:
                continue
            tries += 1
            if not last.is_passing and last.status not in NOT_MADE:
                return await self._refused(change, last, is_doubtful=is_doubtful)
            is_doubtful |= last.status not in NOT_MADE
            await self._clock.sleep(backoff_s(tries))
        last = last or Reply(status=0)
        return await self._seen(change, last) or answers.unknown(
            change, last, reason=Reason.NO_ANSWER, after=f"{tries} tries"
        )

    async def _refused(
        self, change: GroupChange, reply: Reply, *, is_doubtful: bool
    ) -> Answer[GroupChange]:
        """Return the answer after a no, which may mean that an earlier try was successful.

        A group whose license was there at the look before the call and is not there any more has
        lost it to that try, also where no look shows it yet.
        """
        may_be_made = reason_of(reply) is Reason.NOT_HELD
        for look in range(1, LOOKS + 1 if may_be_made else 2):
            if answer := await self._seen(change, reply):
                return answer
            if may_be_made:
                await self._clock.sleep(backoff_s(look))
        if may_be_made and is_doubtful:
            return answers.changed(change, note=f"by an earlier try: {reply}")
        return answers.behind(change, reply) if may_be_made else answers.refused(change, reply)

    async def _seen(self, change: GroupChange, last: Reply | None) -> Answer[GroupChange] | None:
        """Look at the group, and return the answer if that settles it."""
        try:
            group = await look_at_group(self._reader, change.group)
        except Forbidden:
            return answers.refused(change, last or Reply(status=403))
        if group is None:
            reply = last or Reply(status=404)
            return answers.gone(change, reply, reason=Reason.GROUP_GONE, what="group")
        if change.is_settled(group):
            note = f"seen after {last}" if last else "seen before the call"
            return answers.changed(change, note=note)
        if why := change.misfit(group):
            return answers.misfit(change, why)
        return None

    async def _send(self, change: GroupChange) -> Reply:
        call = group_call_of(change)
        body = msgspec.json.encode(call.body)
        path = call.path.removeprefix("/")
        return await self._transport.send(call.method, path, cost=WRITE_COST, body=body)
