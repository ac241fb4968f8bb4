"""What a subscription renews with is read and set, and never over what others have set."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus
from runner.model.sales import Sale
from tests.providers.partner import (
    NOW,
    answers,
    listed,
    lost,
    order,
    partner,
    receipts,
    row,
    said,
    sales,
    sent,
    with_body,
)
from tests.providers.scripted import Answer, Asked

TERMS = {
    "productId": "CFQ7TTC0LF8S",
    "skuId": "0002",
    "availabilityId": "AVAIL",
    "billingCycle": "monthly",
    "termDuration": "P1Y",
}


def _next(seats: int, **terms: Any) -> dict[str, Any]:
    return {"scheduledNextTermInstructions": {"product": TERMS | terms, "quantity": seats}}


async def _sale(shown: dict[str, Any]) -> Sale:
    with partner({("GET", "subscriptions"): listed(shown)}) as server:
        (sale,) = await sales(server)
    return sale


def _wanted(sale: Sale, **more: Any) -> Order:
    fields = {"seats": 6, "seats_now": 10, "sale_seats": 6} | more
    return order(OrderVerb.RESIZE_AT_RENEWAL, sale, **fields)


async def _scheduled(
    shown: dict[str, Any],
    *,
    patch: Callable[[Asked, list[Any]], Answer | None] | None = None,
    now: dict[str, Any] | None = None,
    **more: Any,
) -> tuple[Receipt, list[Any]]:
    """Have ten seats renew with six; `now` is what has become of the subscription since."""
    state: list[Any] = [row(**shown)]

    def take(asked: Asked) -> Answer:
        state[0] = json.loads(asked.body) | {"attributes": {"etag": "e2"}}
        return Answer(body=state[0])

    rules: Any = {
        ("GET", "subscriptions"): listed(row(**shown)),
        ("GET", "subscriptions/aa11"): lambda asked: Answer(body=state[0]),
        ("PATCH", "subscriptions/AA11"): (lambda a: patch(a, state)) if patch else take,
    }
    with partner(rules) as server:
        (sale,) = await sales(server)
        state[0] = row(**shown) | (now or {})
        found = await receipts(server, _wanted(sale, **more))
        return found[-1], sent(server, "PATCH", "AA11")


@pytest.mark.parametrize(
    ("shown", "is_scheduled", "seats"),
    [
        ({}, False, None),
        (_next(6), True, 6),
        (_next(6, productId="cfq7ttc0lf8s", availabilityId="OTHER"), True, 6),
        (_next(6, skuId="0009"), True, None),
        (_next(6, termDuration="P1M"), True, None),
        (_next(6, billingCycle="annual"), True, None),
        ({"scheduledNextTermInstructions": {"quantity": 6}}, True, None),
    ],
)
async def test_a_change_of_seats_alone_is_told_from_others(
    shown: dict[str, Any], is_scheduled: bool, seats: int | None
) -> None:
    sale = await _sale(row(**shown))
    assert (sale.has_scheduled_change, sale.next_seats) == (is_scheduled, seats)


async def test_the_whole_subscription_is_sent_with_what_it_renews_with() -> None:
    found, bodies = await _scheduled({})
    assert (found.status, found.summary) == (
        ReceiptStatus.ACCEPTED,
        "subscription aa11 renews with 6 seats",
    )
    assert bodies == [row(**_next(6))]


async def test_what_is_scheduled_already_is_not_sent() -> None:
    found, bodies = await _scheduled(_next(6))
    assert (found.status, bodies) == (ReceiptStatus.ACCEPTED, [])


async def test_a_schedule_is_taken_back_by_no_instructions() -> None:
    found, (body,) = await _scheduled(_next(6), seats=10, sale_seats=10)
    assert found.status is ReceiptStatus.ACCEPTED
    assert body["scheduledNextTermInstructions"] is None


async def test_the_availability_is_the_one_of_today() -> None:
    rules = {
        ("GET", "subscriptions"): listed(row()),
        ("GET", "subscriptions/aa11"): with_body(row()),
        ("GET", "availabilities"): listed(
            {"catalogItemId": "CFQ7TTC0LF8S:0002:MONTH", "terms": [{"duration": "P1M"}]},
            {"catalogItemId": "CFQ7TTC0LF8S:0002:TODAY", "terms": [{"duration": "P1Y"}]},
        ),
        ("PATCH", "subscriptions/AA11"): said(400, 3000),
    }
    with partner(rules) as server:
        await receipts(server, _wanted(await _first(server)))
        (body,) = sent(server, "PATCH", "AA11")
    assert body["scheduledNextTermInstructions"]["product"] == TERMS | {"availabilityId": "TODAY"}


async def _first(server: Any) -> Sale:
    (sale,) = await sales(server)
    return sale


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ({"autoRenewEnabled": False}, "does not renew"),
        ({"quantity": 9}, "has 9 seats and had 10"),
        (_next(7), "another change"),
        (_next(6, skuId="0009"), "another change"),
        ({"status": "suspended"}, "is suspended"),
    ],
    ids=["renewal off", "other seats", "other number", "other product", "suspended"],
)
async def test_what_has_changed_meanwhile_is_left_alone(now: dict[str, Any], why: str) -> None:
    found, bodies = await _scheduled({}, now=now)
    assert (found.status, bodies) == (ReceiptStatus.REFUSED, [])
    assert why in found.summary


def _taken_and_lost(asked: Asked, state: list[Any]) -> None:
    state[0] = json.loads(asked.body) | {"attributes": {"etag": "e2"}}


async def test_a_lost_answer_is_looked_for_and_not_sent_twice() -> None:
    found, bodies = await _scheduled({}, patch=_taken_and_lost)
    assert (found.status, len(bodies)) == (ReceiptStatus.ACCEPTED, 1)


async def test_a_stale_tag_is_read_anew() -> None:
    taken = answers(said(400, 2055), with_body({}))
    rules = {
        ("GET", "subscriptions"): listed(row()),
        ("GET", "subscriptions/aa11"): answers(
            with_body(row()),
            with_body(row(attributes={"etag": "e7"})),
            with_body(row(**_next(6))),
        ),
        ("PATCH", "subscriptions/AA11"): taken,
    }
    with partner(rules) as server:
        found = await receipts(server, _wanted(await _first(server)))
        tags = [each.headers["if-match"] for each in server.asked if each.method == "PATCH"]
    assert (found[-1].status, tags) == (ReceiptStatus.ACCEPTED, ["e1", "e7"])


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (said(409, 800064), ReceiptStatus.OPEN),
        (said(400, 900279), ReceiptStatus.OPEN),
        (said(400, 3000), ReceiptStatus.REFUSED),
    ],
    ids=["renewing", "updates closed", "not understood"],
)
async def test_a_no_says_whether_to_wait(answer: Any, status: ReceiptStatus) -> None:
    found, bodies = await _scheduled({}, patch=lambda asked, state: answer(asked))
    assert (found.status, len(bodies)) == (status, 1)
    assert found.reference.startswith("again:")


@pytest.mark.parametrize("shown", [{}, _next(7)], ids=["nothing", "another number"])
async def test_a_yes_that_does_not_show_is_not_believed(shown: dict[str, Any]) -> None:
    def pretend(asked: Asked, state: list[Any]) -> Answer:
        state[0] = row(**shown)
        return Answer(body=json.loads(asked.body))

    found, bodies = await _scheduled({}, patch=pretend)
    assert "does not show yet" in found.summary
    assert (found.reference[:5], len(bodies)) == ("sent:", 1)
    later, again = await _scheduled({}, reference=found.reference, now=shown)
    assert (later.task, again) == ("", [])
    late = {"now": NOW + timedelta(minutes=50), "opened_at": NOW - timedelta(minutes=30)}
    with partner(
        {
            ("GET", "subscriptions"): listed(row()),
            ("GET", "subscriptions/aa11"): with_body(row(**shown)),
        }
    ) as server:
        wanted = _wanted(await _first(server), reference=found.reference, **late)
        (asked,) = await receipts(server, wanted)
    assert "see in Partner Center why" in asked.task


async def test_a_product_that_is_not_sold_any_more_is_said() -> None:
    rules = {
        ("GET", "subscriptions"): listed(row()),
        ("GET", "availabilities"): listed(),
        ("PATCH", "subscriptions/AA11"): lost,
    }
    with partner(rules) as server:
        (found,) = await receipts(server, _wanted(await _first(server)))
    assert found.status is ReceiptStatus.REFUSED
    assert "offers no CFQ7TTC0LF8S:0002" in found.summary


@pytest.mark.parametrize(
    ("status", "said_of_it"),
    [
        ("active", ""),
        ("none", "not delivered yet"),
        ("pending", "not delivered yet"),
        (None, "not delivered yet"),
        ("underReview", "a status that is not known, 'underReview'"),
    ],
)
async def test_only_an_active_one_is_changed_and_an_unknown_status_is_named(
    status: str | None, said_of_it: str
) -> None:
    sale = await _sale(row(status=status))
    assert said_of_it in sale.locked
    assert bool(sale.locked) is bool(said_of_it)
