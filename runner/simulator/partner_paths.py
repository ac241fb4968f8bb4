"""Know which product a subscription may become, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.simulator.partner_context import PartnerContext, sold_subscriptions
from runner.simulator.partner_views import status_of
from runner.simulator.products import Product, load_products
from runner.simulator.subscriptions import Subscription

E3_TARGETS = ("ENTERPRISEPREMIUM", "SPE_E3", "SPE_E5", "Microsoft_365_E5_(no_Teams)")
# The paths between these are made up: Microsoft publishes none, the scenario may add others.
PATHS: Mapping[str, Sequence[str]] = {
    "STANDARDPACK": ("ENTERPRISEPACK", *E3_TARGETS),
    "ENTERPRISEPACK": E3_TARGETS,
    "ENTERPRISEPREMIUM": ("SPE_E5", "Microsoft_365_E5_(no_Teams)"),
    "SPE_E3": ("SPE_E5", "Microsoft_365_E5_(no_Teams)"),
    "Microsoft_365_E3_(no_Teams)": ("SPE_E5", "Microsoft_365_E5_(no_Teams)"),
    "Microsoft_365_E5_(no_Teams)": ("SPE_E5",),
}
# Source: commerce fact sheet, section 3.4, read 2026-11-23: E4 is no source of an upgrade.
LEGACY_PATHS: Mapping[str, Sequence[str]] = {
    "O365_BUSINESS": ("O365_BUSINESS_PREMIUM", "SPB"),
    "O365_BUSINESS_ESSENTIALS": ("O365_BUSINESS_PREMIUM", "SPB"),
    "O365_BUSINESS_PREMIUM": ("SPB",),
}
TEXTS = {
    1: "The subscription is not active.",
    2: "The subscription is not provisioned.",
    3: "A service of the subscription comes from another subscription too.",
    4: "Another change of the subscription is under way.",
}
TARGET_TEXTS = {
    1: "The subscription is not active.",
    2: "The subscription can still be cancelled.",
    3: "The term of the subscription is shorter.",
    4: "The subscription ends earlier.",
}


def targets_of(context: PartnerContext, item: Subscription) -> list[Product]:
    """Return the products that a subscription may become."""
    products = load_products()
    name = products.by_id[item.sku_id].part_number
    found: list[str] = list((PATHS if item.channel == "csp" else LEGACY_PATHS).get(name, ()))
    for source, targets in context.entry.upgrades.items():
        if products.find(source).sku_id == item.sku_id:
            found += targets
    return [products.find(word) for word in found]


def source_errors(context: PartnerContext, item: Subscription, *, moves_users: bool) -> list[int]:
    """Return what stands against moving a subscription, and its users with it.

    Source: commerce fact sheet, section 3.4, read 2026-11-23; the numbers are made up.
    """
    found = []
    if status_of(item, context.now) != "active":
        found.append(1)
    if not item.is_provisioned(context.now):
        found.append(2)
    if moves_users and shares_services(context, item):
        found.append(3)
    if context.state.is_busy(item.id):
        found.append(4)
    return found


def shares_services(context: PartnerContext, item: Subscription) -> bool:
    """Return whether a service of a subscription comes from another one too."""
    products = load_products().by_id
    own = products[item.sku_id].plans.keys()
    return any(
        other is not item
        and other.status(context.now) == "Enabled"
        and own & products[other.sku_id].plans.keys()
        for other in context.tenant.subscriptions
    )


def target_errors(context: PartnerContext, item: Subscription, target: Subscription) -> list[int]:
    """Return what stands against seats of one subscription going into another.

    Source: commerce fact sheet, section 3.4, read 2026-11-23.
    """
    now = context.now
    found = []
    if status_of(target, now) != "active":
        found.append(1)
    if now < target.window_end(now):
        found.append(2)
    if target.term_s < item.term_s:
        found.append(3)
    if target.term_end(now) < item.term_end(now):
        found.append(4)
    return found


def existing_targets(
    context: PartnerContext, item: Subscription, *, product: Product
) -> list[Subscription]:
    """Return what the customer has of the target already, from this partner."""
    return [
        other
        for other in sold_subscriptions(context)
        if other.sku_id == product.sku_id
        and other is not item
        and other.channel == "csp"
        and status_of(other, context.now) != "deleted"
    ]


def is_sold_elsewhere(context: PartnerContext, product: Product, *, besides: Subscription) -> bool:
    """Return whether the customer has a product from another partner or channel."""
    sold = sold_subscriptions(context)
    return any(
        other.sku_id == product.sku_id
        and other is not besides
        and other not in sold
        and other.is_visible(context.now)
        for other in context.tenant.subscriptions
    )
