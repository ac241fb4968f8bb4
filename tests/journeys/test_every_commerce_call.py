"""Every call to a channel of a whole upgrade goes wrong once, in every way there is.

For every channel and every kind of trouble, the first call is hit in one upgrade, the second in the
next, until an upgrade has no such call any more. `EVERY_COMMERCE_CALL=1` hits the calls that read
one by one as well; without, every write is hit and a few of the reads.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from runner.engine import patience
from tests.journeys.stage import E5, Stage, buying, cancelling, hasten, moving, on_stage, play
from tests.journeys.stage import scene as scene_of

E3 = "ENTERPRISEPACK"
SEATS = 20
BOUGHT = "2026-11-18T09:00:00Z"
"""Two days before the clock of the world, so within the refund window."""

LONG_AGO = "2026-06-20T09:00:00Z"
IS_FULL = bool(os.environ.get("EVERY_COMMERCE_CALL"))
STRIDE = 1 if IS_FULL else 13
GAPS = ("1 min", "40 min", *["2h"] * 6)
"""How long after a run the next one is; an order may be missing from every list for 15 minutes."""

AT_ONCE: dict[str, Any] = {}
UNSEEN = {"credit_check": "30 min", "visible": False, "one_at_a_time": False}
"""What was bought shows among the orders only, late, and nothing keeps one from buying again."""


class Died(BaseException):
    """The process is gone; nothing catches this."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A channel, how a tenant is upgraded through it, and how many seats that buys."""

    channel: str
    path: str
    created: str
    settings: dict[str, Any]
    buys: int
    off: bool = True


WAYS = {
    "partner_center": Way(
        channel="csp", path="/partner", created=BOUGHT, settings={"country": "IT"}, buys=SEATS
    ),
    "transition": Way(
        channel="csp",
        path="/partner",
        created=LONG_AGO,
        settings={"country": "IT"},
        buys=0,
        off=False,
    ),
    "azure_billing": Way(
        channel="direct_mca", path="/azure", created=BOUGHT, settings={"writes": True}, buys=SEATS
    ),
}
FAULTS: dict[str, dict[str, Any]] = {
    "lost on the way": {"kind": "drop"},
    "done, answer lost": {"kind": "applied_unanswered", "answer": "drop"},
    "429": {"kind": 429, "retry_after": 0},
    "500": {"kind": 500},
}
DEATHS = ("dies before", "dies after")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting inside a run is of no use where an hour passes between two."""
    monkeypatch.setattr(patience, "SETTLE_S", 0.05)
    hasten(monkeypatch)


@contextmanager
def _stage(way: Way, folder: Path, *, purchase: dict[str, Any]) -> Iterator[Stage]:
    """Serve a tenant on E3 whose clock runs: what is done first has the earlier time."""
    quiet = {"sku": E3, "disabled": ["SWAY"]} if way.off else E3
    world = scene_of(
        subscriptions=[{"sku": E3, "seats": SEATS, "channel": way.channel, "created": way.created}],
        users=[
            {"count": 5, "licenses": [E3], "usage_location": "IT"},
            {"count": 3, "licenses": [quiet], "usage_location": "IT"},
        ],
        azure={"retry_after": 0},
        purchase=purchase,
    )
    world["clock"]["rate"] = 1
    folder.mkdir()
    with on_stage(world, folder) as stage:
        name = "azure_billing" if way.path == "/azure" else "partner_center"
        endpoint = f"{stage.url}{way.path}"
        stage.write_inventory({"contoso": {name: {"endpoint": endpoint, **way.settings}}})
        wanted = [buying(seats={"match": E3}), cancelling(E3)]
        stage.write_playbook(play(subscriptions=wanted, assignments=[moving(E3)]))
        yield stage


class Executioner:
    """Ends the process before or after the call to the channel with this number."""

    def __init__(self, way: Way, *, number: int, is_after: bool, scope: str) -> None:
        self._way = way
        self._left = number
        self._is_after = is_after
        self._is_write = scope == "write"
        self.has_struck = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Watch every call that is sent."""
        send = httpx.AsyncClient.request

        async def request(client: httpx.AsyncClient, method: str, url: str, **more: Any) -> Any:
            is_now = self._is_meant(method, url)
            if is_now and not self._is_after:
                raise Died
            answer = await send(client, method, url, **more)
            if is_now:
                raise Died
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(httpx.AsyncClient, "request", request)
            yield

    def _is_meant(self, method: str, url: str) -> bool:
        if not httpx.URL(url).path.startswith(self._way.path) or self.has_struck:
            return False
        if (method != "GET") is not self._is_write:
            return False
        self._left -= 1
        self.has_struck = self._left == 0
        return self.has_struck


def _run(stage: Stage) -> int | None:
    """Apply once, and return the exit code, or None where the process died."""
    try:
        return stage.apply().code
    except Died:
        return None


def _to_the_end(stage: Stage) -> list[int | None]:
    """Run until nothing waits any more and return the exit codes."""
    codes: list[int | None] = []
    for gap in GAPS:
        codes.append(_run(stage))
        _assert_safe(stage)
        if codes[-1] == 0:
            break
        stage.world.advance(gap)
    return codes


def _assert_safe(stage: Stage) -> None:
    """Assert what must hold at every moment, however far the upgrade is."""
    bought = sum(order.seats for order in stage.tenant.purchases)
    assert bought <= SEATS, stage.tenant.purchases
    assert stage.tenant.ever_unlicensed(stage.user_ids, among=[E3, E5]) == []
    old = stage.tenant.subscriptions[0]
    if old.stopped is not None:
        left = [
            at
            for user in stage.tenant.users
            for at, before in user.past
            if old.sku_id in before.held
        ]
        assert stage.tenant.consumed(old.sku_id) == 0
        assert max(left) <= old.stopped[0]


def _assert_upgraded(stage: Stage, way: Way) -> None:
    assert sum(order.seats for order in stage.tenant.purchases) == way.buys
    held = [stage.held(index) for index in range(len(stage.user_ids))]
    assert all(len(each) == 1 for each in held)
    assert len([each for each in held if any(each.values())]) == (3 if way.off else 0)
    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said


def _numbers(scope: str, *, first: int) -> Iterator[int]:
    """Yield the numbers of the calls to hit, without end."""
    return count(1) if scope == "write" else count(1 + first % STRIDE, STRIDE)


def _purchases(way: Way, trouble: str, scope: str) -> tuple[dict[str, Any], ...]:
    """Return how purchases go; one whose answer nobody got is the hardest while it is not seen."""
    if not way.buys or scope == "read":
        return (AT_ONCE,)
    is_unknown = trouble in ("done, answer lost", "dies after")
    return (AT_ONCE, UNSEEN) if IS_FULL else (UNSEEN if is_unknown else AT_ONCE,)


def _upgrades(
    way: Way, folder: Path, *, trouble: str, scope: str, hit: Callable[[Stage, int], bool]
) -> None:
    """Upgrade a tenant again and again, each time with the next call hit."""
    for place, purchase in enumerate(_purchases(way, trouble, scope)):
        has_struck = 0
        for number in _numbers(scope, first=len(trouble)):
            with _stage(way, folder / f"{place}-{number}", purchase=purchase) as stage:
                if not hit(stage, number):
                    break
            has_struck += 1
        assert has_struck


SCOPES = [
    (fault, scope)
    for fault in FAULTS
    for scope in ("write", "read")
    if (fault, scope) != ("done, answer lost", "read")
]


@pytest.mark.parametrize(("fault", "scope"), SCOPES)
@pytest.mark.parametrize("name", WAYS)
def test_every_call_goes_wrong_and_the_upgrade_ends_and_buys_once(
    tmp_path: Path, name: str, fault: str, scope: str
) -> None:
    way = WAYS[name]

    def hit(stage: Stage, number: int) -> bool:
        where = {"on": [scope, way.path], "after": number - 1, "count": 1}
        stage.world.set_faults([FAULTS[fault] | where])
        codes = _to_the_end(stage)
        assert codes[-1] == 0, (number, codes, stage.apply().said)
        _assert_upgraded(stage, way)
        (plan,) = stage.world.faults.values()
        return plan.faults[0].struck == 1

    _upgrades(way, tmp_path, trouble=fault, scope=scope, hit=hit)


@pytest.mark.parametrize("scope", ["write", "read"])
@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("name", WAYS)
def test_the_process_dies_at_every_call_and_the_next_run_ends_and_buys_once(
    tmp_path: Path, name: str, death: str, scope: str
) -> None:
    way = WAYS[name]

    def hit(stage: Stage, number: int) -> bool:
        end = Executioner(way, number=number, is_after="after" in death, scope=scope)
        with end.waiting():
            codes = _to_the_end(stage)
        assert codes[-1] == 0, (number, codes, stage.apply().said)
        _assert_upgraded(stage, way)
        return end.has_struck

    _upgrades(way, tmp_path, trouble=death, scope=scope, hit=hit)


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("name", WAYS)
def test_a_journal_lost_at_every_write_never_leads_to_a_second_purchase(
    tmp_path: Path, name: str, death: str
) -> None:
    way = WAYS[name]

    def hit(stage: Stage, number: int) -> bool:
        end = Executioner(way, number=number, is_after="after" in death, scope="write")
        with end.waiting():
            for gap in GAPS:
                code = _run(stage)
                _assert_safe(stage)
                if code is None:
                    shutil.rmtree(stage.folder / ".upgrade-runner")
                elif code == 0:
                    break
                stage.world.advance(gap)
        return end.has_struck

    _upgrades(way, tmp_path, trouble=death, scope="write", hit=hit)
