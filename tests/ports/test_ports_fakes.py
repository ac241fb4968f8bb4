"""The tenant in memory keeps the promises of the ports, so that what rests on it is real."""

from typing import Any

import pytest

from runner.model.ids import user_id
from runner.model.state import OpenOrder
from runner.ports import ChangeResult, SetLicenses, UserChange
from runner.store import Store
from tests.builders import CONTOSO, E4, E5, NOW, license, subscription, tenant_state, users
from tests.fakes import FakeDirectory, MemoryRecords, World


def _directory(seats: int = 10, count: int = 3) -> FakeDirectory:
    have = tenant_state(subscription(E4, 10), subscription(E5, seats), users=users(count, E4))
    return FakeDirectory(World(have))


def _change(name: str = "user-1") -> UserChange:
    return UserChange(
        user=user_id(name),
        step="step",
        request=SetLicenses(add=(license(E5),), remove=(E4,)),
        is_settled=lambda user: False,
        misfit=lambda user: "",
    )


async def _results(directory: FakeDirectory, *changes: UserChange) -> list[ChangeResult]:
    return [a.result async for some in directory.change_users(changes) for a in some]


async def test_a_change_shows_in_holdings_and_in_seats() -> None:
    directory = _directory()
    assert await _results(directory, _change()) == [ChangeResult.CHANGED]
    seen = await directory.read([E4, E5])
    assert (seen.skus[E4].consumed, seen.skus[E5].consumed) == (2, 1)


async def test_the_same_change_again_is_refused() -> None:
    found = await _results(_directory(), _change(), _change())
    assert found == [ChangeResult.CHANGED, ChangeResult.REFUSED]


async def test_seats_run_out() -> None:
    found = await _results(_directory(seats=1), _change("user-1"), _change("user-2"))
    assert found == [ChangeResult.CHANGED, ChangeResult.REFUSED]


async def test_reads_lag_as_long_as_asked() -> None:
    directory = _directory()
    directory.lag_reads = 2
    await _results(directory, _change())
    consumed = [(await directory.read([E4])).skus[E4].consumed for _ in range(3)]
    assert consumed == [3, 3, 2]


async def test_only_holders_of_the_products_asked_for_are_read() -> None:
    directory = _directory()
    await _results(directory, _change())
    assert (await directory.read([E5])).users.keys() == {"user-1"}


@pytest.fixture(params=["memory", "store"])
def records(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    if request.param == "memory":
        yield MemoryRecords()
        return
    store = Store(tmp_path)
    yield store.for_run("run-1", playbook="book.yaml")
    store.close()


def test_records_keep_the_first_order_of_a_step(records: Any) -> None:
    for key in ("first", "second"):
        order = OpenOrder(key=key, step="s", kind="buy_seats", sku=E5, seats=3, opened_at=NOW)
        records.open_order(CONTOSO, order)
    assert [order.key for order in records.remember(CONTOSO).orders] == ["first"]


def test_records_keep_since_when_a_product_is_unheld(records: Any) -> None:
    for hour in (9, 23):
        at = NOW.replace(hour=hour)
        records.note_unheld(CONTOSO, unheld=[E4], looked_at=[E4, E5], at=at)
    records.note_unheld(CONTOSO, unheld=[], looked_at=[E5], at=NOW.replace(hour=23))
    assert records.remember(CONTOSO).unheld_since == {E4: NOW}


def test_records_drop_orders_no_longer_planned(records: Any) -> None:
    order = OpenOrder(key="k", step="s", kind="buy_seats", sku=E5, seats=3, opened_at=NOW)
    records.open_order(CONTOSO, order)
    records.drop_orders(CONTOSO, keep=(), at=NOW)
    assert records.remember(CONTOSO).orders == ()
