"""Upgrade legacy subscriptions, where a path was ever published."""

from __future__ import annotations

from typing import Any

from runner.simulator.messages import Answer
from runner.simulator.partner_context import (
    PartnerContext,
    list_answer,
    partner_id,
    read_body,
    sold_subscriptions,
    subscription_named,
)
from runner.simulator.partner_errors import refused
from runner.simulator.partner_moves import PARTNER_BUYER, reassign
from runner.simulator.partner_paths import shares_services, targets_of
from runner.simulator.partner_reads import is_child
from runner.simulator.partner_views import status_of
from runner.simulator.parts import object_id
from runner.simulator.products import Product
from runner.simulator.purchases import Wish, add_subscription
from runner.simulator.subscriptions import Subscription

TYPES = ("upgrade_only", "upgrade_with_license_transfer")


def list_upgrades(context: PartnerContext) -> Answer:
    """Return the legacy offers that a subscription may become; for most there is none."""
    item = subscription_named(context, context.names[0])

    def show(product: Product) -> dict[str, Any]:
        errors = _errors(context, item)
        return {
            "targetOffer": {"id": _offer(product), "name": product.name},
            "upgradeType": "none" if errors else TYPES[1],
            "isEligible": not errors,
            "quantity": item.seats,
            "upgradeErrors": errors,
        }

    return list_answer(context, _targets(context, item), show=show)


def upgrade(context: PartnerContext) -> Answer:
    """Replace a legacy subscription by one of a higher offer; errors come in the answer."""
    item = subscription_named(context, context.names[0])
    wanted = read_body(context)
    offer = wanted.get("targetOffer")
    key = offer.get("id") if isinstance(offer, dict) else None
    product = next((one for one in _targets(context, item) if _offer(one) == key), None)
    if product is None:
        raise refused(800002, "There is no upgrade path to the target offer.")
    kind = wanted.get("upgradeType")
    if kind not in TYPES:
        raise refused(3000, "'upgradeType'.")
    errors = _errors(context, item)
    made = None if errors else _replace(context, item, product=product)
    if made is not None and kind == TYPES[1]:
        reassign(context.tenant, source=item.sku_id, target=product.sku_id, now=context.now)
    return Answer(
        body={
            "sourceSubscriptionId": partner_id(context.tenant, item),
            "targetSubscriptionId": None if made is None else partner_id(context.tenant, made),
            "upgradeType": kind,
            "upgradeErrors": errors,
            "licenseErrors": [],
        }
    )


def _targets(context: PartnerContext, item: Subscription) -> list[Product]:
    return targets_of(context, item) if item.channel == "csp_legacy" else []


def _offer(product: Product) -> str:
    return object_id("catalog", "offer", key=product.sku_id)


def _errors(context: PartnerContext, item: Subscription) -> list[dict[str, str]]:
    found = []
    if status_of(item, context.now) != "active":
        found.append("subscription_status_not_active")
    if any(is_child(other, item) for other in sold_subscriptions(context)):
        found.append("subscription_add_ons_present")
    if shares_services(context, item):
        found.append("conflicting_service_types")
    return [{"code": word, "description": word.replace("_", " ")} for word in found]


def _replace(context: PartnerContext, item: Subscription, *, product: Product) -> Subscription:
    wish = Wish(
        product=product,
        seats=item.seats,
        buyer=PARTNER_BUYER,
        channel=item.channel,
        term=item.term,
        billing_cycle=item.billing_cycle,
        renews=item.renews,
        owner_tenant=item.owner_tenant,
        ends_at=item.term_end(context.now),
    )
    item.stop(context.now, status="Suspended")
    return add_subscription(context.tenant, wish, now=context.now)
