"""Split a subscription in two, or merge two into one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.azure_accounts import subscription_name
from runner.simulator.azure_catalog import product_of, wish_for
from runner.simulator.azure_context import BillingContext, subscription_named
from runner.simulator.azure_errors import wrong_request
from runner.simulator.azure_operations import answer_begun, begin
from runner.simulator.azure_rules import check_active, check_unlocked, whole_number
from runner.simulator.azure_views import show_subscription
from runner.simulator.catalog import CYCLES
from runner.simulator.messages import Answer, read_json
from runner.simulator.products import Product
from runner.simulator.purchases import add_subscription
from runner.simulator.subscriptions import GONE, TERMS_S, Subscription


def split_subscription(context: BillingContext) -> Answer:
    """Turn some of the seats into a subscription of their own; users are moved by nobody.

    Source: Azure/azure-rest-api-specs, `BillingSubscriptions_Split` 2024-04-01, read
    2026-11-23: fewer seats than there are, and not none.
    """
    item = subscription_named(context, context.names[-1])
    check_unlocked(context, item)
    asked = read_json(context)
    wanted = {**asked, "quantity": whole_number(asked.get("quantity"))}
    _check_split(item, wanted=wanted, now=context.now)
    made: list[Subscription] = []

    def split(at: float) -> None:
        product = _check_split(item, wanted=wanted, now=at)
        item.resize(item.seats - wanted["quantity"], at)
        context.tenant.note_seats(item.sku_id, at)
        made.append(add_subscription(context.tenant, wish_for(product, wanted), now=at))

    operation = begin(
        context,
        verb="splitBillingSubscription",
        subject=subscription_name(context.tenant, item),
        act=split,
        show=lambda later: show_subscription(later, made[0]),
    )
    return answer_begun(context, operation)


def _check_split(item: Subscription, *, wanted: Mapping[str, Any], now: float) -> Product:
    check_active(item, now)
    if wanted["quantity"] >= item.seats:
        text = f"The quantity must be less than {item.seats}."
        raise wrong_request(text, code="InvalidQuantity")
    if wanted.get("termDuration") not in TERMS_S or wanted.get("billingFrequency") not in CYCLES:
        raise wrong_request("The term or the billing frequency is not valid.")
    return product_of(wanted.get("targetProductTypeId"), wanted.get("targetSkuId"))


def merge_subscription(context: BillingContext) -> Answer:
    """Put seats of a subscription into another of the same product.

    Source: Azure/azure-rest-api-specs, `BillingSubscriptionMergeRequest` 2024-04-01, read
    2026-11-23. That a subscription without seats is gone is inferred.
    """
    item = subscription_named(context, context.names[-1])
    asked = read_json(context)
    target = subscription_named(context, str(asked.get("targetBillingSubscriptionName")))
    seats = whole_number(asked.get("quantity", item.seats))
    for one in (item, target):
        check_unlocked(context, one)
    _check_merge(item, target, seats=seats, now=context.now)

    def merge(at: float) -> None:
        _check_merge(item, target, seats=seats, now=at)
        target.resize(target.seats + seats, at)
        item.resize(item.seats - seats, at)
        if item.seats == 0:
            item.stop(at, status=GONE)

    operation = begin(
        context,
        verb="mergeBillingSubscription",
        subject=subscription_name(context.tenant, item),
        act=merge,
        show=lambda later: show_subscription(later, target),
    )
    return answer_begun(context, operation)


def _check_merge(item: Subscription, target: Subscription, *, seats: int, now: float) -> None:
    for one in (item, target):
        check_active(one, now)
    if item is target or item.sku_id != target.sku_id or seats > item.seats:
        text = "The target must be another subscription of the same product, with enough seats."
        raise wrong_request(text, code="InvalidMerge")
