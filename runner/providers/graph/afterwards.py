"""Say what looking at users after a call makes certain."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from runner.model.ids import UserId
from runner.model.state import User
from runner.ports import Answer, Clock, UserChange
from runner.providers.graph import answers
from runner.providers.graph.reading import backoff_s
from runner.providers.graph.reasons import Reason
from runner.providers.graph.reply import Reply

LOOKS = 8
"""Looks for what a member who was reprocessed has come to: some 24 seconds."""

Look = Callable[[Sequence[UserId]], Awaitable[Mapping[UserId, User | None]]]


def certain(
    change: UserChange, reply: Reply, seen: Mapping[UserId, User | None]
) -> Answer[UserChange] | None:
    """Return the answer that looking at the user gives, or None where it settles nothing."""
    if change.user not in seen:
        return answers.refused(change, reply)
    user = seen[change.user]
    if user is None:
        return gone(change, reply)
    if change.is_settled(user):
        return answers.changed(change, note=f"seen after {reply}")
    return None


def gone(change: UserChange, reply: Reply) -> Answer[UserChange]:
    """Return the answer for a user who does not exist any more."""
    return answers.gone(change, reply, reason=Reason.GONE, what="user")


def hidden(
    change: UserChange, reply: Reply, user: User | None, *, is_doubtful: bool
) -> Answer[UserChange]:
    """Return the answer where Graph says that a license is gone, and no look shows the change."""
    if is_doubtful:
        return answers.changed(change, note=f"by an earlier try: {reply}")
    if user is not None and change.misfit(user):
        return answers.refused(change, reply)
    return answers.behind(change, reply)


async def followed(
    changes: Sequence[UserChange], *, look: Look, clock: Clock
) -> list[Answer[UserChange]]:
    """Return what became of members whose reprocessing Graph took: none if they stay in error.

    Source: graph.md 5.1 (answered 200 with the user, the real violation as a 400) and 13 (an answer
    is no success before the state of the license is), read 2026-11-23.
    """
    found: list[Answer[UserChange]] = []
    left, seen = list(changes), await look([each.user for each in changes])
    for number in range(1, LOOKS):
        done = [each for each in left if not _stands_against(each, seen)]
        found += [answers.changed(each) for each in done]
        left = [each for each in left if each not in done]
        if not left:
            return found
        await clock.sleep(backoff_s(number))
        seen = await look([each.user for each in left])
    return found + [_as_shown(each, seen) for each in left]


def _stands_against(change: UserChange, seen: Mapping[UserId, User | None]) -> str:
    if change.user not in seen:
        return "the user may not be looked at"
    user = seen[change.user]
    if user is None:
        return "the user does not exist any more"
    errors = sorted({each.error for each in user.holdings if each.error})
    if change.is_settled(user) or not errors:
        return ""
    return f"the license stays in error: {', '.join(errors)}"


def _as_shown(change: UserChange, seen: Mapping[UserId, User | None]) -> Answer[UserChange]:
    if change.user in seen and seen[change.user] is None:
        return gone(change, Reply(status=404))
    why = _stands_against(change, seen)
    return answers.unsettled(change, why) if why else answers.changed(change)
