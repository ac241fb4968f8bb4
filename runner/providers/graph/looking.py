"""Ask about many users at once, twenty calls a request, until every call has its own answer."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from runner.model.findings import NotAllowed, ReadIncomplete
from runner.model.ids import UserId, user_id
from runner.model.names import plain_text
from runner.model.state import User
from runner.ports import Clock
from runner.providers.graph.batch import MOST_CALLS, Call
from runner.providers.graph.pace import Cost
from runner.providers.graph.reading import ATTEMPTS, all_of, backoff_s
from runner.providers.graph.reply import Reply
from runner.providers.graph.rows import USER_FIELDS, UserMaker, UserRow
from runner.providers.graph.transport import Transport

_USER = msgspec.json.Decoder(UserRow)

Take = Callable[[str, Reply], bool]


class Looker:
    """Looks at single users of one tenant."""

    def __init__(self, transport: Transport, *, maker: UserMaker, clock: Clock) -> None:
        self._transport = transport
        self._maker = maker
        self._clock = clock

    async def look(self, users: Sequence[UserId]) -> Mapping[UserId, User | None]:
        """Read these users now; None stands for a user who does not exist.

        One whom the sign-in may not read is left out, so that nobody else has to wait for that.
        Raises: ReadIncomplete when one of them could not be read within the tries.
        """
        seen: dict[UserId, User | None] = {}

        def take(path: str, reply: Reply) -> bool:
            user = paths[path]
            if reply.status == 404:
                seen[user] = None
            elif reply.is_ok:
                found = self._user(reply)
                if found is None or found.id != user:
                    return False
                seen[user] = found
            return reply.is_ok or reply.status in (403, 404)

        paths = {f"/users/{each}?$select={USER_FIELDS}": each for each in users}
        await self.ask(list(paths), take)
        return seen

    async def names(self, users: Sequence[UserId]) -> Mapping[UserId, str]:
        """Read the user principal names of these users; whoever cannot be read is left out.

        Raises: ReadIncomplete when one of them gave no answer within the tries.
        """
        found: dict[UserId, str] = {}

        def take(path: str, reply: Reply) -> bool:
            try:
                name = _USER.decode(reply.body).user_principal_name if reply.is_ok else None
            except msgspec.MsgspecError:
                return False
            if name:
                found[paths[path]] = plain_text(name)
            return reply.is_ok or reply.status in (403, 404)

        paths = {f"/users/{each}?$select=id,userPrincipalName": each for each in users}
        await self.ask(list(paths), take)
        return found

    def _user(self, reply: Reply) -> User | None:
        try:
            return self._maker.make(_USER.decode(reply.body))
        except msgspec.MsgspecError:
            return None

    async def find(self, paths: Sequence[str]) -> Mapping[str, UserId | Reply]:
        """Return for every path of a user who is there; a refusal stands for one who is not.

        Raises: ReadIncomplete when there was no answer within the tries.
        """
        found: dict[str, UserId | Reply] = {}

        def take(path: str, reply: Reply) -> bool:
            if reply.is_ok:
                try:
                    found[path] = user_id(_USER.decode(reply.body).id)
                except msgspec.MsgspecError:
                    return False
                return True
            if reply.is_passing:
                return False
            found[path] = reply
            return True

        await self.ask(paths, take)
        return found

    async def ask(self, paths: Sequence[str], take: Take) -> None:
        """Read every path until `take` takes the answer.

        Order: a refusal for too many calls is no try; the transport paces and ends those.
        Raises: NotAllowed for a batch as a whole, ReadIncomplete.
        """
        left = list(paths)
        attempt = 0
        while attempt < ATTEMPTS:
            parts = (left[at : at + MOST_CALLS] for at in range(0, len(left), MOST_CALLS))
            asked = await all_of(partial(self._ask_once, part, take) for part in parts)
            left = [path for untaken, _ in asked for path in untaken]
            if not left:
                return
            if not any(is_throttled for _, is_throttled in asked):
                attempt += 1
                await self._clock.sleep(backoff_s(attempt))
        raise ReadIncomplete(f"reading users: {len(left)} of {len(paths)} gave no answer")

    async def _ask_once(self, paths: Sequence[str], take: Take) -> tuple[list[str], bool]:
        """Return what was not taken, and whether anything was throttled."""
        calls = [Call(method="GET", path=path) for path in paths]
        replies = await self._transport.send_batch(calls, cost=Cost(units=len(calls)))
        for reply in replies:
            if reply.status == 401 or (reply.status == 403 and reply.is_of_batch):
                raise NotAllowed(f"reading users: {reply}")
        untaken = [p for p, reply in zip(paths, replies, strict=True) if not take(p, reply)]
        return untaken, any(reply.status == 429 for reply in replies)
