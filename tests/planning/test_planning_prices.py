"""What a plan costs and saves, where the owner says what seats cost."""

from dataclasses import replace
from decimal import Decimal

from runner.model.ids import SkuId
from runner.model.prices import Prices
from runner.model.sales import Upgrade
from runner.model.spec import CancelWhen
from runner.planning import make_plan
from tests.builders import (
    E4,
    E5,
    NOW,
    catalog,
    loaded,
    spec,
    subscription,
    tenant_state,
    users,
    want_active,
)
from tests.builders import want_cancelled as cancelled
from tests.engine.shop import sold

PRICES = {
    (E4, "annual", "monthly"): (Decimal("20.50"), "EUR"),
    (E5, "annual", "monthly"): (Decimal(38), "EUR"),
}


def _costs(
    prices: dict[tuple[SkuId, str, str], tuple[Decimal, str]], code: str = "cost-per-month"
) -> list[str]:
    shown, sale = sold(E4, 10, term_ends_at=NOW.replace(year=2027))
    have = tenant_state(shown, users=users(3, E4), sales=(sale,))
    want = spec(want_active(seats=12), cancelled(when=CancelWhen.END_OF_TERM))
    given = replace(loaded(want), prices=prices)
    plan = make_plan(given, {"contoso": have}, catalog=catalog(), now=NOW)
    return [f.summary for f in plan.tenants[0].findings if f.code == code]


def test_seats_bought_and_given_up_are_told_in_money() -> None:
    (said,) = _costs(PRICES)
    assert said == "456.00 EUR a month more, 205.00 EUR less, in full from 2027-11-23 on"


def test_what_is_paid_twice_is_told_in_money_where_it_has_a_price() -> None:
    (said,) = _costs(PRICES, "paid-twice")
    seats = "10 seats of Office 365 E4 are paid until 2027-11-23"
    assert said == f"{seats}, 205.00 EUR a month, beside those that replace them"
    (said,) = _costs({}, "paid-twice")
    assert said == f"{seats}, beside those that replace them"


def test_what_has_no_price_is_counted_and_not_guessed() -> None:
    (said,) = _costs({(E5, "annual", "monthly"): (Decimal(38), "EUR")})
    assert said.endswith("; 1 order without a price")


def test_a_product_whose_terms_nobody_shows_has_its_only_price() -> None:
    have = tenant_state(subscription(E4, 10), users=users(3, E4))

    def said(prices: Prices) -> str:
        given = replace(loaded(spec(want_active(seats=12), cancelled())), prices=prices)
        plan = make_plan(given, {"contoso": have}, catalog=catalog(), now=NOW)
        (found,) = [f.summary for f in plan.tenants[0].findings if f.code == "cost-per-month"]
        return found

    assert said(PRICES) == "456.00 EUR a month more, 205.00 EUR less"
    dearer = {(E4, "monthly", "monthly"): (Decimal(25), "EUR")}
    assert said({**PRICES, **dearer}).endswith("; 1 order without a price")


def test_an_upgrade_in_place_costs_the_difference_and_fewer_seats_from_the_renewal_on() -> None:
    shown, sale = sold(E4, 10, term_ends_at=NOW.replace(year=2027))
    upgrade = Upgrade(sku=E5, product="E5", moves_users=True)
    have = tenant_state(shown, users=users(3, E4), sales=(replace(sale, upgrades=(upgrade,)),))
    given = replace(loaded(spec(want_active(seats=8), cancelled())), prices=PRICES)
    plan = make_plan(given, {"contoso": have}, catalog=catalog(), now=NOW)
    (said,) = [f.summary for f in plan.tenants[0].findings if f.code == "cost-per-month"]
    assert said == "380.00 EUR a month more, 281.00 EUR less, in full from the renewal on"


def test_without_prices_nothing_is_said_of_money() -> None:
    assert _costs({}) == []


def test_seats_that_go_at_the_renewal_are_saved_from_then_on() -> None:
    shown, sale = sold(E5, 10, term_ends_at=NOW.replace(year=2027))
    have = tenant_state(shown, sales=(sale,))
    want = spec(want_active(seats=4), assignments=())
    given = replace(loaded(want), prices=PRICES)
    plan = make_plan(given, {"contoso": have}, catalog=catalog(), now=NOW)
    (said,) = [f.summary for f in plan.tenants[0].findings if f.code == "cost-per-month"]
    assert said == "0.00 EUR a month more, 228.00 EUR less, in full from 2027-11-23 on"
