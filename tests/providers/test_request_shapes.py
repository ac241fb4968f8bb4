"""What is said to Partner Center and Azure billing has the shapes of their documents.

Every test of this room and of the journeys is held against them as well, by the same recorder.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runner.model.orders import OrderVerb
from tests.providers.azure import NEW, account
from tests.providers.azure import order as azure_order
from tests.providers.customers import E5, customer
from tests.providers.partner import E5_ITEM
from tests.providers.partner import order as partner_order
from tests.providers.recorded import SHAPES, Exchange, Recorder, load_shapes, offences

APIS = ("partner_center", "azure_billing")
SHEET = Path(__file__).resolve().parents[2] / "docs" / "reference" / "commerce.md"
CUSTOMERS = "GET /v1/customers"
"""Read by the inventory, whose tests record it."""


PARTNER_ORDERS = (
    (OrderVerb.BUY, 25),
    (OrderVerb.RESIZE_AT_RENEWAL, 15),
    (OrderVerb.RESIZE, 18),
    (OrderVerb.STOP_RENEWAL, 0),
    (OrderVerb.CANCEL, 0),
)


async def _partner() -> None:
    """Buy, raise, schedule, reduce, let end and cancel as a partner, then upgrade in place."""
    with customer(purchase={"credit_check": "1h", "visible": False}) as contoso:
        contoso.wanted = 20
        assert await contoso.run()
        await contoso.place(partner_order(reference=contoso.reference))
        for verb, seats in PARTNER_ORDERS:
            contoso.lose_journal()
            await contoso.ask(verb, await contoso.only(E5), sale_seats=seats, seats=seats)
    with customer() as contoso:
        sale = await contoso.only()
        for _ in range(3):
            await contoso.ask(OrderVerb.TRANSITION, sale, target_product=E5_ITEM)
            contoso.world.advance("20 min")


async def _azure() -> None:
    """Buy, raise, reduce, let end and cancel on the own agreement."""
    with account({"created": NEW}, azure={"retry_after": 0}) as here:
        await here.place(azure_order())
        sale = next(each for each in await here.sales() if each.sku != E5)
        for verb in (OrderVerb.BUY, OrderVerb.RESIZE, OrderVerb.STOP_RENEWAL, OrderVerb.CANCEL):
            seats = {OrderVerb.BUY: 20, OrderVerb.RESIZE: 5}.get(verb, 0)
            await here.place(azure_order(verb, sale, seats=seats, sale_seats=seats))
            sale = next((each for each in await here.sales() if each.id == sale.id), sale)


PARTS = {"partner_center": _partner, "azure_billing": _azure}


@pytest.mark.parametrize("api", APIS)
async def test_every_call_that_has_a_shape_is_made_and_has_it(api: str, recorder: Recorder) -> None:
    await PARTS[api]()
    assert recorder.offences() == []
    shapes = load_shapes(api)
    made = {call.row["call"] for each in recorder.exchanges if (call := shapes.find(each))}
    assert {each.row["call"] for each in shapes.calls} - made - {CUSTOMERS} == set()


def _misspelled(body: Any) -> Iterator[Any]:
    """Yield a body once for every name in it, with that name misspelled."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield {f"{key}x" if key == name else key: each for key, each in body.items()}
            yield from ({**body, name: each} for each in _misspelled(value))
    elif isinstance(body, list):
        for place, value in enumerate(body):
            yield from ([*body[:place], each, *body[place + 1 :]] for each in _misspelled(value))


def _spoilt(sound: Exchange) -> Iterator[Exchange]:
    """Yield an exchange with everything in it misspelled in turn."""
    yield replace(sound, path=f"{sound.path}x/{sound.path[-3:]}")
    yield replace(sound, query={**sound.query, "sizes": "10"})
    yield from (
        replace(sound, query={k: v for k, v in sound.query.items() if k != name})
        for name in sound.query
        if name not in ("skip", "size", "operation-id")
    )
    if sound.body:
        for body in _misspelled(json.loads(sound.body)):
            yield replace(sound, body=json.dumps(body).encode())
    if sound.answer:
        for body in _misspelled(json.loads(sound.answer)):
            yield replace(sound, answer=json.dumps(body).encode())


@pytest.mark.parametrize("api", APIS)
async def test_whatever_is_misspelled_is_found(api: str, recorder: Recorder) -> None:
    await PARTS[api]()
    sound = {str(each): each for each in recorder.exchanges}
    spoilt = [each for one in sound.values() for each in _spoilt(one)]
    assert len(spoilt) > 100
    assert [each for each in spoilt if not list(offences(each))] == []


@pytest.mark.parametrize("name", ["authorization", "ms-requestid", "ms-correlationid", "if-match"])
async def test_a_header_that_is_left_out_is_found(name: str, recorder: Recorder) -> None:
    await _partner()
    (changed, *_) = [each for each in recorder.exchanges if each.method == "PATCH"]
    headers = {key: value for key, value in changed.headers.items() if key != name}
    assert list(offences(changed)) == []
    assert list(offences(replace(changed, headers=headers))) != []


@pytest.mark.parametrize("api", APIS)
def test_every_name_of_a_shape_is_in_the_fact_sheet_or_says_where_else(api: str) -> None:
    document = json.loads((SHAPES / f"{api}.json").read_text(encoding="utf-8"))
    beyond = {name for names in document["beyond"].values() for name in names}
    words = set(re.findall(r"[\w-]+", SHEET.read_text(encoding="utf-8")))
    used = set(_names(document))
    assert used - words - beyond == set()
    assert beyond - used == set(), "said to be from elsewhere, and in no shape"


def _names(node: Any) -> Iterator[str]:
    """Yield every field, query option and part of a path that shapes name."""
    if isinstance(node, list):
        for each in node:
            yield from _names(each)
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "properties":
            yield from value
        elif key == "call":
            yield from re.findall(r"[\w-]+", re.sub(r"\{\w+\}|^\w+ ", "", value))
        elif key == "query":
            yield from value
        if key != "beyond":
            yield from (_names(value) if key != "properties" else _names(list(value.values())))


@pytest.mark.parametrize("api", APIS)
def test_shapes_are_schemas_whose_references_lead_somewhere(api: str) -> None:
    document = load_shapes(api).document
    Draft202012Validator.check_schema({"$defs": document["$defs"]})
    text = (SHAPES / f"{api}.json").read_text(encoding="utf-8")
    assert set(re.findall(r'"#/\$defs/(\w+)"', text)) == set(document["$defs"])
