"""The task for a person: who, what, where, until when; and what is said where nobody can tell."""

from dataclasses import replace
from typing import Any

import pytest

from runner.model.ids import subscription_id, tenant_id
from runner.model.orders import OrderVerb, Seller, UpgradeTab
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import Channel
from runner.providers.manual import human_task
from tests.providers.azure import NOW, order

PARTNER = tenant_id("99999999-1111-4111-8111-111111111111")
TAB = UpgradeTab(
    product="Office 365 E4",
    subscription=subscription_id("e4-subscription"),
    refusals=(),
    doubts=("an add-on may have to be removed first: Teams Phone",),
    resets=12,
)

SALE = Sale(
    channel=Channel.AZURE_BILLING,
    id="the-subscription",
    product="",
    sku=None,
    status=SaleStatus.LIVE,
    seats=40,
    renews=True,
    ends_at_term=False,
)


def _task(verb: OrderVerb = OrderVerb.BUY, seller: Seller = Seller.UNKNOWN, **more: Any) -> str:
    given = {"subscription": subscription_id("the-subscription")} | more
    return human_task(order(verb, channel=Channel.MANUAL, seller=seller, **given)).task


def test_a_purchase_says_who_what_where_what_is_watched_until_when_and_how_to_stop() -> None:
    assert _task(seller=Seller.AGREEMENT).splitlines() == [
        "who      owner or contributor of the billing account, or of its billing profile",
        "do       buy Office 365 E5 (ENTERPRISEPREMIUM), 60 seats in all",
        "         term annual, billed monthly",
        "         Billing > Purchase services: https://go.microsoft.com/fwlink/p/?linkid=868433",
        "         if it has been bought already, only wait: a credit check takes 2 business days",
        "or       set `writes: true` under `azure_billing` in the inventory, and run it again",
        "watched  directory/subscriptions: ENTERPRISEPREMIUM with 60 seats, Enabled",
        "until    Tue 2026-11-24 09:00 (UTC)",
        "then     upgrade-runner confirm contoso/buy_seats/1   "
        "(if the tenant does not show it yet)",
        "abort    do nothing, and take the entry out of the playbook",
        "asked    Fri 2026-11-20 09:00 (UTC)",
    ]


def test_seats_that_are_there_are_raised_to_a_new_total() -> None:
    task = _task(seats_now=40)
    assert "raise Office 365 E5 from 40 to 60 seats in all" in task
    assert "Billing > Your products" in task


@pytest.mark.parametrize("verb", OrderVerb)
def test_a_partners_subscription_is_a_task_for_that_partner_and_no_page(verb: OrderVerb) -> None:
    task = _task(verb, Seller.PARTNER, partners=(PARTNER,), seats_now=100)
    assert task.startswith(f"who      the partner with tenant id {PARTNER}: no page of the tenant")
    assert "Billing" not in task
    assert "to 25 seats" not in task


def test_a_partner_without_an_id_is_whoever_sold_it() -> None:
    assert _task(seller=Seller.PARTNER).startswith("who      the partner who sold it")


@pytest.mark.parametrize(
    ("verb", "keys", "licenses"),
    [
        (OrderVerb.BUY, "redeem another product key", "72 h before its usage date"),
        (OrderVerb.RESIZE, "before a renewal with a smaller key", "at the true-up or the renewal"),
        (OrderVerb.CANCEL, "before a renewal with a smaller key", "at the true-up or the renewal"),
    ],
)
def test_where_nobody_can_tell_who_sold_it_the_task_says_who_it_may_be(
    verb: OrderVerb, keys: str, licenses: str
) -> None:
    task = _task(verb)
    assert "Billing Administrator, or owner or contributor of the billing account" in task
    assert 'see the column "Purchase channel" of Billing > Your products' in task
    for each in ("Reseller: ask that partner", keys, licenses, "Microsoft representative"):
        assert each in task
    assert len(task.splitlines()) <= 17


@pytest.mark.parametrize("seller", [Seller.PARTNER, Seller.AGREEMENT, Seller.OLDER])
def test_where_it_is_known_who_sold_it_nobody_else_is_named(seller: Seller) -> None:
    task = _task(seller=seller)
    assert "Purchase channel" not in task
    assert "Volume licensing" not in task


@pytest.mark.parametrize("verb", list(OrderVerb))
def test_volume_licenses_are_a_matter_of_their_representative_alone(verb: OrderVerb) -> None:
    task = _task(verb, Seller.VOLUME, seats_now=100)
    assert "who      the account representative or the partner of the volume licensing" in task
    assert "tab Volume licensing" in task
    assert ("VL Administrator" in task) is (verb is OrderVerb.BUY)
    for each in ("Billing Administrator", "Purchase channel", "Purchase services", "25 seats"):
        assert each not in task


@pytest.mark.parametrize(("seats", "acts"), [(25, 1), (26, 2)])
def test_more_than_25_seats_are_reduced_before_they_are_cancelled(seats: int, acts: int) -> None:
    task = _task(OrderVerb.CANCEL, seats_now=seats)
    assert ("1. reduce Office 365 E5 from 26 to 25 seats" in task) is (acts == 2)
    assert ("2. cancel Office 365 E5" in task) is (acts == 2)
    assert "cancel Office 365 E5, subscription the-subscription" in task


def test_on_an_agreement_the_days_to_cancel_are_named_and_no_seat_is_reduced_first() -> None:
    task = _task(OrderVerb.CANCEL, Seller.AGREEMENT, seats_now=100)
    assert "for 7 days after it began or renewed" in task
    assert "to 25 seats" not in task


def test_the_upgrade_tab_is_another_way_with_what_it_resets_and_may_refuse() -> None:
    task = _task(tab=TAB)
    assert "or       open Office 365 E4, subscription e4-subscription, on its tab Upgrade" in task
    assert "the next run switches off again what 12 users had off" in task
    assert "it may refuse: an add-on may have to be removed first: Teams Phone" in task


def test_the_upgrade_tab_that_refuses_is_not_offered_and_said_in_one_line() -> None:
    why = ("130 users hold Office 365 E4, which has 120 seats", "there are 2 subscriptions")
    task = _task(tab=replace(TAB, refusals=why))
    assert f"not      the Upgrade tab: {why[0]}; {why[1]}\n" in task
    assert "on its tab Upgrade" not in task


def test_who_says_to_have_bought_it_is_not_offered_another_way() -> None:
    assert "Upgrade" not in _task(tab=TAB, confirmed_at=NOW)


@pytest.mark.parametrize("seller", [Seller.PARTNER, Seller.UNKNOWN])
def test_who_may_be_refused_a_cancellation_is_told_the_other_way(seller: Seller) -> None:
    assert "state `when: end_of_term`" in _task(OrderVerb.CANCEL, seller)
    assert "end_of_term" not in _task(OrderVerb.CANCEL, Seller.AGREEMENT)


@pytest.mark.parametrize(
    ("more", "watched"),
    [
        ({"sale": None}, "nothing: no page that can be read shows it, so confirm it"),
        ({"sale": SALE}, "the subscription at its channel: it does not renew"),
        ({"sale": replace(SALE, is_legacy=True)}, "nothing: no page"),
    ],
)
def test_a_renewal_turned_off_by_a_person_is_watched_where_a_channel_shows_it(
    more: dict[str, Any], watched: str
) -> None:
    assert f"watched  {watched}" in _task(OrderVerb.STOP_RENEWAL, **more)
