"""Partner Center's limits: a pause is kept, the call goes out again under its key, and once only.

Source: commerce.md 3.4 (500 requests a minute, 429 with `Retry-After`, 1,200 updates of one
subscription), read 2026-11-23.
"""

import threading
import time
from typing import Any

import pytest

from runner.model.findings import Throttled
from runner.model.orders import OrderVerb, ReceiptStatus
from tests.providers.partner import (
    CART,
    PLACED,
    Rules,
    answers,
    listed,
    order,
    partner,
    receipts,
    row,
    said,
    sales,
    with_body,
)
from tests.providers.scripted import Answer, Asked
from tests.providers.served import HastyClock

PLAIN: dict[tuple[str, str], Any] = {
    ("POST", "carts"): with_body(CART, 201),
    ("GET", "carts/c1"): with_body(CART),
    ("POST", "checkout"): with_body({"orders": [PLACED], "orderErrors": []}, 201),
}
CALLS = [*PLAIN, ("GET", "subscriptions"), ("GET", "orders"), ("GET", "availabilities")]


def _busy(pause: str | None, times: int, then: Any) -> Any:
    """Return what refuses so often for being asked too much, and then answers."""
    headers = {} if pause is None else {"Retry-After": pause}
    refusal = Answer(status=429, body={"code": "429", "description": "slow down"}, headers=headers)
    return answers(*[lambda asked: refusal] * times, then)


def _rules(call: tuple[str, str], pause: str | None, times: int) -> Rules:
    item = listed({"catalogItemId": CART["lineItems"][0]["catalogItemId"], "terms": []})
    then = PLAIN.get(call) or (item if call[1] == "availabilities" else listed())
    return {**PLAIN, call: _busy(pause, times, then)}


@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize(("pause", "times", "least_s"), [("7", 1, 7), ("7", 3, 21), (None, 1, 5)])
async def test_a_pause_is_kept_and_the_call_is_sent_again_under_its_key(
    call: tuple[str, str], pause: str | None, times: int, least_s: float
) -> None:
    clock = HastyClock()
    with partner(_rules(call, pause, times)) as server:
        *_, found = await receipts(server, order(), clock=clock)
    assert (found.status, found.reference) == (ReceiptStatus.ACCEPTED, "order:o1")
    assert clock.waited_s >= least_s
    assert (clock.waited_s > least_s) is (times > 1), "a second refusal waits longer"
    keys = [each.headers["ms-requestid"] for each in server.asked if each.method == "POST"]
    assert len(set(keys)) == 2, "one of the cart, one of the checkout"


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_a_long_pause_ends_the_run_and_says_when_to_come_back(call: tuple[str, str]) -> None:
    with partner(_rules(call, "4000", 9)) as server, pytest.raises(Throttled) as caught:
        await receipts(server, order())
    assert caught.value.retry_after_s == 4000


async def test_who_is_never_let_in_gives_up_after_some_tries() -> None:
    call = ("GET", "orders")
    with partner(_rules(call, "1", 99)) as server:
        with pytest.raises(Throttled):
            await receipts(server, order())
        assert len([each for each in server.asked if each.path.endswith("orders")]) == 6


async def test_a_customer_is_never_asked_two_things_at_once() -> None:
    inside, most, lock = [0], [0], threading.Lock()

    def slow(then: Any) -> Any:
        def answer(asked: Asked) -> Answer:
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.005)
            with lock:
                inside[0] -= 1
            found: Answer = then(asked)
            return found

        return answer

    rows = listed(*(row(id=f"s{number}") for number in range(4)))
    rules = {("GET", "subscriptions"): rows, ("GET", "transitions"): listed()}
    with partner({call: slow(then) for call, then in rules.items()}) as server:
        assert len(await sales(server)) == 4
    assert most == [1]


async def test_a_subscription_that_was_changed_too_often_is_left_to_a_person() -> None:
    rules = {
        ("GET", "subscriptions"): listed(row()),
        ("GET", "subscriptions/aa11"): with_body(row()),
        ("PATCH", "subscriptions/AA11"): said(400, 900311),
    }
    with partner(rules) as server:
        (sale,) = await sales(server)
        (found,) = await receipts(server, order(OrderVerb.BUY, sale, sale_seats=15, seats=15))
    assert found.status is ReceiptStatus.REFUSED
    assert "a limit" in found.task
