"""A partner's customers are read to the last page from either list, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.model.customers import Customer
from runner.model.findings import (
    NotAllowed,
    Origin,
    ProviderError,
    ReadIncomplete,
    Throttled,
    Unreachable,
)
from runner.model.ids import tenant_id
from runner.model.spec import Auth, PartnerCenter, SecretRef
from runner.providers.graph.application import Application
from runner.providers.graph.contracts import read_contracts
from runner.providers.partner_center.customers import read_customers
from tests.providers.partner import answers, said, with_body
from tests.providers.scripted import Answer, Asked, Script, refusal, scripted
from tests.providers.served import TOKEN_VARIABLE, HastyClock, tenant

IDS = [f"00000000-0000-4000-8000-{number:012d}" for number in range(4)]
TOKEN = {"key": "MS-ContinuationToken", "value": "behind-the-first"}


def _row(number: int, **more: Any) -> dict[str, Any]:
    """Return a customer as Partner Center shows it."""
    profile = {"tenantId": IDS[number].upper(), "domain": f"C{number}.test", "companyName": "C"}
    return {
        "id": IDS[number].upper(),
        "companyProfile": profile,
        "relationshipToPartner": "reseller",
        **more,
    }


def _page(*rows: Any, goes_on: bool = False, **more: Any) -> Any:
    """Return what answers with a page of Partner Center's."""
    uri = "/customers?size=100&seekOperation=Next"
    links = {"next": {"uri": uri, "method": "GET", "headers": [TOKEN]}} if goes_on else {}
    return with_body({"items": list(rows), "links": links, **more})


def _contract(number: int, **more: Any) -> dict[str, Any]:
    """Return a contract as Graph shows it."""
    return {
        "customerId": IDS[number].upper(),
        "defaultDomainName": f"C{number}.test",
        "displayName": "C",
        "contractType": "ResellerPartner",
        **more,
    }


def _customer(number: int) -> Customer:
    return Customer(
        tenant_id=tenant_id(IDS[number]),
        name="C",
        domain=f"c{number}.test",
        relationship="reseller",
    )


async def _from_partner_center(script: Script, clock: HastyClock) -> tuple[Customer, ...]:
    with scripted(script) as server:
        settings = PartnerCenter(
            auth=Auth(method="token", token=SecretRef(env=TOKEN_VARIABLE)),
            endpoint=server.url,
            where=Origin(file="customers.yaml", line=2),
        )
        return await read_customers(
            settings, tenant=tenant(None), clock=clock, application=Application()
        )


async def _from_graph(script: Script, clock: HastyClock) -> tuple[Customer, ...]:
    with scripted(script) as server:
        return await read_contracts(
            tenant(f"{server.url}/v1.0"),
            clock=clock,
            application=Application(),
            tell=lambda pause_s, refusals: None,
        )


def _graph_pages(*pages: list[dict[str, Any]]) -> Callable[[Asked], Answer]:
    """Return what answers with pages of contracts, each but the last naming the next."""

    def answer(asked: Asked) -> Answer:
        number = int(asked.path.partition("page=")[2] or 0)
        body: dict[str, Any] = {"value": pages[number]}
        if number + 1 < len(pages):
            host = asked.headers["host"]
            body["@odata.nextLink"] = f"http://{host}/v1.0/contracts?page={number + 1}"
        return Answer(body=body)

    return answer


async def test_partner_centers_list_is_read_to_its_last_page_with_the_token_of_each() -> None:
    tokens: list[str] = []

    def script(asked: Asked) -> Any:
        tokens.append(asked.headers.get("ms-continuationtoken", ""))
        first, empty, last = _page(_row(2), goes_on=True), _page(goes_on=True), _page(_row(0))
        return (first, empty, last)[len(tokens) - 1](asked)

    found = await _from_partner_center(script, HastyClock())
    assert found == (_customer(0), _customer(2))
    assert tokens == ["", "behind-the-first", "behind-the-first"]


async def test_contracts_are_read_to_the_last_page() -> None:
    pages = _graph_pages([_contract(2)], [], [_contract(0), _contract(1)])
    found = await _from_graph(pages, HastyClock())
    assert found == (_customer(0), _customer(1), _customer(2))


@pytest.mark.parametrize(
    ("kind", "word"),
    [("BreadthPartner", "advisor"), ("SyndicationPartner", "syndication"), ("New", "new")],
)
async def test_contract_types_are_called_as_in_partner_center(kind: str, word: str) -> None:
    (found,) = await _from_graph(_graph_pages([_contract(0, contractType=kind)]), HastyClock())
    assert found.relationship == word


async def test_a_partner_without_customers_has_none() -> None:
    assert await _from_partner_center(_page(totalCount=0), HastyClock()) == ()
    assert await _from_graph(_graph_pages([]), HastyClock()) == ()


async def test_a_pause_is_waited_out_and_a_long_one_ends_the_read() -> None:
    clock = HastyClock()
    busy = Answer(status=429, body={}, headers={"Retry-After": "7"})
    script = answers(lambda asked: busy, _page(_row(1)))
    assert await _from_partner_center(script, clock) == (_customer(1),)
    assert clock.waited_s > 6.5
    clock = HastyClock()
    script = answers(lambda asked: busy, _graph_pages([_contract(1)]))
    assert await _from_graph(script, clock) == (_customer(1),)
    assert clock.waited_s > 6.5
    long = Answer(status=429, body={}, headers={"Retry-After": "4000"})
    for read in (_from_partner_center, _from_graph):
        with pytest.raises(Throttled):
            await read(lambda asked: long, HastyClock())


async def test_who_may_not_read_the_list_is_told_what_it_takes() -> None:
    with pytest.raises(NotAllowed, match="403") as caught:
        await _from_partner_center(said(403, 900150), HastyClock())
    assert "Admin agent" in caught.value.hint
    with pytest.raises(NotAllowed, match="contracts: 403") as refused:
        await _from_graph(lambda asked: refusal(403), HastyClock())
    assert "Directory.Read.All" in refused.value.hint
    with pytest.raises(NotAllowed, match="401"):
        await _from_partner_center(said(401, 800001), HastyClock())


@pytest.mark.parametrize(
    "rest",
    [
        said(403, 900150),
        with_body({}),
        with_body({"items": None}),
        _page(_row(1), totalCount=3),
        _page(_row(1, id=None, companyProfile=None)),
        _page(_row(0), goes_on=True),
    ],
    ids=["refused", "no list", "null", "fewer than counted", "nobody", "the same again"],
)
async def test_a_half_read_list_of_partner_center_is_an_error(rest: Any) -> None:
    script = answers(_page(_row(0), goes_on=True), rest)
    with pytest.raises(ProviderError) as caught:
        await _from_partner_center(script, HastyClock())
    assert isinstance(caught.value, ReadIncomplete | NotAllowed)


async def test_a_half_read_list_of_contracts_is_an_error() -> None:
    with pytest.raises(ReadIncomplete, match="no customer"):
        await _from_graph(
            _graph_pages([_contract(0)], [_contract(1, customerId=None)]), HastyClock()
        )
    gone = answers(_graph_pages([_contract(0)], []), lambda asked: refusal(410))
    with pytest.raises(ProviderError, match="410"):
        await _from_graph(gone, HastyClock())
    silent = answers(_graph_pages([_contract(0)], []), lambda asked: Answer(status=503))
    with pytest.raises(Unreachable):
        await _from_graph(silent, HastyClock())


async def test_a_token_is_sent_to_no_other_host_that_a_page_names() -> None:
    away = {"next": {"uri": "https://elsewhere.test/v1/customers", "headers": []}}
    with pytest.raises(ReadIncomplete, match="elsewhere"):
        await _from_partner_center(_page(_row(0), links=away), HastyClock())
