"""What Azure billing says of a tenant's subscriptions, read to the last page or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from runner.model.findings import NotAllowed, ReadIncomplete, Unreachable
from runner.model.ids import tenant_id
from runner.model.orders import ReceiptStatus
from runner.model.sales import Sale, SaleStatus
from runner.providers.azure_billing.sales import is_of_tenant, sale_of
from tests.providers.azure import NEW, NOW, account, commerce, order, receipts, sales
from tests.providers.scripted import TENANT_ID, Answer, Asked, Scripted, refusal, scripted
from tests.providers.served import E1, E5

HERE = tenant_id(TENANT_ID)
LIST = "/providers/Microsoft.Billing/billingAccounts"
ACTIVE = {
    "productCategory": "SeatBased",
    "productTypeId": "CFQ7TTC0LF8S",
    "skuId": "0002",
    "quantity": 10,
    "status": "Active",
    "autoRenew": "On",
    "provisioningState": "Succeeded",
    "operationStatus": "None",
    "termDuration": "P1Y",
    "billingFrequency": "P1M",
    "termEndDate": "2027-11-18T09:00:00.0000000Z",
    "beneficiaryTenantId": TENANT_ID.upper(),
    "systemOverrides": {
        "cancellation": "Allowed",
        "cancellationAllowedEndDate": "2026-11-25T09:00:00.0000000Z",
    },
}


def _sale(**more: Any) -> Sale:
    return sale_of(ACTIVE | more, {"CFQ7TTC0LF8S:0002": E5}, name="AA11", now=NOW)


def _named(name: str, agreement: str = "MicrosoftCustomerAgreement") -> dict[str, Any]:
    return {"name": name, "properties": {"displayName": f"The {name}", "agreementType": agreement}}


@contextmanager
def _azure(*accounts: dict[str, Any], **rows: Answer) -> Iterator[Scripted]:
    """Serve billing accounts; `rows` are what the subscriptions of each are answered with."""

    def script(asked: Asked) -> Answer | None:
        path = asked.path.split("?")[0]
        if path == LIST:
            return Answer(body={"value": list(accounts)})
        return rows.get(path.removeprefix(f"{LIST}/").split("/")[0]) or refusal(404)

    with scripted(script) as server:
        yield server


def _rows(*properties: dict[str, Any], **more: Any) -> Answer:
    value = [{"name": f"S{number}", "properties": each} for number, each in enumerate(properties)]
    return Answer(body={"value": value} | more)


def test_a_subscription_is_read_with_terms_renewal_and_window() -> None:
    sale = _sale()
    assert (sale.id, sale.sku, sale.seats, sale.status) == ("aa11", E5, 10, SaleStatus.LIVE)
    assert (sale.term, sale.billing, sale.renews, sale.ends_at_term) == (
        *("annual", "monthly"),
        *(True, False),
    )
    assert sale.term_ends_at == datetime(2027, 11, 18, 9, tzinfo=UTC)
    assert sale.refundable_until == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert (sale.locked, sale.has_scheduled_change) == ("", False)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        *((word, SaleStatus.LIVE) for word in ("Active", "AutoRenew", "Expiring", "Other")),
        *((word, SaleStatus.LAPSED) for word in ("Warned", "Expired")),
        *((word, SaleStatus.SUSPENDED) for word in ("Disabled", "Suspended")),
        *((word, SaleStatus.OVER) for word in ("Cancelled", "Deleted", "Failed")),
    ],
)
def test_every_status_has_its_place(said: str, status: SaleStatus) -> None:
    assert _sale(status=said).status is status


@pytest.mark.parametrize("state", ["New", "Pending", "Provisioning"])
def test_what_is_not_delivered_is_pending_and_locked(state: str) -> None:
    sale = _sale(provisioningState=state)
    assert (sale.status, "not delivered" in sale.locked) == (SaleStatus.PENDING, True)


def test_what_an_operation_holds_is_locked() -> None:
    assert "locked" in _sale(operationStatus="LockedForUpdate").locked


def test_a_window_that_is_closed_is_none_whatever_its_date() -> None:
    overrides = ACTIVE["systemOverrides"] | {"cancellation": "NotAllowed"}  # type: ignore[operator]
    assert _sale(systemOverrides=overrides).refundable_until is None
    assert _sale(systemOverrides=None).refundable_until is None


def test_a_window_whose_date_was_never_set_is_none() -> None:
    overrides = {"cancellation": "Allowed", "cancellationAllowedEndDate": "0001-01-01T00:00:00Z"}
    assert _sale(systemOverrides=overrides).refundable_until is None


def test_without_renewal_it_ends_with_its_term() -> None:
    assert _sale(autoRenew="Off").ends_at_term


def test_what_lives_past_its_term_without_renewal_goes_on() -> None:
    past = {"autoRenew": "Off", "termEndDate": "2026-11-19T09:00:00Z"}
    assert not _sale(**past).ends_at_term
    assert _sale(**past, status="Expired").ends_at_term


def test_another_product_or_number_at_renewal_is_a_scheduled_change() -> None:
    same = {"productTypeId": "CFQ7TTC0LF8S", "skuId": "0002", "quantity": 10}
    assert not _sale(renewalTermDetails=same).has_scheduled_change
    assert _sale(renewalTermDetails=same | {"quantity": 9}).has_scheduled_change
    assert not _sale(
        renewalTermDetails=same | {"productTypeId": "cfq7ttc0lf8s"}
    ).has_scheduled_change
    assert _sale(renewalTermDetails=same).next_seats is None
    assert _sale(renewalTermDetails=same | {"quantity": 9}).next_seats == 9
    assert _sale(renewalTermDetails=same | {"quantity": 9, "skuId": "9"}).next_seats is None


def test_a_product_nobody_named_has_no_sku() -> None:
    assert _sale(productTypeId="DZH318Z0ABCD").sku is None


@pytest.mark.parametrize("kind", ["provisioningTenantId", "beneficiaryTenantId"])
def test_a_subscription_is_of_the_tenant_it_is_for(kind: str) -> None:
    assert is_of_tenant({kind: TENANT_ID.upper()}, HERE)
    assert not is_of_tenant({kind: "11111111-1111-4111-8111-111111111111"}, HERE)
    assert not is_of_tenant({}, HERE)


async def test_every_page_is_read_and_only_the_seats_of_this_tenant_are_told() -> None:
    rows = [{"created": NEW, "seats": seats} for seats in range(1, 6)]
    with account(*rows, azure={"page": 2, "usage_based": 3, "product_ids": "catalog"}) as here:
        assert [sale.seats for sale in await here.sales()] == [1, 2, 3, 4, 5]
        elsewhere = tenant_id("11111111-1111-4111-8111-111111111111")
        assert await sales(here.endpoint, elsewhere) == ()


@pytest.mark.parametrize(
    ("named", "unplaced"),
    [
        ({"provisioningTenantId": TENANT_ID}, [False]),
        ({"provisioningTenantId": "11111111-1111-4111-8111-111111111111"}, []),
        ({}, [True]),
    ],
)
async def test_what_names_no_tenant_is_told_as_such_and_what_names_another_is_not(
    named: dict[str, str], unplaced: list[bool]
) -> None:
    row = {key: value for key, value in ACTIVE.items() if key != "beneficiaryTenantId"} | named
    with _azure(_named("A"), A=_rows(row)) as server:
        found = await sales(server.url, HERE)
    assert [each.is_unplaced for each in found] == unplaced


async def test_an_empty_page_with_a_next_link_is_not_the_end() -> None:
    fault = {"kind": "empty_page", "on": "/azure", "count": 3}
    with account({"created": NEW}, faults=[fault]) as here:
        assert [sale.seats for sale in await here.sales()] == [10]


async def test_pages_on_another_host_are_not_read() -> None:
    elsewhere = "https://elsewhere.example/x"
    with (
        _azure(_named("a"), a=_rows(ACTIVE, nextLink=elsewhere)) as server,
        pytest.raises(ReadIncomplete),
    ):
        await sales(server.url, HERE)


@pytest.mark.parametrize(
    "agreement",
    ["MicrosoftOnlineServicesProgram", "EnterpriseAgreement", "MicrosoftPartnerAgreement"],
)
async def test_accounts_of_other_agreements_sell_nothing(agreement: str) -> None:
    with _azure(_named("a", agreement), a=_rows(ACTIVE)) as server:
        assert await sales(server.url, HERE) == ()
        assert await sales(server.url, HERE, billing_account="a") == ()
        (found,) = await receipts(server.url, HERE, order())
        assert (found.status, "no billing account" in found.summary) == (
            ReceiptStatus.REFUSED,
            True,
        )


async def test_several_accounts_are_told_and_one_is_chosen_by_its_name() -> None:
    both = (_named("a"), _named("b"))
    rows = {"a": _rows(ACTIVE), "b": _rows(ACTIVE | {"quantity": 7})}
    with _azure(*both, **rows) as server:
        with pytest.raises(
            NotAllowed, match=r"2 billing accounts: The a \(a\), The b \(b\)"
        ) as told:
            await sales(server.url, HERE)
        assert "azure_billing.billing_account" in told.value.hint
        for name in ("b", "the B"):
            found = await sales(server.url, HERE, billing_account=name)
            assert [sale.seats for sale in found] == [7]
        with pytest.raises(NotAllowed, match="no billing account c"):
            await sales(server.url, HERE, billing_account="c")


async def test_what_is_paid_by_use_is_no_sale() -> None:
    usage = ACTIVE | {"productCategory": "UsageBased"}
    with _azure(_named("a"), a=_rows(usage, ACTIVE)) as server:
        assert [sale.id for sale in await sales(server.url, HERE)] == ["s1"]


async def test_the_inventory_says_what_products_are_called() -> None:
    rows = _rows(ACTIVE | {"productTypeId": "Odd1", "skuId": "x2"})
    with _azure(_named("a"), a=rows) as server:
        (sale,) = await sales(server.url, HERE, products={E1: "odd1:X2"})
        assert sale.sku == E1


async def test_a_list_that_is_refused_is_never_an_empty_one() -> None:
    denied = refusal(403, code="AuthorizationFailed")
    with _azure(_named("a"), a=denied) as server, pytest.raises(NotAllowed, match="Authorization"):
        await sales(server.url, HERE)
    with _azure(_named("a"), a=refusal(503)) as server, pytest.raises(Unreachable):
        await sales(server.url, HERE)


async def test_a_token_for_azure_is_sent_nowhere_else() -> None:
    with pytest.raises(NotAllowed, match="is not sent to"):
        commerce("https://elsewhere.example")
