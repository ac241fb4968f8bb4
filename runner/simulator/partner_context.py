"""Carry what answering one call to Partner Center needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from runner.simulator.errors import GraphError
from runner.simulator.messages import Answer, Context, read_json
from runner.simulator.partner_errors import refused
from runner.simulator.partner_scenario import PartnerEntry
from runner.simulator.partner_state import PartnerState, Terms
from runner.simulator.parts import PARTNER
from runner.simulator.subscriptions import CSP, Subscription
from runner.simulator.tenant import Tenant

PREFIX = "/partner"
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class PartnerContext(Context):
    """Hold one call with the names in its path, those after the customer's.

    A `line_error` goes into a cart or an order that is answered as if all were well.
    """

    names: tuple[str, ...]
    line_error: int | None = None

    @property
    def entry(self) -> PartnerEntry:
        """Return how Partner Center behaves for this customer."""
        return self.tenant.entry.partner

    @property
    def state(self) -> PartnerState:
        """Return what Partner Center remembers of this customer."""
        return self.tenant.partner

    @property
    def key(self) -> str:
        """Return the id by which the caller knows this request again."""
        return self.request.headers.get("ms-requestid", "")

    def terms(self, item: Subscription) -> Terms:
        """Return what Partner Center knows of a subscription besides."""
        terms = self.state.terms_of(item.id)
        if item.cancels_at_end and not terms.actions:
            terms.actions = [{"scheduleType": "TermEnd", "actionType": "Cancel"}]
        return terms


def partner_id(tenant: Tenant, item: Subscription) -> str:
    """Return the id that Partner Center gives a subscription."""
    return item.id if tenant.entry.partner.ids == "own" else item.commerce_id


def sold_subscriptions(context: PartnerContext) -> list[Subscription]:
    """Return what this partner sold to the customer, as a reader sees it, deleted or not."""
    return [
        item
        for item in context.tenant.subscriptions
        if item.channel in CSP and item.owner_tenant == PARTNER and item.visible_at <= context.as_of
    ]


def subscription_named(context: PartnerContext, name: str) -> Subscription:
    """Return the subscription with this id.

    Raises: GraphError 404 when this partner sold none such.
    """
    for item in sold_subscriptions(context):
        if partner_id(context.tenant, item) == name.lower():
            return item
    raise refused(1000, f"Subscription '{name}'.")


def read_body(context: PartnerContext) -> dict[str, Any]:
    """Return the body of a call.

    Raises: GraphError 400 with code 800002 when it is no JSON object.
    """
    try:
        return read_json(context)
    except GraphError as error:
        raise refused(800002, error.message) from None


def whole_number(value: Any) -> int:
    """Return a number of seats.

    Raises: GraphError 400 when it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise refused(800002, f"Quantity '{value}'.")
    return value


def list_answer(
    context: PartnerContext, items: Sequence[T], *, show: Callable[[T], Mapping[str, Any]]
) -> Answer:
    """Return a list; with `size` a page of it, the next being told by a token.

    Source: commerce fact sheet, `[PC-HDR]` of section 8, read 2026-11-23.
    """
    query = context.request.query
    start = _whole(context.request.headers.get("ms-continuationtoken", ""), default=0)
    end = start + (0 if context.gives_empty_page else _whole(query.get("size", ""), default=500))
    body: dict[str, Any] = {
        "totalCount": len(items),
        "items": [dict(show(item)) for item in items[start:end]],
        "attributes": {"objectType": "Collection"},
    }
    if end < len(items):
        path = context.request.path.removeprefix(f"{PREFIX}/v1")
        token = {"key": "MS-ContinuationToken", "value": str(end)}
        uri = f"{path}?{urlencode({**query, 'seekOperation': 'Next'})}"
        body["links"] = {"next": {"uri": uri, "method": "GET", "headers": [token]}}
    return Answer(body=body)


def _whole(text: str, *, default: int) -> int:
    if not text:
        return default
    if not text.isdigit():
        raise refused(3000, f"'{text}' is no number.")
    return int(text)
