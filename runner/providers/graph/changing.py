"""Change users in batches of twenty, look after every doubt, and stop when it goes wrong."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from runner.model.findings import RunnerError
from runner.model.ids import UserId
from runner.model.state import User
from runner.ports import (
    Answer,
    ChangeResult,
    Clock,
    Reprocess,
    SetLicenses,
    SetLocation,
    UserChange,
)
from runner.providers.graph import answers
from runner.providers.graph.afterwards import Look, certain, followed, gone, hidden
from runner.providers.graph.batch import MOST_CALLS
from runner.providers.graph.calls import call_of
from runner.providers.graph.pace import Cost
from runner.providers.graph.reading import LONGEST_BACKOFF_S, backoff_s
from runner.providers.graph.reasons import Reason, reason_of
from runner.providers.graph.reply import Reply
from runner.providers.graph.stopping import Verdict
from runner.providers.graph.transport import Transport

LANES = 6
"""Batches under way at once; the quota, not this, is what limits a large tenant."""

ATTEMPTS = 8
"""Tries of one change whose outcome stays unknown or that fails in passing."""

LOCATION_LAG_S = 120.0
"""How long after a location was written licensing may not see it yet.

Source: graph.md 4.4 (the refusal is in passing, no time is published) and 10 (two to five minutes
for licenses), read 2026-11-23.
"""

SHORTEST_LAG_S = 1.0
"""Waited before a location is tried again; then as long as it is known, so that tries get rare."""

LOOKS = 7
"""Looks for a change that Graph says is not possible, because it may have been made already."""

NOT_MADE = (401, 404)
"""Statuses of a call that was not carried out and may be the next time."""

FRESH_S = 30.0
FRESH_TO_TAKE_S = 2.0
"""What was read of a user longer ago than this is looked at again right before the call; the
second is for changes that only take a license.
"""


@dataclass(slots=True)
class _Try:
    change: UserChange
    seen_at_s: float
    tries: int = 0
    is_doubtful: bool = False

    @property
    def fresh_s(self) -> float:
        request = self.change.request
        only_takes = isinstance(request, SetLicenses) and not request.add
        return FRESH_TO_TAKE_S if only_takes else FRESH_S

    @property
    def is_swap(self) -> bool:
        """Return whether licenses change."""
        return isinstance(self.change.request, SetLicenses)

    def may_be_made(self, reply: Reply) -> bool:
        """Return whether the refusal reads as if the change had been made already."""
        return self.is_swap and reason_of(reply) is Reason.NOT_HELD


_Doubt = tuple[_Try, Reply]


@dataclass(slots=True)
class _Round:
    """What became of one batch: what is certain, what must be tried again, what went wrong."""

    answers: list[Answer[UserChange]] = field(default_factory=list)
    again: list[_Try] = field(default_factory=list)
    error: RunnerError | None = None


class UserWriter:
    """Carries out the changes of users of one tenant."""

    def __init__(self, transport: Transport, *, look: Look, clock: Clock) -> None:
        self._transport = transport
        self._look = look
        self._clock = clock
        self._located_at_s: dict[UserId, float] = {}
        self._may_begin: Callable[[], bool] = lambda: True

    def only_while(self, may_begin: Callable[[], bool]) -> None:
        """Send no batch from now on unless this says that it may."""
        self._may_begin = may_begin

    async def change(
        self, changes: Sequence[UserChange], *, seen_at_s: float
    ) -> AsyncIterator[tuple[Answer[UserChange], ...]]:
        """Yield the answers of every change, a batch at a time, in the order they become certain.

        The first batch goes alone, so that a mistake that hits everybody costs twenty calls.
        `seen_at_s` is when reading the users began, in seconds of the monotonic clock.
        """
        waiting = deque(_Try(change, seen_at_s=seen_at_s) for change in changes)
        under_way: set[asyncio.Task[_Round]] = set()
        verdict = Verdict()
        try:
            while waiting or under_way:
                if not_tried := _take_stopped(waiting, verdict):
                    yield tuple(not_tried)
                self._launch(waiting, under_way, verdict)
                if not under_way:
                    break
                finished, under_way = await asyncio.wait(
                    under_way, return_when=asyncio.FIRST_COMPLETED
                )
                for task in finished:
                    result = task.result()
                    waiting.extendleft(reversed(result.again))
                    verdict.count(result.answers, error=result.error)
                    now_s = self._clock.monotonic_s()
                    self._located_at_s |= dict.fromkeys(_located(result.answers), now_s)
                    if result.answers:
                        yield verdict.explained(result.answers)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        if verdict.error is not None:
            raise verdict.error

    def _launch(
        self, waiting: deque[_Try], under_way: set[asyncio.Task[_Round]], verdict: Verdict
    ) -> None:
        lanes = LANES if verdict.answered else 1
        while waiting and len(under_way) < lanes and verdict.error is None:
            batch = [waiting.popleft() for _ in range(min(MOST_CALLS, len(waiting)))]
            under_way.add(asyncio.create_task(self._send(batch)))

    async def _send(self, batch: list[_Try]) -> _Round:
        result = _Round()
        try:
            await self._send_into(batch, result)
        except RunnerError as error:
            result.error = error
        return result

    async def _send_into(self, batch: list[_Try], result: _Round) -> None:
        batch = await self._ready(batch, result)
        if not batch:
            return
        cost = Cost(units=len(batch), writes=len(batch))
        replies = await self._transport.send_batch([call_of(x.change) for x in batch], cost=cost)
        doubtful: list[_Doubt] = []
        taken: list[UserChange] = []
        for each, reply in zip(batch, replies, strict=True):
            if reply.is_ok and isinstance(each.change.request, Reprocess):
                taken.append(each.change)
            elif reply.is_ok:
                result.answers.append(answers.changed(each.change))
            elif reply.status == 429:
                result.again.append(each)
            else:
                doubtful.append((each, reply))
        if doubtful:
            await self._settle(doubtful, result)
        if taken:
            result.answers += await followed(taken, look=self._look, clock=self._clock)

    async def _ready(self, batch: list[_Try], result: _Round) -> list[_Try]:
        """Wait for quota and pauses first, then look at users whose state was read a while ago.

        Taking a license without giving one is safe only if the other is there at that moment, so
        such users are always looked at.
        """
        cost = Cost(units=len(batch), writes=len(batch))
        while batch:
            await self._transport.until_free(cost, may_begin=self._may_begin)
            if not self._may_begin():
                return []
            now_s = self._clock.monotonic_s()
            if all(now_s - each.seen_at_s <= each.fresh_s for each in batch):
                return batch
            batch = await self._still_fitting(batch, result)
        return batch

    async def _still_fitting(self, batch: list[_Try], result: _Round) -> list[_Try]:
        """Look at users again, and leave out whom the change no longer fits."""
        seen_at_s = self._clock.monotonic_s()
        seen = await self._look([each.change.user for each in batch])
        fitting = []
        for each in batch:
            user = seen.get(each.change.user)
            if each.change.user not in seen:
                result.answers.append(answers.refused(each.change, Reply(status=403)))
            elif user is None:
                result.answers.append(gone(each.change, Reply(status=404)))
            elif each.change.is_settled(user):
                result.answers.append(answers.changed(each.change, note="seen before the call"))
            elif why := each.change.misfit(user):
                result.answers.append(answers.misfit(each.change, why))
            else:
                each.seen_at_s = seen_at_s
                fitting.append(each)
        return fitting

    async def _settle(self, doubtful: list[_Doubt], result: _Round) -> None:
        """Look at everybody whose answer was not a plain yes, before anything is said or sent."""
        longest_wait_s = 0.0
        for look in range(LOOKS):
            seen = await self._look([each.change.user for each, _ in doubtful])
            still: list[_Doubt] = []
            for each, reply in doubtful:
                answer = certain(each.change, reply, seen)
                if answer is not None:
                    result.answers.append(answer)
                elif self._may_pass(each, reply, seen[each.change.user]):
                    longest_wait_s = max(longest_wait_s, self._again(each, reply, result))
                elif each.may_be_made(reply) and look < LOOKS - 1:
                    still.append((each, reply))
                elif each.may_be_made(reply):
                    user, is_lost = seen[each.change.user], each.is_doubtful
                    result.answers.append(hidden(each.change, reply, user, is_doubtful=is_lost))
                else:
                    result.answers.append(answers.refused(each.change, reply))
            doubtful = still
            if not doubtful:
                break
            await self._clock.sleep(backoff_s(look + 1))
        await self._clock.sleep(longest_wait_s)

    def _may_pass(self, each: _Try, reply: Reply, user: User | None) -> bool:
        """Return whether the same call may be answered otherwise later.

        A location that Graph shows, or took, and licensing does not see was written a moment ago.
        Source: graph.md 4.4 (stale usageLocation), read 2026-11-22.
        """
        if reply.is_passing or reply.status in NOT_MADE:
            return True
        is_shown = user is not None and user.usage_location is not None
        is_located = is_shown or each.change.user in self._located_at_s
        return each.is_swap and is_located and reason_of(reply) is Reason.USAGE_LOCATION

    def _again(self, each: _Try, reply: Reply, result: _Round) -> float:
        """Have a change tried again, or give it up, and return how long to wait before."""
        if reply.status == 400:
            return self._after_lag(each, reply, result)
        each.tries += 1
        each.is_doubtful |= reply.status not in NOT_MADE
        if each.tries < ATTEMPTS:
            result.again.append(each)
            return backoff_s(each.tries)
        answer = answers.refused(each.change, reply)
        if reply.status not in NOT_MADE or each.is_doubtful:
            after = f"{ATTEMPTS} tries"
            answer = answers.unknown(each.change, reply, reason=Reason.NO_ANSWER, after=after)
        result.answers.append(answer)
        return 0.0

    def _after_lag(self, each: _Try, reply: Reply, result: _Round) -> float:
        """Go by the time since the location was written, or since it was first met."""
        now_s = self._clock.monotonic_s()
        lag_s = now_s - self._located_at_s.setdefault(each.change.user, now_s)
        if lag_s < LOCATION_LAG_S:
            result.again.append(each)
            return min(max(lag_s, SHORTEST_LAG_S), LONGEST_BACKOFF_S)
        result.answers.append(
            answers.unknown(each.change, reply, reason=Reason.LOCATION_LAG, after=f"{lag_s:.0f} s")
        )
        return 0.0


def _located(found: Sequence[Answer[UserChange]]) -> Iterator[UserId]:
    for answer in found:
        is_location = isinstance(answer.change.request, SetLocation)
        if is_location and answer.result is ChangeResult.CHANGED:
            yield answer.change.user


def _take_stopped(waiting: deque[_Try], verdict: Verdict) -> list[Answer[UserChange]]:
    """Take the changes out of the queue that would only burn calls."""
    if not verdict.has_stops:
        return []
    stopped = [(each, why) for each in waiting if (why := verdict.why_not(each.change))]
    for each, _ in stopped:
        waiting.remove(each)
    return [answers.not_tried(each.change, why) for each, why in stopped]
