"""What was bought under an alias and then ended, hangs or went elsewhere is not bought again."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from runner.model.ids import tenant_id
from runner.model.orders import Order, OrderVerb, Receipt, ReceiptStatus
from runner.providers.azure_billing.sales import sale_of
from tests.providers.azure import NOW, order, receipts
from tests.providers.scripted import TENANT_ID, Answer, Asked, Scripted, refusal, scripted

HERE = tenant_id(TENANT_ID)
ACCOUNT = {"name": "a", "properties": {"agreementType": "MicrosoftCustomerAgreement"}}
BOUGHT = {
    "billingSubscriptionId": "s1",
    "productCategory": "SeatBased",
    "quantity": 60,
    "autoRenew": "On",
    "purchaseDate": NOW.isoformat(),
    "provisioningTenantId": TENANT_ID,
    "systemOverrides": {"cancellationAllowedEndDate": (NOW + timedelta(days=5)).isoformat()},
}


@contextmanager
def _azure(**first: Any) -> Iterator[tuple[Scripted, dict[str, Any]]]:
    """Serve an account in which the first purchase ever made is as given, or as PUT made it."""
    aliases: dict[str, dict[str, Any]] = {}

    def script(asked: Asked) -> Answer:
        path, name = asked.path.split("?")[0], asked.path.split("?")[0].rpartition("/")[2]
        if asked.method == "PUT":
            wanted = json.loads(asked.body)["properties"]
            aliases[name] = BOUGHT | {"status": "Active"} | wanted | first
            return Answer(status=201, body={"properties": aliases[name]})
        if asked.method in ("PATCH", "DELETE"):
            return Answer(status=202, body=None)
        if path.endswith("/billingAccounts"):
            return Answer(body={"value": [ACCOUNT]})
        if "/billingSubscriptionAliases/" in path and name in aliases:
            return Answer(body={"properties": aliases[name]})
        if path.endswith("/billingSubscriptions/s2"):
            return Answer(body={"properties": BOUGHT | {"status": "Active"}})
        return Answer(body={"value": []}) if path.endswith("illingProfiles") else refusal(404)

    with scripted(script) as server:
        yield server, aliases


async def _placed(server: Scripted, wanted: Order) -> Receipt:
    return (await receipts(server.url, HERE, wanted))[-1]


async def _bought(server: Scripted, aliases: dict[str, Any], **after: Any) -> Receipt:
    """Buy, let something happen to what was bought, and return the last receipt."""
    receipt = await _placed(server, order())
    for found in aliases.values():
        found.update(after)
    return receipt


@pytest.mark.parametrize("reason", ["PastDue", "SuspiciousActivity", "PolicyViolation"])
@pytest.mark.parametrize("is_journal_lost", [False, True])
async def test_a_purchase_that_was_suspended_is_settled_and_not_bought_again(
    reason: str, is_journal_lost: bool
) -> None:
    with _azure() as (server, aliases):
        details = [{"reason": reason}]
        first = await _bought(server, aliases, status="Disabled", suspensionReasonDetails=details)
        for day in (1, 30):
            at = NOW + timedelta(days=day)
            reference = "" if is_journal_lost else first.reference
            wanted = order(reference=reference, now=at, opened_at=at if is_journal_lost else NOW)
            found = await _placed(server, wanted)
            assert (found.status, "suspended" in found.summary) == (ReceiptStatus.REFUSED, True)
            assert reason in found.summary
            assert "reactivate" in found.task
        assert len(aliases) == 1


async def test_a_purchase_that_hangs_for_weeks_is_waited_for_without_a_journal() -> None:
    with _azure(provisioningState="Pending", status="Unknown") as (server, aliases):
        await _bought(server, aliases)
        later = NOW + timedelta(days=20)
        found = await _placed(server, order(now=later, opened_at=later))
        assert (found.status, "not delivered" in found.summary) == (ReceiptStatus.ACCEPTED, True)
        assert len(aliases) == 1


async def test_a_purchase_somebody_cancelled_is_told_before_it_is_made_anew() -> None:
    with _azure() as (server, aliases):
        first = await _bought(server, aliases, status="Cancelled")
        told = await _placed(server, order(reference=first.reference))
        assert (told.status, "ended" in told.summary) == (ReceiptStatus.REFUSED, True)
        assert len(aliases) == 1
        again = await _placed(server, order(reference=told.reference))
        assert (again.status, len(aliases)) == (ReceiptStatus.ACCEPTED, 2)


@pytest.mark.parametrize(
    "after",
    [
        {"status": "Disabled", "suspensionReasonDetails": [{"reason": "Cancelled"}]},
        {"status": "Disabled", "termEndDate": (NOW - timedelta(days=1)).isoformat()},
        {"status": "Expired", "suspensionReasonDetails": [{"reason": "Expired"}]},
        {"status": "Active", "provisioningState": "Failed"},
    ],
)
async def test_what_is_over_for_good_makes_room_for_another_purchase(after: dict[str, Any]) -> None:
    with _azure() as (server, aliases):
        await _bought(server, aliases, **after)
        assert (await _placed(server, order())).status is ReceiptStatus.ACCEPTED
        assert len(aliases) == 2


async def test_a_purchase_names_the_tenant_it_is_for() -> None:
    with _azure() as (server, aliases):
        await _bought(server, aliases)
        (sent,) = [json.loads(asked.body) for asked in server.asked if asked.method == "PUT"]
        assert sent["properties"]["provisioningTenantId"] == HERE


async def test_seats_that_went_to_another_tenant_are_told_and_not_bought_again() -> None:
    with _azure(provisioningTenantId="11111111-1111-4111-8111-111111111111") as (server, aliases):
        for day in (0, 1, 30):
            at = NOW + timedelta(days=day)
            found = await _placed(server, order(now=at, opened_at=at))
            assert (found.status, "another tenant" in found.summary) == (
                ReceiptStatus.REFUSED,
                True,
            )
        assert len(aliases) == 1


@pytest.mark.parametrize("verb", [OrderVerb.BUY, OrderVerb.STOP_RENEWAL, OrderVerb.CANCEL])
async def test_an_acceptance_that_nobody_can_follow_is_judged_by_what_the_subscription_shows(
    verb: OrderVerb,
) -> None:
    with _azure() as (server, _):
        sale = sale_of(BOUGHT, {}, name="s2", now=NOW)
        found = await _placed(server, order(verb, sale, sale_seats=70))
        assert (found.status, "shows nothing" in found.summary) == (ReceiptStatus.DOUBTFUL, True)
