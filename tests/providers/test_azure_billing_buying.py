"""Buying through Azure billing: whatever is lost on the way, the seats are bought once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runner.model.findings import NotAllowed, ProviderError
from runner.model.ids import tenant_id
from runner.model.orders import OrderVerb, ReceiptStatus
from runner.model.spec import Purchase
from tests.providers.azure import NOW, Account, account, order, receipts, statuses
from tests.providers.scripted import TENANT_ID, Answer, Asked, refusal, scripted

HERE = tenant_id(TENANT_ID)
OPEN, ACCEPTED = ReceiptStatus.OPEN, ReceiptStatus.ACCEPTED
REFUSED, DOUBTFUL = ReceiptStatus.REFUSED, ReceiptStatus.DOUBTFUL
LISTED = {"name": "a", "properties": {"agreementType": "MicrosoftCustomerAgreement"}}


async def again(here: Account, reference: str = "", **more: Any) -> list[ReceiptStatus]:
    """Place the same order in another process."""
    return statuses(await here.place(order(reference=reference, **more)))


@pytest.mark.parametrize("answers", ["accepted", "at_once"])
async def test_a_purchase_is_recorded_act_by_act_and_made_once(answers: str) -> None:
    with account(azure={"answers": answers}) as here:
        found = await here.place(order())
        assert found[0].status is OPEN
        assert found[0].reference.startswith("alias:")
        assert found[-1].status is ACCEPTED
        assert found[-1].summary == "60 seats of Office 365 E5 are bought"
        kinds = [each.reference.split(":")[0] for each in found]
        assert kinds == (["alias", "operation", "alias"] if len(found) == 3 else ["alias", "alias"])
        assert here.bought() == [60]
        (sold,) = [sale for sale in await here.sales() if sale.seats == 60]
        assert (sold.term, sold.billing, sold.renews) == ("annual", "monthly", True)


@pytest.mark.parametrize("is_journal_lost", [False, True])
@pytest.mark.parametrize("acts", [1, 2, 3])
@pytest.mark.parametrize("operation", [0, "30 s"])
async def test_a_process_that_dies_buys_once(
    acts: int, operation: int | str, is_journal_lost: bool
) -> None:
    with account(azure={"operation": operation}) as here:
        reference = await here.dies_after(order(), acts)
        here.world.advance("10 s")
        assert (await again(here, "" if is_journal_lost else reference))[-1] is ACCEPTED
        here.world.advance("30 s")
        assert (await again(here, "" if is_journal_lost else reference))[-1] is ACCEPTED
        assert here.bought() == [60]


@pytest.mark.parametrize("fault", ["drop", "applied_unanswered", "503", "429", "504"])
@pytest.mark.parametrize("count", [1, 2])
async def test_a_lost_or_refused_call_buys_once(fault: str, count: int) -> None:
    kind = int(fault) if fault.isdigit() else fault
    faults = [{"kind": kind, "on": "write", "count": count, "answer": "drop"}]
    with account(faults=faults) as here:
        assert statuses(await here.place(order()))[-1] is ACCEPTED
        assert here.bought() == [60]


@pytest.mark.parametrize("answer", ["504", "drop"])
async def test_an_answer_that_is_always_lost_is_looked_for(answer: str) -> None:
    with account(faults=[{"kind": "applied_unanswered", "on": "write", "answer": answer}]) as here:
        assert statuses(await here.place(order())) == [OPEN, ACCEPTED]
        assert here.bought() == [60]
        assert len(here.world.log.writes()) == 1


async def test_what_never_arrives_is_doubtful_and_bought_later() -> None:
    with account(faults=[{"kind": "drop", "on": "write"}]) as here:
        found = await here.place(order())
        assert statuses(found) == [OPEN, DOUBTFUL]
        assert "buy Office 365 E5" in found[-1].task
        here.world.set_faults([])
        assert (await again(here, found[-1].reference))[-1] is ACCEPTED
        assert here.bought() == [60]


@pytest.mark.parametrize("seed", range(6))
async def test_under_every_fault_at_once_the_seats_ever_bought_are_those_ordered(seed: int) -> None:
    kinds: list[Any] = ["drop", "applied_unanswered", 503, 429, "operation_failed", "stale_read"]
    faults = [{"kind": kind, "rate": 0.2, "answer": "drop", "seconds": 600} for kind in kinds]
    with account(faults=faults, azure={"operation": "20 s"}) as here:
        here.world.random.seed(seed)
        reference = ""
        for number in range(12):
            try:
                placed = await here.place(order(reference=reference))
            except ProviderError:
                continue
            finally:
                here.world.advance("1 min")
            reference = placed[-1].reference if number % 3 else ""
        here.world.set_faults([])
        for _ in range(2):
            assert (await again(here))[-1] is ACCEPTED
            here.world.advance("1 min")
        assert here.bought() == [60]


@pytest.mark.parametrize("is_visible", [True, False])
async def test_a_credit_check_of_days_is_waited_for(is_visible: bool) -> None:
    check = {"credit_check": "2 business days", "visible": is_visible}
    with account(purchase=check) as here:
        found = await here.place(order())
        assert found[-1].status is ACCEPTED
        assert "not delivered yet" in found[-1].summary
        here.world.advance("2 business days")
        later = order(now=NOW + timedelta(days=4), opened_at=NOW)
        assert "are bought" in (await here.place(later))[-1].summary
        assert here.bought() == [60]


async def test_more_of_a_product_on_other_terms_is_another_purchase() -> None:
    with account() as here:
        await here.place(order())
        known = frozenset(sale.id for sale in await here.sales())
        more = order(
            seats=80,
            sale_seats=20,
            known_sales=known,
            purchase=Purchase(term="monthly", billing="monthly"),
        )
        await here.dies_after(more, 2)
        assert statuses(await here.place(more))[-1] is ACCEPTED
        assert here.bought() == [60, 20]


async def test_what_nobody_counted_yet_is_followed_and_what_is_long_settled_is_not() -> None:
    with account() as here:
        await here.place(order())
        more = order(seats=80, sale_seats=20, opened_at=NOW + timedelta(days=3))
        assert "60 seats" in (await here.place(more))[-1].summary
        assert here.bought() == [60]
        here.world.advance("8 days")
        assert (
            "20 seats"
            in (await here.place(replace(more, opened_at=NOW + timedelta(days=8))))[-1].summary
        )
        assert here.bought() == [60, 20]


async def test_what_was_bought_and_cancelled_is_bought_anew() -> None:
    with account() as here:
        await here.place(order())
        here.world.admin("contoso").cancel("ENTERPRISEPREMIUM", force=True)
        assert (await again(here))[-1] is ACCEPTED
        assert here.bought() == [60, 60]
        assert [sale.seats for sale in await here.sales() if sale.status == "live"] == [10, 60]


async def test_a_purchase_that_comes_to_nothing_says_why_and_can_be_made_again() -> None:
    fault = {"kind": "operation_failed", "code": "PaymentDeclined", "count": 1}
    with account(faults=[fault], azure={"operation": "30 s"}) as here:
        reference = (await here.place(order()))[-1].reference
        assert reference.startswith("operation:")
        here.world.advance("30 s")
        (failed,) = await here.place(order(reference=reference))
        assert failed.status is REFUSED
        assert "PaymentDeclined" in failed.summary
        assert here.bought() == []
        await here.place(order(reference=failed.reference))
        here.world.advance("30 s")
        assert (await again(here, failed.reference))[-1] is ACCEPTED
        assert here.bought() == [60]


async def test_a_purchase_of_the_same_product_under_way_is_waited_for() -> None:
    with account(purchase={"credit_check": "2 business days"}) as here:
        here.world.admin("contoso").buy("ENTERPRISEPREMIUM", seats=5)
        found = (await here.place(order()))[-1]
        assert (found.status, found.again_s > 0, here.bought()) == (OPEN, True, [5])


async def test_a_refused_purchase_says_what_to_do() -> None:
    with account(azure={"role": "reader"}) as here:
        found = (await here.place(order()))[-1]
        assert found.status is REFUSED
        assert "owner or contributor" in found.task


async def test_the_profile_that_pays_is_named_and_a_wrong_name_is_told() -> None:
    with account() as here:
        with pytest.raises(NotAllowed, match="there is no billing profile Elsewhere") as told:
            await here.place(order(), billing_profile="Elsewhere")
        assert "azure_billing.billing_profile" in told.value.hint
        assert here.bought() == []


async def test_without_the_opt_in_a_person_buys_and_is_told_of_it() -> None:
    with account() as here:
        (task,) = await here.place(order(), writes=False)
        assert task.status is OPEN
        assert "writes: true" in task.task
        assert here.bought() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sku": "0c266dff-15dd-4b49-8397-2bb16070ed52"}, "catalog"),
        ({"purchase": None}, "no term"),
        ({"verb": OrderVerb.TRANSITION}, "no call"),
        ({"verb": OrderVerb.CANCEL}, "no more"),
    ],
)
async def test_what_cannot_be_ordered_is_refused_with_a_way_out(
    changes: dict[str, Any], said: str
) -> None:
    with account() as here:
        (found,) = await here.place(order(**changes))
        assert found.status is REFUSED
        assert said in found.summary
        assert found.task
        assert here.world.log.writes() == []


class Odd:
    """An Azure billing that keeps what was bought under aliases to itself, as far as it is told."""

    def __init__(self, location: str, *, shows_alias: bool, subscription: str = "Active") -> None:
        self.location = location
        self.shows_alias = shows_alias
        self.subscription = subscription
        self.header = "Location"
        self.ended: Any = {}
        self.puts: list[str] = []

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.split("?")[0]
        alias = path.rpartition("/")[2]
        if asked.method == "PUT":
            self.puts.append(alias)
            return Answer(status=202, headers={self.header: self.location})
        if path.endswith("billingSubscriptions/s1"):
            return Answer(body={"properties": {"status": self.subscription, "quantity": 60}})
        if "Aliases" in path:
            shown = {"billingSubscriptionId": "/x/billingSubscriptions/S1", "status": "Active"}
            is_there = self.shows_alias and alias in self.puts
            return Answer(body={"properties": shown}) if is_there else refusal(404)
        if "operationResults" in path:
            return Answer(body=self.ended)
        is_account = path.endswith("billingAccounts")
        return Answer(body={"value": [LISTED] if is_account else []})


async def test_what_was_accepted_and_is_nowhere_is_never_bought_again() -> None:
    odd = Odd("", shows_alias=False)
    with scripted(odd.answer) as server:
        odd.location = f"{server.url}/operationResults/x"
        found = await receipts(server.url, HERE, order())
        assert (found[-1].status, bool(found[-1].task)) == (DOUBTFUL, True)
        reference = found[1].reference
        (later,) = await receipts(server.url, HERE, order(reference=reference))
        assert (later.status, len(odd.puts)) == (DOUBTFUL, 1)


@pytest.mark.parametrize(
    ("status", "wanted"), [("Failed", REFUSED), ("InProgress", ACCEPTED), ("Succeeded", DOUBTFUL)]
)
async def test_an_operation_may_tell_how_it_ended_in_its_body(
    status: str, wanted: ReceiptStatus
) -> None:
    odd = Odd("", shows_alias=False)
    odd.header = "Azure-AsyncOperation"
    odd.ended = {"status": status, "error": {"message": "no money"} if wanted is REFUSED else None}
    with scripted(odd.answer) as server:
        odd.location = f"{server.url}/operationResults/x"
        found = await receipts(server.url, HERE, order())
    assert (found[-1].status, len(odd.puts)) == (wanted, 1)
    assert ("no money" in found[-1].summary) is (wanted is REFUSED)


async def test_an_operation_told_from_the_root_of_the_host_is_followed() -> None:
    odd = Odd("/below/operationResults/x", shows_alias=False)
    with scripted(odd.answer) as server:
        await receipts(f"{server.url}/below", HERE, order())
        assert [each.path for each in server.asked if "operation" in each.path] == [odd.location]


async def test_an_operation_on_another_host_is_not_followed_but_its_alias_is() -> None:
    odd = Odd("https://elsewhere.example/operationResults/x", shows_alias=True)
    with scripted(odd.answer) as server:
        found = await receipts(server.url, HERE, order())
        assert statuses(found) == [OPEN, ACCEPTED, ACCEPTED]
        (later,) = await receipts(server.url, HERE, order(reference=found[1].reference))
        assert (later.status, len(odd.puts)) == (ACCEPTED, 1)


async def test_an_alias_that_knows_nothing_of_the_end_of_its_subscription_is_over() -> None:
    odd = Odd("", shows_alias=True)
    with scripted(odd.answer) as server:
        await receipts(server.url, HERE, order())
        odd.subscription = "Deleted"
        await receipts(server.url, HERE, order())
        assert len(set(odd.puts)) == 2
