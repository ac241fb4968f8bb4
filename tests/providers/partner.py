"""A partner's API with one customer, kept by the test: what it was asked and what it shows."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from runner.model.findings import Origin
from runner.model.ids import SkuId, tenant_id
from runner.model.orders import Order, OrderVerb, Receipt
from runner.model.sales import Sale
from runner.model.spec import Auth, Channel, PartnerCenter, Purchase, SecretRef
from runner.providers.graph.application import Application
from runner.providers.partner_center import PartnerCenterCommerce
from tests.providers.scripted import Answer, Asked, Scripted, refusal, scripted
from tests.providers.served import E5, TOKEN_VARIABLE, HastyClock, tenant

CUSTOMER = tenant_id("8f14e45f-ceea-467f-a0e6-0d1f0c8b3a11")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
E5_ITEM = "CFQ7TTC0LF8S:0002:AVAIL"
LINE = {"catalogItemId": E5_ITEM, "quantity": 10, "termDuration": "P1Y", "billingCycle": "monthly"}
CART = {"id": "c1", "status": "Active", "lineItems": [{"id": 0, **LINE, "error": None}]}
PLACED = {
    "id": "o1",
    "status": "pending",
    "creationDate": "2026-11-23T09:01:00Z",
    "lineItems": [{"offerId": E5_ITEM, "quantity": 10, "subscriptionId": "s1"}],
}
ELIGIBLE = {
    "catalogItemId": E5_ITEM,
    "eligibilities": [{"transitionType": "transition_with_license_transfer", "isEligible": True}],
}

Rules = Mapping[tuple[str, str], Callable[[Asked], Answer | None]]


def row(**more: Any) -> dict[str, Any]:
    """Return a new-commerce subscription of E5 as Partner Center shows it."""
    return {
        "id": "AA11",
        "offerId": E5_ITEM,
        "quantity": 10,
        "status": "active",
        "autoRenewEnabled": True,
        "commitmentEndDate": "2027-06-30T00:00:00Z",
        "termDuration": "P1Y",
        "billingCycle": "monthly",
        "cancellationAllowedUntilDate": "2026-11-28T00:00:00Z",
        "productType": {"id": "OnlineServicesNCE"},
        "attributes": {"etag": "e1"},
        "friendlyName": "kept as it is",
        **more,
    }


def listed(*items: Any) -> Callable[[Asked], Answer]:
    """Return what answers with a list."""
    return lambda asked: Answer(body={"totalCount": len(items), "items": list(items)})


def said(status: int, code: int | str) -> Callable[[Asked], Answer]:
    """Return what answers with an error of Partner Center."""
    return lambda asked: Answer(status=status, body={"code": code, "description": "said so"})


def answers(*several: Any) -> Any:
    """Return what gives these answers one after the other, the last one for ever."""
    left: Iterator[Any] = iter(several[:-1])

    def answer(asked: Asked) -> Any:
        return next(left, several[-1])(asked)

    return answer


def with_body(body: Any, status: int = 200) -> Any:
    """Return what answers with this body."""
    return lambda asked: Answer(status=status, body=body)


def lost(asked: Asked) -> None:
    """Close the connection without an answer."""


@contextmanager
def partner(rules: Rules) -> Iterator[Scripted]:
    """Serve a partner's API; `rules` go by method and the end of the path."""
    known: Rules = {
        ("GET", f"customers/{CUSTOMER}"): lambda asked: Answer(
            body={"id": CUSTOMER, "billingProfile": {"defaultAddress": {"country": "IT"}}}
        ),
        ("GET", "orders"): listed(),
        ("GET", "subscriptions"): listed(),
        ("GET", "transitionEligibilities"): listed(),
        ("GET", "availabilities"): listed({"catalogItemId": E5_ITEM, "terms": []}),
        **rules,
    }

    def script(asked: Asked) -> Answer | None:
        path = asked.path.split("?")[0]
        found = [
            rule
            for (verb, end), rule in known.items()
            if verb == asked.method and path.endswith(end)
        ]
        return found[-1](asked) if found else refusal(404)

    with scripted(script) as server:
        yield server


def commerce(server: Scripted, **more: Any) -> PartnerCenterCommerce:
    """Return the channel of the customer behind a server."""
    settings = PartnerCenter(
        auth=Auth(method="token", token=SecretRef(env=TOKEN_VARIABLE)),
        endpoint=server.url,
        products=MappingProxyType(more.pop("products", {})),
        where=Origin(file="inventory.yaml", line=4),
    )
    return PartnerCenterCommerce(
        settings,
        tenant=tenant(None),
        clock=more.pop("clock", None) or HastyClock(),
        application=Application(),
    )


def order(verb: OrderVerb = OrderVerb.BUY, sale: Sale | None = None, **more: Any) -> Order:
    """Return an order for ten seats of E5."""
    fields: dict[str, Any] = {
        "key": "key-1",
        "step": "contoso/buy_seats/1",
        "verb": verb,
        "channel": Channel.PARTNER_CENTER,
        "sku": SkuId(E5),
        "product": "Office 365 E5",
        "part_number": "ENTERPRISEPREMIUM",
        "seats": 10,
        "seats_now": 0,
        "sale": sale,
        "sale_seats": 10,
        "known_sales": frozenset({sale.id} if sale else ()),
        "purchase": Purchase(term="annual", billing="monthly"),
        "now": NOW,
        "opened_at": NOW,
        "deadline_at": NOW + timedelta(days=3),
        "timezone": "UTC",
    }
    return Order(**(fields | more))


async def receipts(
    server: Scripted, wanted: Order, *, clock: HastyClock | None = None
) -> list[Receipt]:
    """Place an order and return every receipt."""
    channel = commerce(server, clock=clock)
    try:
        return [each async for each in channel.place(CUSTOMER, wanted)]
    finally:
        await channel.close()


async def sales(server: Scripted) -> tuple[Sale, ...]:
    """Read what is sold."""
    channel = commerce(server)
    try:
        return await channel.read(CUSTOMER)
    finally:
        await channel.close()


def sent(server: Scripted, method: str, end: str) -> list[Any]:
    """Return the bodies that were sent so."""
    return [
        json.loads(each.body) if each.body else None
        for each in server.asked
        if each.method == method and each.path.split("?")[0].endswith(end)
    ]
