"""Money is spent once at the simulated Partner Center, whatever is lost, late or killed."""

import random
from typing import Any

import pytest

from runner.model.orders import ReceiptStatus
from tests.providers.customers import customer

LOST = {"kind": "applied_unanswered", "on": "checkout"}
FAULTS: list[dict[str, Any]] = [
    {**LOST, "answer": "drop", "count": 1},
    {**LOST, "answer": "drop", "count": 6},
    {**LOST, "count": 1},
    {**LOST, "on": "cart", "answer": "drop", "count": 2},
    {"kind": "drop", "on": "checkout", "count": 2},
    {"kind": "503", "on": "checkout", "count": 5},
    {"kind": "503", "on": "partner", "every": 3},
    {"kind": "429", "on": "partner", "every": 4, "retry_after": 1},
    {"kind": "partner_error", "code": 400019, "on": "cart", "count": 1},
    {"kind": "partner_error", "code": 800065, "on": "checkout", "count": 1},
    {"kind": "partner_error", "code": 800060, "on": "checkout", "count": 2},
    {"kind": "partner_error", "code": 800023, "on": "checkout", "count": 2},
    {"kind": "partner_error", "code": 13605, "on": "cart", "count": 2},
    {"kind": "partner_error", "code": 800073, "on": "checkout", "count": 1, "answer": "line"},
    {"kind": "partner_error", "code": 800020, "on": "cart", "count": 1, "answer": "line"},
]
CHECK = {"credit_check": "2 h"}
UNSEEN = CHECK | {"visible": False}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("purchase", [{}, UNSEEN], ids=["at once", "unseen"])
async def test_what_goes_wrong_once_buys_neither_twice_nor_never(
    fault: dict[str, Any], purchase: dict[str, Any]
) -> None:
    with customer(purchase=purchase) as contoso:
        contoso.world.set_faults([fault])
        assert await contoso.run()
        assert contoso.bought == 10


@pytest.mark.parametrize("deaths", [(0,), (1,), (0, 0, 1), (0, 1, 0, 1)])
@pytest.mark.parametrize("purchase", [{}, UNSEEN], ids=["at once", "unseen"])
async def test_a_process_that_dies_before_a_receipt_is_recorded_buys_once(
    deaths: tuple[int, ...], purchase: dict[str, Any]
) -> None:
    with customer(purchase=purchase) as contoso:
        assert await contoso.run(deaths=deaths)
        assert contoso.bought == 10


@pytest.mark.parametrize("minutes", [0, 10, 20, 90])
async def test_a_lost_journal_buys_once(minutes: int) -> None:
    with customer(purchase=UNSEEN) as contoso:
        await contoso.buy()
        contoso.lose_journal()
        contoso.world.advance(minutes * 60)
        assert await contoso.run()
        assert contoso.bought == 10


async def test_seats_are_raised_by_what_is_missing_and_never_beside_an_open_order() -> None:
    with customer(purchase=UNSEEN) as contoso:
        assert await contoso.run()
        contoso.lose_journal()
        contoso.wanted = 15
        (first,) = [
            each for each in await contoso.sales() if each.product.startswith("CFQ7TTC0LF8S")
        ]
        assert await contoso.run(sale=first, deaths=(0,))
        assert contoso.bought == 15
        contoso.lose_journal()
        contoso.wanted = 20
        await contoso.buy()
        contoso.lose_journal()
        contoso.world.advance("20 min")
        assert await contoso.run(sale=first)
        assert contoso.bought == 20


async def test_a_cart_of_another_total_is_not_checked_out() -> None:
    with customer() as contoso:
        contoso.world.set_faults([{"kind": "drop", "on": "checkout"}])
        await contoso.buy()
        contoso.world.set_faults([])
        contoso.wanted = 5
        await contoso.buy()
        assert contoso.receipts[-1].status is ReceiptStatus.DOUBTFUL
        assert contoso.bought == 0


@pytest.mark.parametrize("seed", range(20))
async def test_chance_never_buys_more_than_was_ordered(seed: int) -> None:
    dice = random.Random(seed)
    settings = {"order_lag": dice.choice(["0s", "15 min"])}
    with customer(purchase=dice.choice([{}, CHECK, UNSEEN]), partner=settings) as contoso:
        if dice.random() < 0.3:
            await contoso.buy(dies_after=1)
            contoso.lose_journal()
        contoso.world.set_faults(dice.sample(FAULTS, 3))
        deaths = [dice.choice([None, 0, 1]) for _ in range(dice.randint(0, 6))]
        if await contoso.run(deaths=deaths):
            assert contoso.bought == 10
        else:
            (*_, last) = contoso.receipts
            assert (contoso.bought, last.status) == (0, ReceiptStatus.DOUBTFUL)
            assert last.task
