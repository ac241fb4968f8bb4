"""Keep what is to change at the next renewal, and change it then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.partner_carts import check_term
from runner.simulator.partner_catalog import product_of
from runner.simulator.partner_context import PartnerContext, whole_number
from runner.simulator.partner_errors import refused
from runner.simulator.partner_moves import convert, reassign
from runner.simulator.products import Product
from runner.simulator.subscriptions import TERMS_S, Subscription


def check_instructions(context: PartnerContext, instructions: Any, *, renews: bool) -> None:
    """Refuse instructions for the next term that cannot be followed.

    Raises: GraphError 400, 404 for what the catalog has not.
    """
    if instructions is None:
        return
    if not renews:
        raise refused(900279, "The next term needs 'autoRenewEnabled' true.")
    _read(context, instructions)


def schedule(
    context: PartnerContext,
    item: Subscription,
    *,
    instructions: dict[str, Any] | None,
    now: float,
) -> None:
    """Keep the instructions and follow them when the term ends, unless others came by then.

    Order: the users are moved if the number of seats stays the same.
    """
    terms = context.terms(item)
    if instructions == terms.next_term:
        return
    terms.next_term = instructions
    if instructions is None:
        return
    product = _read(context, instructions)

    def renew(at: float) -> None:
        if terms.next_term is not instructions or item.status(at) != "Enabled":
            return
        wanted = instructions["product"]
        seats, source = instructions["quantity"], item.sku_id
        item.lifecycle_at = at
        item.term, item.term_s = wanted["termDuration"], TERMS_S[wanted["termDuration"]]
        item.billing_cycle = str(wanted["billingCycle"]).lower()
        terms.next_term = None
        if product.sku_id != source:
            is_full = seats == item.seats
            convert(context.tenant, item, product=product, now=at)
            item.converted_at = None
            if is_full:
                reassign(context.tenant, source=source, target=product.sku_id, now=at)
        if seats != item.seats:
            item.resize(seats, at)

    context.state.begin(f"renewal/{item.id}", due_at=item.next_lifecycle(now), act=renew)


def _read(context: PartnerContext, instructions: Any) -> Product:
    wanted = instructions.get("product") if isinstance(instructions, Mapping) else None
    if not isinstance(wanted, Mapping):
        raise refused(3000, "'scheduledNextTermInstructions'.")
    whole_number(instructions.get("quantity"))
    check_term(wanted.get("termDuration"), wanted.get("billingCycle"))
    parts = (wanted.get("productId"), wanted.get("skuId"), wanted.get("availabilityId"))
    return product_of(context, ":".join(map(str, parts)))
