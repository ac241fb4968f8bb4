"""When the Upgrade tab is another way to buy, and what is known to stand against it."""

from dataclasses import replace
from typing import Any

import pytest

from runner.model.ids import group_id, sku_id, tenant_id
from runner.model.orders import OrderVerb, Seller, UpgradeTab
from runner.model.sales import OLDER, VOLUME, BillingAccount, Sale, SaleStatus
from runner.model.spec import CancelWhen, Channel, SubscriptionGoal, TenantSpec
from runner.model.state import Group, TenantState
from runner.steps import KIND_OF
from runner.steps.buy_seats import BuySeats
from runner.steps.ordering import Ask, as_order
from runner.steps.upgrade_tab import MOST_USERS
from tests.builders import (
    E1,
    E3,
    E4,
    E5,
    NOW,
    PHONE,
    holding,
    license,
    plan_of,
    service_plans,
    sku,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_active,
    want_cancelled,
    want_moved,
)

PARTNER = tenant_id("99999999-1111-4111-8111-111111111111")
G3 = sku_id("535a3a29-c5f0-42fe-8215-d3b9e1f38c4a")
PLAIN = (subscription(E4, 10),)


def _bought(have: TenantState, want: TenantSpec | None = None) -> BuySeats:
    steps = plan_of(have, want).tenants[0].steps
    return next(each for each in steps if isinstance(each, BuySeats))


def _tab(*subscriptions: Any, want: TenantSpec | None = None, **more: Any) -> UpgradeTab | None:
    have = tenant_state(*(subscriptions or PLAIN), **({"users": users(3, E4)} | more))
    return _bought(have, want).tab


def _only(tab: UpgradeTab | None) -> str:
    assert tab is not None
    (refusal,) = tab.refusals
    return refusal


def test_where_nothing_is_known_against_it_the_tab_is_offered_with_what_it_resets() -> None:
    people = (*users(3, E4), user("quiet", license(E4, "SWAY")))
    tab = _tab(users=people)
    assert tab is not None
    assert (tab.product, tab.subscription) == ("Office 365 E4", "e4-subscription")
    assert (tab.refusals, tab.doubts, tab.resets) == ((), (), 1)


def test_more_users_than_seats_are_refused() -> None:
    wanted = spec(want_active(seats=12), want_cancelled())
    tab = _tab(subscription(E4, 10), users=users(12, E4), want=wanted)
    assert _only(tab) == "12 users hold Office 365 E4, which has 10 seats: take it from some first"


@pytest.mark.parametrize(
    ("status", "is_refused"),
    [
        ("Success", False),
        ("PendingActivation", False),
        ("Disabled", False),
        ("PendingInput", True),
        ("PendingProvisioning", True),
        ("Error", True),
    ],
)
def test_services_that_are_not_set_up_are_refused(status: str, is_refused: bool) -> None:
    tab = _tab(skus=[sku(E4, service_plans=service_plans(E4, status=status))])
    assert tab is not None
    assert [" is not set up" in each for each in tab.refusals] == [True] * is_refused


def test_two_subscriptions_of_the_source_are_refused() -> None:
    tab = _tab(subscription(E4, 4, id="one"), subscription(E4, 6, id="two"))
    assert _only(tab) == (
        "there are 2 subscriptions of Office 365 E4: "
        "move everybody to one and cancel the others first"
    )


def test_products_for_governments_are_refused() -> None:
    wanted = spec(want_active(E5, 10), want_cancelled(G3), assignments=[want_moved(G3)])
    tab = _tab(_of(G3), users=users(3, G3), want=wanted)
    assert tab is not None
    assert "it is not for governments, schools and charities" in tab.refusals


def _of(source: Any) -> Any:
    return replace(subscription(E4, 10), sku=source)


def test_a_target_with_less_mail_or_files_is_refused() -> None:
    wanted = spec(want_active(E1), want_cancelled(), assignments=[want_moved(to=E1)])
    assert _only(_tab(want=wanted)) == (
        "Office 365 E1 has less of Exchange Online and SharePoint than Office 365 E4"
    )


def test_a_target_with_the_same_mail_and_files_is_offered() -> None:
    wanted = spec(want_active(E3), want_cancelled(), assignments=[want_moved(to=E3)])
    tab = _tab(want=wanted)
    assert tab is not None
    assert not tab.refusals


def test_fewer_seats_than_the_source_has_are_refused() -> None:
    wanted = spec(want_active(seats=5), want_cancelled())
    said = "it takes all 10 seats, and 5 are wanted: reduce Office 365 E4 to 5 seats first"
    assert _only(_tab(want=wanted)).startswith(said)


def test_some_of_the_users_are_no_case_for_it() -> None:
    wanted = spec(want_active(), want_cancelled(), assignments=[want_moved(moves_guests=False)])
    guest = replace(user("guest", E4), is_guest=True)
    tab = _tab(users=(*users(3, E4), guest), want=wanted)
    assert _only(tab) == "it moves all 4 users of Office 365 E4, and 3 are to be moved"


def test_a_group_that_gives_the_source_is_no_case_for_it() -> None:
    group = Group(id=group_id("g"), name="Sales", licenses=(license(E4),), members=frozenset())
    assert _only(_tab(groups=(group,))).startswith('group "Sales" gives Office 365 E4')
    assert _only(_tab(groups=None)).startswith("a group may give Office 365 E4")


def test_members_of_a_group_that_moves_are_to_be_moved() -> None:
    member = user("member", holding(E4, by_group="g"))
    group = Group(
        id=group_id("g"), name="Sales", licenses=(license(E4),), members=frozenset({member.id})
    )
    wanted = spec(want_active(), want_cancelled(), assignments=[want_moved()])
    tab = _tab(groups=(group,), users=(*users(3, E4), member), want=wanted)
    assert _only(tab).startswith('group "Sales" gives')


def test_what_it_refused_in_former_years_is_a_doubt_only() -> None:
    many = MOST_USERS
    tab = _tab(subscription(E4, many), users=users(many, E4))
    assert tab is not None
    assert not tab.refusals
    assert tab.doubts == ("3000 users hold Office 365 E4, in 2020 it took 2999",)


def test_users_of_two_suites_and_add_ons_are_doubts() -> None:
    both = user("both", E4, E1)
    tab = _tab(*PLAIN, subscription(E1, 5), subscription(PHONE, 5), users=(*users(3, E4), both))
    assert tab is not None
    assert not tab.refusals
    assert tab.doubts == (
        "of its users, 1 hold another suite too",
        "an add-on may have to be removed first: Microsoft Teams Phone Standard",
    )


@pytest.mark.parametrize(
    "want",
    [
        spec(want_active(), assignments=[want_moved()]),
        spec(want_active(), replace(want_cancelled(), goal=SubscriptionGoal.RENEWAL_OFF)),
        spec(want_active(), want_cancelled(when=CancelWhen.END_OF_TERM)),
        spec(want_active(), want_cancelled(), assignments=[]),
    ],
    ids=["the source stays", "it ends later", "it ends with its term", "nobody is to move"],
)
def test_a_tab_that_does_more_than_is_wanted_is_not_mentioned(want: TenantSpec) -> None:
    assert _tab(want=want) is None


def test_a_target_that_is_there_and_a_partner_have_no_tab() -> None:
    assert _tab(*PLAIN, subscription(E5, 3)) is None
    assert _tab(subscription(E4, 10, owner_tenant=PARTNER)) is None


def test_a_new_product_is_bought_from_whoever_sold_what_it_replaces() -> None:
    have = tenant_state(subscription(E4, 10, owner_tenant=PARTNER), users=users(3, E4))
    step = _bought(have)
    order = as_order(step, have, NOW, ask=Ask(verb=OrderVerb.BUY, seats=10, seats_now=0))
    assert (order.seller, order.partners) == (Seller.PARTNER, (PARTNER,))
    assert KIND_OF[BuySeats].describe(step).detail == "the partner who sold it"


@pytest.mark.parametrize(
    ("channel", "seller"),
    [(Channel.AZURE_BILLING, Seller.AGREEMENT), (Channel.PARTNER_CENTER, Seller.PARTNER)],
)
def test_a_channel_that_lists_a_subscription_tells_who_sold_it(
    channel: Channel, seller: Seller
) -> None:
    sale = Sale(
        channel=channel,
        id="one",
        product="",
        sku=E4,
        status=SaleStatus.LIVE,
        seats=10,
        renews=True,
        ends_at_term=False,
    )
    have = tenant_state(subscription(E4, 10, commerce_id="one"), users=users(3, E4), sales=(sale,))
    order = as_order(_bought(have), have, NOW, ask=Ask(verb=OrderVerb.BUY, seats=10, seats_now=0))
    assert order.seller is seller


@pytest.mark.parametrize(
    ("agreement", "seller", "has_tab"),
    [
        (VOLUME, Seller.VOLUME, False),
        (OLDER, Seller.OLDER, True),
        ("MicrosoftCustomerAgreement", Seller.UNKNOWN, True),
    ],
)
def test_a_billing_account_that_lists_a_subscription_tells_who_sold_it(
    agreement: str, seller: Seller, has_tab: bool
) -> None:
    paying = BillingAccount(name="A", agreement=agreement, subscriptions=frozenset({"one"}))
    have = tenant_state(
        subscription(E4, 10, commerce_id="ONE"), users=users(3, E4), accounts=(paying,)
    )
    step = _bought(have)
    order = as_order(step, have, NOW, ask=Ask(verb=OrderVerb.BUY, seats=10, seats_now=0))
    assert order.seller is seller
    assert (step.tab is not None) is has_tab


def test_a_source_in_its_grace_period_is_renewed_before_the_tab_takes_it() -> None:
    tab = _tab(subscription(E4, 10, status="Warning"))
    assert tab is not None
    assert "Office 365 E4 has expired: renew it first" in tab.refusals
