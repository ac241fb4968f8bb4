"""Buy through Azure billing, at most once for every alias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.azure_accounts import subscription_name
from runner.simulator.azure_catalog import product_of, wish_for
from runner.simulator.azure_context import BillingContext
from runner.simulator.azure_errors import conflict, wrong_request
from runner.simulator.azure_operations import answer_begun, begin
from runner.simulator.azure_rules import whole_number
from runner.simulator.azure_state import Alias, Operation
from runner.simulator.azure_views import show_alias
from runner.simulator.azure_writes import WRITABLE, change, read_properties
from runner.simulator.catalog import CYCLES
from runner.simulator.messages import Answer
from runner.simulator.products import Product
from runner.simulator.purchases import buy as buy_now
from runner.simulator.subscriptions import TERMS_S

FIXED = (
    "productTypeId",
    "skuId",
    "termDuration",
    "billingFrequency",
    "billingProfileId",
    "invoiceSectionId",
    "provisioningTenantId",
    "beneficiaryTenantId",
)


def put_alias(context: BillingContext) -> Answer:
    """Buy under an alias; the same body again buys nothing and answers the same.

    Raises: GraphError 400 for what cannot be bought, 409 while the first call is under way
        with another body, or where an alias is never changed.
    """
    name = context.names[-1].lower()
    wanted = read_properties(context)
    alias = context.state.aliases.get(name)
    if alias is None or alias.has_failed:
        return answer_begun(context, _buy(context, name, wanted=wanted), status=201)
    if wanted == alias.wanted and not alias.operation.has_failed:
        if not alias.operation.is_done:
            return answer_begun(context, alias.operation)
        return Answer(body=show_alias(context, alias))
    if not alias.operation.is_done or context.entry.alias_change == "refuse":
        text = f"The alias '{alias.name}' is in use with other properties."
        raise conflict(text, code="AliasInUse")
    return answer_begun(context, _update(context, alias, wanted=wanted))


def _buy(context: BillingContext, name: str, *, wanted: Mapping[str, Any]) -> Operation:
    _check(context, wanted)

    def buy(at: float) -> None:
        wish = wish_for(_check(context, wanted), wanted, key=name)
        item = buy_now(context.tenant, wish, now=at)
        alias.subscription_id = item.id
        if "displayName" in wanted:
            key = subscription_name(context.tenant, item)
            context.state.display_names[key] = str(wanted["displayName"])

    operation = begin(
        context,
        verb="putBillingSubscriptionAlias",
        subject=name,
        act=buy,
        show=lambda asked: show_alias(asked, alias),
    )
    alias = Alias(name=name, wanted=wanted, operation=operation)
    context.state.aliases[name] = alias
    return operation


def _update(context: BillingContext, alias: Alias, *, wanted: Mapping[str, Any]) -> Operation:
    for name in (*FIXED, *wanted):
        if name not in WRITABLE and wanted.get(name) != alias.wanted.get(name):
            raise wrong_request(f"The property '{name}' cannot be updated.")
    item = next(item for item in context.tenant.subscriptions if item.id == alias.subscription_id)
    changes = {key: to for key, to in wanted.items() if to != alias.wanted.get(key)}
    alias.operation = change(
        context, item, wanted=changes, show=lambda asked: show_alias(asked, alias)
    )
    alias.wanted = wanted
    return alias.operation


def _check(context: BillingContext, wanted: Mapping[str, Any]) -> Product:
    account = context.billing
    whole_number(wanted.get("quantity"))
    if wanted.get("termDuration") not in TERMS_S:
        raise wrong_request(f"The term '{wanted.get('termDuration')}' is not valid.")
    if wanted.get("billingFrequency") not in CYCLES:
        raise wrong_request(f"The frequency '{wanted.get('billingFrequency')}' is not valid.")
    places = {
        "billingProfileId": account.profile_id,
        "invoiceSectionId": account.section_id,
        "provisioningTenantId": context.tenant.id,
        "beneficiaryTenantId": context.tenant.id,
    }
    for name, there in places.items():
        if str(wanted.get(name, there)).lower() != there.lower():
            raise wrong_request(f"The value of '{name}' does not belong to the account.")
    product = product_of(wanted.get("productTypeId"), wanted.get("skuId"))
    is_alone = context.tenant.entry.purchase.one_at_a_time
    for item in context.tenant.subscriptions if is_alone else ():
        if item.sku_id == product.sku_id and not item.is_checked(context.now):
            text = "A purchase of this product is under review."
            raise conflict(text, code="PurchaseInProgress")
    return product
