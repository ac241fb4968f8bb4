"""Whose a sale is: one that names no tenant counts only by the id that the directory has."""

from dataclasses import replace

import pytest

from runner.model.sales import Sale, SaleStatus
from runner.model.spec import Channel
from runner.model.state import TenantState
from runner.planning.digests import facts_digest
from runner.steps.sales import own_sales, sale_of, sales_of, seats_sold, setup_said, unplaced_sales
from tests.builders import E5, subscription, tenant_state

SALE = Sale(
    channel=Channel.AZURE_BILLING,
    id="a1",
    product="CFQ7TTC0LF8S:0002",
    sku=E5,
    status=SaleStatus.LIVE,
    seats=10,
    renews=True,
    ends_at_term=False,
    is_unplaced=True,
)


def _have(commerce_id: str, *sales: Sale) -> TenantState:
    return tenant_state(subscription(E5, 10, commerce_id=commerce_id), sales=sales or (SALE,))


def test_a_sale_without_a_tenant_is_ours_where_the_directory_has_its_id() -> None:
    have = _have("A1")
    assert own_sales(have) == sales_of(have, E5) == (SALE,)
    assert sale_of(have, have.subscriptions[0]) == SALE
    assert (seats_sold(have, E5), unplaced_sales(have)) == (10, ())


def test_a_sale_without_a_tenant_and_without_its_id_is_left_out_of_everything() -> None:
    have = _have("b2")
    assert own_sales(have) == sales_of(have, E5) == ()
    assert sale_of(have, have.subscriptions[0]) is None
    assert (seats_sold(have, E5), unplaced_sales(have)) == (10, (SALE,)), "the directory's ten"
    assert facts_digest(have) == facts_digest(replace(have, sales=()))


def test_a_sale_that_names_the_tenant_is_ours_whatever_its_id() -> None:
    named = replace(SALE, is_unplaced=False)
    have = _have("b2", named)
    assert sale_of(have, have.subscriptions[0]) == named
    assert unplaced_sales(have) == ()


@pytest.mark.parametrize(
    ("setup", "said"), [("", ""), ("pending", "pending"), ("failed", "ask its support")]
)
def test_what_a_channel_says_of_a_setup_is_passed_on(setup: str, said: str) -> None:
    found = setup_said(_have("a1", replace(SALE, setup=setup)), E5)
    assert found.endswith(said)
    assert bool(found) is bool(setup)
