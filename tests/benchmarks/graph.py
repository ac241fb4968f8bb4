"""Moving and reading users over HTTP: the Graph directory against the SDK's typed calls."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from runner.model.ids import UserId
from runner.model.spec import Auth
from runner.ports import ChangeResult
from runner.providers.clock import TenantClock
from tests.benchmarks.simulated import simulated, token_from
from tests.benchmarks.table import Row, Sizes
from tests.benchmarks.typed import IN_FLIGHT, client, move_typed, read_typed
from tests.providers.served import E4, E5, changed, opened, results, swap

Pair = tuple[float, float]
MS = 1_000


def graph_rows(sizes: Sizes) -> Iterator[Row]:
    """Yield what moving and reading a user costs."""
    with TemporaryDirectory() as name, simulated(sizes, Path(name)) as endpoints:
        auth = token_from(Path(name))
        ours, theirs = asyncio.run(_moves(endpoints["contoso"], auth, rounds=sizes.rounds))
        yield Row(
            measured=f"moving a user, of {sizes.moves:,}",
            ours=ours * MS,
            alternative=f"msgraph-sdk, typed, one by one, {IN_FLIGHT} in flight",
            theirs=theirs * MS,
            unit="ms",
        )
        ours, theirs = asyncio.run(_reads(endpoints["fabrikam"], auth, rounds=sizes.rounds))
        yield Row(
            measured=f"reading a user, of {sizes.reads:,}",
            ours=ours * MS,
            alternative="msgraph-sdk, typed, with its PageIterator",
            theirs=theirs * MS,
            unit="ms",
        )


async def _moves(endpoint: str, auth: Auth, *, rounds: int) -> Pair:
    """Move everybody from E4 to E5 with ours, and back with theirs."""
    pairs = []
    async with client(endpoint) as graph:
        for _ in range(rounds):
            took, users = await _move_ours(endpoint, auth)
            await move_typed(graph, users[:1], add=E4, remove=E5)
            began = perf_counter()
            await move_typed(graph, users[1:], add=E4, remove=E5)
            pairs.append((took / len(users), (perf_counter() - began) / (len(users) - 1)))
    return _typical(pairs)


async def _move_ours(endpoint: str, auth: Auth) -> tuple[float, list[UserId]]:
    """Move everybody; a new directory each time, as no pace remembers the writes before."""
    async with opened(endpoint, clock=TenantClock(), auth=auth) as directory:
        users = sorted((await directory.read([E4])).users)
        began = perf_counter()
        answers = await changed(directory, [swap(user) for user in users])
        took = perf_counter() - began
    if results(answers) != {ChangeResult.CHANGED: len(users)}:
        raise RuntimeError(f"{len(users)} users were to be moved: {results(answers)}")
    return took, users


async def _reads(endpoint: str, auth: Auth, *, rounds: int) -> Pair:
    """Read everybody with both, each once before the clock runs."""
    pairs = []
    async with (
        opened(endpoint, clock=TenantClock(), auth=auth) as directory,
        client(endpoint) as graph,
    ):
        await directory.read([E4])
        await graph.users.get()
        for _ in range(rounds):
            began = perf_counter()
            ours = len((await directory.read([E4])).users)
            between = perf_counter()
            theirs = len(await read_typed(graph, E4))
            ended = perf_counter()
            if ours != theirs:
                raise RuntimeError(f"{ours} users against {theirs}")
            pairs.append(((between - began) / ours, (ended - between) / theirs))
    return _typical(pairs)


def _typical(pairs: Sequence[Pair]) -> Pair:
    return median(ours for ours, _ in pairs), median(theirs for _, theirs in pairs)
