"""Changing what is sold through Azure billing: in its window, once, and never on its bare word."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runner.model.ids import tenant_id
from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus, Seller
from runner.model.sales import Sale, SaleStatus
from runner.model.spec import Channel
from runner.providers.manual import human_task
from tests.providers.azure import NEW, NOW, Account, account, order, receipts
from tests.providers.scripted import TENANT_ID, Answer, Asked, scripted
from tests.providers.served import E5

OPEN, ACCEPTED = ReceiptStatus.OPEN, ReceiptStatus.ACCEPTED
REFUSED, DOUBTFUL = ReceiptStatus.REFUSED, ReceiptStatus.DOUBTFUL
RECENT = {"created": NEW}
VERBS = (OrderVerb.BUY, OrderVerb.RESIZE, OrderVerb.STOP_RENEWAL, OrderVerb.CANCEL)


def _wanted(verb: OrderVerb, sale: Sale, **more: Any) -> Order:
    """Return the order that doubles the ten seats, halves them, or ends the subscription."""
    seats = {OrderVerb.BUY: 20, OrderVerb.RESIZE: 5}.get(verb, 0)
    return order(verb, sale, seats=seats, sale_seats=seats, seats_now=10, **more)


def _is_done(verb: OrderVerb, sale: Sale) -> bool:
    return {
        OrderVerb.BUY: sale.seats == 20,
        OrderVerb.RESIZE: sale.seats == 5,
        OrderVerb.STOP_RENEWAL: not sale.renews and sale.ends_at_term,
        OrderVerb.CANCEL: sale.status in (SaleStatus.SUSPENDED, SaleStatus.OVER),
    }[verb]


async def _placed(here: Account, verb: OrderVerb, **more: Any) -> Receipt:
    (found,) = await here.place(_wanted(verb, await here.sale(), **more))
    return found


@pytest.mark.parametrize("answers", ["accepted", "at_once"])
@pytest.mark.parametrize("verb", VERBS)
async def test_a_change_is_made_read_back_and_not_made_again(verb: OrderVerb, answers: str) -> None:
    with account(RECENT, azure={"answers": answers}) as here:
        before = await here.sale()
        (first,) = await here.place(_wanted(verb, before))
        assert (first.status, _is_done(verb, await here.sale())) == (ACCEPTED, True)
        writes = len(here.world.log.writes())
        (second,) = await here.place(_wanted(verb, before))
        assert second == first
        assert len(here.world.log.writes()) == writes == 1


@pytest.mark.parametrize("kind", ["drop", "applied_unanswered", 503, 504, 429])
@pytest.mark.parametrize("verb", VERBS)
async def test_a_lost_call_is_looked_for_and_made(verb: OrderVerb, kind: Any) -> None:
    faults = [{"kind": kind, "on": "write", "count": 1, "answer": "drop"}]
    with account(RECENT, faults=faults) as here:
        assert (await _placed(here, verb)).status is ACCEPTED
        assert _is_done(verb, await here.sale())


@pytest.mark.parametrize("verb", VERBS)
async def test_a_change_that_takes_long_is_locked_and_goes_on(verb: OrderVerb) -> None:
    with account(RECENT, azure={"operation": "5 min"}) as here:
        before = await here.sale()
        (first,) = await here.place(_wanted(verb, before))
        assert (first.status, first.again_s) == (ACCEPTED, 10)
        (second,) = await here.place(_wanted(verb, before))
        assert (second.status, "locked" in second.summary) == (OPEN, True)
        assert (await here.sale()).locked
        here.world.advance("5 min")
        assert (await here.place(_wanted(verb, before)))[0].status is ACCEPTED
        assert len(here.world.log.writes()) == 1
        assert _is_done(verb, await here.sale())


@pytest.mark.parametrize("verb", [OrderVerb.BUY, OrderVerb.RESIZE, OrderVerb.STOP_RENEWAL])
async def test_what_is_accepted_and_has_no_effect_is_told_and_left_to_a_person(
    verb: OrderVerb,
) -> None:
    with account(RECENT, azure={"patch": "cost_center"}) as here:
        sale = await here.sale()
        wanted = _wanted(verb, sale)
        (found,) = await here.place(wanted)
        assert found.status is DOUBTFUL
        assert "shows nothing of it" in found.summary
        assert found.task == human_task(wanted).task
        assert await here.sale() == sale


@pytest.mark.parametrize("verb", VERBS)
async def test_what_comes_to_nothing_after_all_is_refused(verb: OrderVerb) -> None:
    fault = {"kind": "operation_failed", "code": "NotToday"}
    with account(RECENT, faults=[fault]) as here:
        found = await _placed(here, verb)
        assert (found.status, "NotToday" in found.summary) == (REFUSED, True)
        assert not _is_done(verb, await here.sale())


@pytest.mark.parametrize("verb", [OrderVerb.CANCEL, OrderVerb.RESIZE])
async def test_out_of_its_window_nothing_is_sent(verb: OrderVerb) -> None:
    with account({"created": "2026-10-01T09:00:00Z"}) as here:
        assert (await here.sale()).refundable_until is None
        found = await _placed(here, verb)
        assert (found.status, bool(found.task)) == (REFUSED, True)
        assert here.world.log.writes() == []


async def test_the_last_minutes_of_the_window_are_too_late() -> None:
    with account({"created": "2026-11-13T09:03:00Z"}) as here:
        found = await _placed(here, OrderVerb.CANCEL)
        assert (found.status, "2026-11-20 09:03 UTC" in found.summary) == (REFUSED, True)
        assert (await here.sale()).status is SaleStatus.LIVE


async def test_seats_are_not_given_up_once_it_does_not_renew() -> None:
    with account(RECENT | {"renews": False}) as here:
        found = await _placed(here, OrderVerb.RESIZE)
        assert (found.status, "does not renew" in found.summary) == (REFUSED, True)
        assert (await _placed(here, OrderVerb.BUY)).status is ACCEPTED
        assert (await here.sale()).seats == 20


async def test_seats_in_use_are_refused_by_azure_and_said() -> None:
    users = [{"count": 8, "licenses": ["ENTERPRISEPACK"], "usage_location": "IT"}]
    with account(RECENT, users=users) as here:
        found = await _placed(here, OrderVerb.RESIZE)
        assert (found.status, "QuantityBelowAssigned" in found.summary) == (REFUSED, True)
        assert (await here.sale()).seats == 10


async def test_seats_that_grew_meanwhile_are_counted_and_never_bought_again() -> None:
    with account(RECENT) as here:
        before = await here.sale()
        here.world.admin("contoso").resize("ENTERPRISEPACK", seats=25)
        assert (await here.place(_wanted(OrderVerb.BUY, before)))[0].status is ACCEPTED
        assert (await here.sale()).seats == 25


async def test_seats_that_shrank_meanwhile_are_not_bought_back_by_a_reduction() -> None:
    with account(RECENT) as here:
        before = await here.sale()
        here.world.admin("contoso").resize("ENTERPRISEPACK", seats=3)
        assert (await here.place(_wanted(OrderVerb.RESIZE, before)))[0].status is ACCEPTED
        assert (await here.sale()).seats == 3


@pytest.mark.parametrize("verb", [OrderVerb.BUY, OrderVerb.RESIZE])
async def test_what_was_cancelled_meanwhile_is_planned_again(verb: OrderVerb) -> None:
    with account(RECENT) as here:
        before = await here.sale()
        here.world.admin("contoso").cancel("ENTERPRISEPACK")
        (found,) = await here.place(_wanted(verb, before))
        assert (found.status, "plan again" in found.task) == (REFUSED, True)
        assert here.world.log.writes() == []


async def test_an_unknown_subscription_is_neither_bought_nor_resized_and_counts_as_ended() -> None:
    with account(RECENT) as here:
        gone = replace(await here.sale(), id="gone")
        for verb in VERBS:
            (found,) = await here.place(_wanted(verb, gone))
            is_ending = verb in (OrderVerb.CANCEL, OrderVerb.STOP_RENEWAL)
            assert found.status is (ACCEPTED if is_ending else REFUSED)
        assert here.world.log.writes() == []


@pytest.mark.parametrize("verb", VERBS)
async def test_without_a_role_every_change_says_which(verb: OrderVerb) -> None:
    with account(RECENT, azure={"role": "reader"}) as here:
        found = await _placed(here, verb)
        assert (found.status, "owner or contributor" in found.task) == (REFUSED, True)


@pytest.mark.parametrize("verb", VERBS)
async def test_without_the_opt_in_a_person_does_it(verb: OrderVerb) -> None:
    with account(RECENT) as here:
        wanted = _wanted(verb, await here.sale())
        (found,) = await here.place(wanted, writes=False)
        assert found.status is OPEN
        assert found == human_task(replace(wanted, channel=Channel.MANUAL))
        assert "set `writes: true` under `azure_billing`" in found.task
        assert here.world.log.writes() == []


async def test_the_task_of_a_direct_agreement_cancels_whole_whatever_its_seats() -> None:
    with account(RECENT | {"seats": 100}) as here:
        wanted = replace(_wanted(OrderVerb.CANCEL, await here.sale()), seats_now=100)
        assert "to 25 seats" not in human_task(wanted).task
        assert "to 25 seats" in human_task(replace(wanted, seller=Seller.UNKNOWN)).task


async def test_seats_raised_by_a_dying_process_are_raised_once() -> None:
    with account({"sku": E5, **RECENT}, azure={"operation": "30 s"}) as here:
        before = await here.sale()
        for _ in range(3):
            await here.place(_wanted(OrderVerb.BUY, before, now=NOW + timedelta(minutes=1)))
            here.world.advance("20 s")
        assert here.bought() == [20]


@pytest.mark.parametrize("verb", VERBS)
async def test_what_goes_on_by_the_month_can_only_be_cancelled(verb: OrderVerb) -> None:
    shown = {"status": "Active", "autoRenew": "Off", "quantity": 10, "termEndDate": "2026-11-01"}
    listed = {"name": "a", "properties": {"agreementType": "MicrosoftCustomerAgreement"}}
    cancelled: list[bool] = []

    def script(asked: Asked) -> Answer:
        if asked.method == "DELETE":
            cancelled.append(True)
            return Answer(status=204, body=b"")
        if "billingSubscriptions" not in asked.path:
            return Answer(body={"value": [listed]})
        return Answer(body={"properties": shown | ({"status": "Disabled"} if cancelled else {})})

    with account(RECENT) as here:
        sale = await here.sale()
    with scripted(script) as server:
        (found,) = await receipts(server.url, tenant_id(TENANT_ID), _wanted(verb, sale))
    assert found.status is (ACCEPTED if verb is OrderVerb.CANCEL else REFUSED)
    assert bool(cancelled) is (verb is OrderVerb.CANCEL)
