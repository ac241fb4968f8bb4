"""A webhook gets every message once, in order, and nobody waits for one that is slow or gone."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from runner.model.findings import NotAllowed, Origin, SecretMissing
from runner.model.notice import Webhook
from runner.model.spec import SecretRef
from runner.providers import webhooks
from runner.providers.graph import reading
from runner.providers.webhooks import Outbox
from tests.providers.scripted import Answer, Asked, scripted

VARIABLE = "WEBHOOK_UNDER_TEST"
LONG_S = 600.0
OK, BUSY, DOWN = Answer(), Answer(status=429), Answer(status=503)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FIRST_BACKOFF_S", 0.002)


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Outbox]:
    def open_box(url: str) -> Outbox:
        monkeypatch.setenv(VARIABLE, url)
        webhook = Webhook(
            url=SecretRef(env=VARIABLE),
            kinds=frozenset(),
            only=frozenset(),
            form="json",
            where=Origin(file="upgrade-runner.yaml", line=2),
        )
        return Outbox(webhook)

    return open_box


def _lost(box: Outbox, *, within_s: float = LONG_S) -> int:
    box.end(time.monotonic() + within_s)
    return box.lost()


def _answers(*answers: Answer | None) -> Callable[[Asked], Answer | None]:
    left = iter(answers)
    return lambda _: next(left, OK)


@contextmanager
def _hanging() -> Iterator[str]:
    released = threading.Event()

    def wait(_: Asked) -> Answer:
        released.wait(60)
        return OK

    with scripted(wait) as server:
        try:
            yield server.url
        finally:
            released.set()


@pytest.mark.parametrize(
    ("answers", "tries"),
    [
        ((), 1),
        ((BUSY,), 2),
        ((DOWN, None, BUSY), 4),
        ((Answer(status=408), Answer(status=500)), 3),
    ],
)
def test_a_message_is_sent_again_while_the_trouble_may_pass(
    outbox: Callable[[str], Outbox], answers: tuple[Answer | None, ...], tries: int
) -> None:
    with scripted(_answers(*answers)) as server:
        box = outbox(f"{server.url}/hook?sig=secret")
        box.put(b'{"n":1}')
        assert _lost(box) == 0
    assert [(a.method, a.path, a.body) for a in server.asked] == [
        ("POST", "/hook?sig=secret", b'{"n":1}')
    ] * tries
    assert server.asked[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 413])
def test_a_no_is_not_asked_again_and_the_next_message_goes_out(
    outbox: Callable[[str], Outbox], status: int
) -> None:
    with scripted(_answers(Answer(status=status, headers={"Location": "/other"}))) as server:
        box = outbox(server.url)
        box.put(b"1")
        box.put(b"2")
        assert _lost(box) == 1
    assert [each.body for each in server.asked] == [b"1", b"2"]
    assert box.why == str(status)


def test_messages_arrive_in_their_order_once_each(outbox: Callable[[str], Outbox]) -> None:
    with scripted(_answers(OK, DOWN, OK, BUSY)) as server:
        box = outbox(server.url)
        for number in range(20):
            box.put(str(number).encode())
        assert _lost(box) == 0
    bodies = [each.body.decode() for each in server.asked]
    assert list(dict.fromkeys(bodies)) == [str(number) for number in range(20)]
    assert len(bodies) == 22


def test_a_pause_that_is_asked_for_is_kept(outbox: Callable[[str], Outbox]) -> None:
    times: list[float] = []

    def script(_: Asked) -> Answer:
        times.append(time.monotonic())
        return Answer(status=429, headers={"Retry-After": "1"}) if len(times) == 1 else OK

    with scripted(script) as server:
        box = outbox(server.url)
        box.put(b"1")
        assert _lost(box) == 0
    assert times[1] - times[0] >= 1.0


@pytest.mark.parametrize(("pause", "within_s"), [("301", 3_000.0), ("200", 100.0)])
def test_a_pause_beyond_the_end_is_not_waited_for(
    outbox: Callable[[str], Outbox], pause: str, within_s: float
) -> None:
    asked = threading.Event()

    def script(_: Asked) -> Answer:
        asked.set()
        return Answer(status=429, headers={"Retry-After": pause})

    started_s = time.monotonic()
    with scripted(script) as server:
        box = outbox(server.url)
        box.put(b"1")
        assert asked.wait(60)
        assert _lost(box, within_s=within_s) == 1
    assert time.monotonic() - started_s < 90
    assert box.why == "429"


def test_where_nobody_listens_all_is_lost_and_the_reason_is_no_address(
    outbox: Callable[[str], Outbox],
) -> None:
    with scripted(_answers()) as server:
        url = server.url
    box = outbox(f"{url}/secret-part")
    box.put(b"1")
    assert _lost(box) == 1
    assert box.why == "ConnectError"


def test_taking_messages_never_waits_for_an_address_that_hangs(
    outbox: Callable[[str], Outbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_QUEUED", 10)
    with _hanging() as url:
        box = outbox(url)
        for _ in range(100):
            box.put(b"1")
        assert _lost(box, within_s=0.1) == 100
    assert box.taken == 100
    assert "more than 10" in box.why


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://127.0.0.1/x",
        "example.com",
        "https://",
        "https://[x",
        "a b",
    ],
)
def test_an_address_that_is_not_safe_is_refused_without_being_shown(
    outbox: Callable[[str], Outbox], url: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        outbox(url)
    assert url not in f"{refused.value.summary} {refused.value.hint}".replace("`https://`", "")
    assert refused.value.where == "upgrade-runner.yaml:2"


def test_an_address_that_is_not_there_is_said_by_its_variable(
    outbox: Callable[[str], Outbox],
) -> None:
    with pytest.raises(SecretMissing, match=VARIABLE):
        outbox("")
