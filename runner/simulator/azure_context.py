"""Carry what answering one call to Azure billing needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from runner.simulator.azure_accounts import Account, paid_by, subscription_name
from runner.simulator.azure_errors import not_found, wrong_request
from runner.simulator.azure_scenario import AzureEntry
from runner.simulator.azure_state import AzureState
from runner.simulator.errors import GraphError
from runner.simulator.messages import Answer, Context
from runner.simulator.subscriptions import GONE, Subscription

API_VERSION = "2024-04-01"
PREFIX = "/azure"
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class BillingContext(Context):
    """Hold one call with the names in its path; `failing` ends the operation it begins."""

    account: Account | None
    names: tuple[str, ...]
    failing: GraphError | None = None

    @property
    def entry(self) -> AzureEntry:
        """Return how Azure billing behaves in this tenant."""
        return self.tenant.entry.azure

    @property
    def state(self) -> AzureState:
        """Return what Azure billing remembers of this tenant."""
        return self.tenant.azure

    @property
    def billing(self) -> Account:
        """Return the billing account in the path.

        Raises: GraphError 404 when there is none of that name.
        """
        if self.account is None:
            raise not_found(self.request.path)
        return self.account


def shown_subscriptions(context: BillingContext, *, deleted: bool) -> list[Subscription]:
    """Return the subscriptions of the account that a reader sees at this moment."""
    return [
        item
        for item in paid_by(context.billing, context.tenant)
        if item.visible_at <= context.as_of and (deleted or item.status(context.as_of) != GONE)
    ]


def subscription_named(context: BillingContext, name: str) -> Subscription:
    """Return the subscription of the account with this name, deleted or not.

    Raises: GraphError 404 when there is none.
    """
    for item in shown_subscriptions(context, deleted=True):
        if subscription_name(context.tenant, item) == name.lower():
            return item
    raise not_found(context.request.path)


def list_answer(
    context: BillingContext, items: Sequence[T], *, show: Callable[[T], Mapping[str, Any]]
) -> Answer:
    """Return one page of a list with the link to the next.

    Raises: GraphError 400 for an option that is not served, or a number that is none.
    """
    request = context.request
    for option in ("filter", "orderBy", "search"):
        if option in request.query:
            raise wrong_request(f"The query option '{option}' is not supported.")
    start = _number(context, "skip", default=0)
    end = (
        start
        if context.gives_empty_page
        else start + _number(context, "top", default=context.entry.page)
    )
    body: dict[str, Any] = {"value": [show(item) for item in items[start:end]]}
    if request.query.get("count", "").lower() == "true":
        body["totalCount"] = len(items)
    if end < len(items):
        query = urlencode({**request.query, "skip": str(end)})
        body["nextLink"] = f"{request.root}{request.path}?{query}"
    return Answer(body=body)


def _number(context: BillingContext, option: str, *, default: int) -> int:
    text = context.request.query.get(option, str(default))
    if not text.isdigit():
        raise wrong_request(f"The value '{text}' of the query option '{option}' is not valid.")
    return int(text)
