"""Fill carts and turn them into orders, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.clock import iso, parse_moment, parse_span
from runner.simulator.graph import new_id
from runner.simulator.messages import Answer
from runner.simulator.partner_catalog import product_of
from runner.simulator.partner_codes import ERRORS
from runner.simulator.partner_context import PartnerContext, read_body, whole_number
from runner.simulator.partner_errors import refused
from runner.simulator.partner_state import Cart, Order, OrderLine
from runner.simulator.partner_views import show_order
from runner.simulator.parts import PARTNER
from runner.simulator.products import Product, load_products
from runner.simulator.purchases import Wish, buy
from runner.simulator.subscriptions import TERMS_S, Buyer, Subscription

CYCLES = ("monthly", "annual", "triennial")
# Source: commerce fact sheet, section 2.3, read 2026-11-23.
ADD_ONS = frozenset(
    {
        "MCOEV",
        "MCOMEETADV",
        "ATP_ENTERPRISE",
        "THREAT_INTELLIGENCE",
        "EQUIVIO_ANALYTICS",
        "SHAREPOINTSTORAGE",
        "MCOPSTN1",
        "MCOPSTN2",
    }
)


def create_cart(context: PartnerContext) -> Answer:
    """Put lines into a new cart; a line that cannot be bought carries its error.

    Raises: GraphError 403 without the customer's agreement, 400 and 404 for lines that make
        no sense.
    """
    _check_agreement(context)
    asked = read_body(context).get("lineItems")
    if not isinstance(asked, list) or not asked:
        raise refused(800002, "'lineItems' is empty.")
    lines = [_line(context, line, number=number) for number, line in enumerate(asked)]
    cart = Cart(id=new_id(context.request.world), created_at=context.now, lines=lines)
    context.state.carts[cart.id] = cart
    return Answer(status=201, body=_show(context, cart))


def get_cart(context: PartnerContext) -> Answer:
    """Return a cart."""
    return Answer(body=_show(context, _cart(context)))


def check_out(context: PartnerContext) -> Answer:
    """Buy what is in a cart; the orders are answered, errors among them.

    Raises: GraphError 400 for a cart that is spent or has a line in error, 409 while an order
        of the same product is under review.
    """
    cart = _cart(context)
    _check_agreement(context)
    if cart.is_checked_out:
        raise refused(800065)
    if any(line["error"] for line in cart.lines):
        raise refused(800002, "A line of the cart is in error.")
    wishes = [_wish(context, line) for line in cart.lines]
    for wish in wishes:
        _check_orders(context, wish.product)
    cart.is_checked_out = True
    if context.line_error is not None:
        text = ERRORS[context.line_error][1]
        failed = {"orderGroupId": "0", "code": context.line_error, "description": text}
        return Answer(status=201, body={"orders": [], "orderErrors": [failed]})
    bought = [buy(context.tenant, wish, now=context.now) for wish in wishes]
    order = Order(
        id=new_id(context.request.world).replace("-", "")[:12],
        created_at=context.now,
        lines=[_order_line(line, item) for line, item in zip(cart.lines, bought, strict=True)],
    )
    context.state.orders.append(order)
    return Answer(status=201, body={"orders": [show_order(context, order)], "orderErrors": []})


def check_term(term: Any, cycle: Any) -> None:
    """Refuse a term or a billing cycle that is not sold.

    Raises: GraphError 400.
    """
    if term not in TERMS_S:
        raise refused(900267, f"'{term}'.")
    if str(cycle).lower() not in CYCLES:
        raise refused(900268, f"'{cycle}'.")
    if term == "P1M" and str(cycle).lower() != "monthly":
        raise refused(900268, "A term of a month is paid by the month.")


def _cart(context: PartnerContext) -> Cart:
    cart = context.state.carts.get(context.names[0].lower())
    life = parse_span(context.entry.cart_life)
    if cart is None or context.now >= life.after(cart.created_at):
        raise refused(1000, f"Cart '{context.names[0]}'.")
    return cart


def _check_agreement(context: PartnerContext) -> None:
    if not context.entry.agreement:
        raise refused(13605)


def _check_orders(context: PartnerContext, product: Product) -> None:
    if not context.tenant.entry.purchase.one_at_a_time:
        return
    for item in context.tenant.subscriptions:
        if item.sku_id == product.sku_id and not item.is_checked(context.now):
            raise refused(800060)


def _line(context: PartnerContext, asked: Any, *, number: int) -> dict[str, Any]:
    if not isinstance(asked, Mapping):
        raise refused(800002, "A line of the cart is no object.")
    product = product_of(context, asked.get("catalogItemId"))
    whole_number(asked.get("quantity"))
    check_term(asked.get("termDuration"), asked.get("billingCycle"))
    end = asked.get("customTermEndDate")
    if end is not None:
        _term_end(context, asked)
    error = context.line_error
    if product.part_number in ADD_ONS and not _has_suite(context):
        error = 400041
    shown = None if error is None else {"errorCode": error, "errorDescription": ERRORS[error][1]}
    return {**asked, "id": asked.get("id", number), "error": shown}


def _has_suite(context: PartnerContext) -> bool:
    products = load_products().by_id
    return any(
        item.status(context.now) == "Enabled"
        and products[item.sku_id].part_number not in ADD_ONS
        and "TEAMS1" in {plan.name for plan in products[item.sku_id].plans.values()}
        for item in context.tenant.subscriptions
    )


def _term_end(context: PartnerContext, line: Mapping[str, Any]) -> float:
    try:
        end = parse_moment(str(line["customTermEndDate"]))
    except ValueError:
        raise refused(900269, f"'{line['customTermEndDate']}'.") from None
    if not context.now < end <= context.now + TERMS_S[line["termDuration"]]:
        raise refused(900269, f"'{line['customTermEndDate']}'.")
    return end


def _wish(context: PartnerContext, line: Mapping[str, Any]) -> Wish:
    return Wish(
        product=product_of(context, line["catalogItemId"]),
        seats=line["quantity"],
        buyer=Buyer(kind="partner", key=context.key),
        channel="csp",
        term=line["termDuration"],
        billing_cycle=str(line["billingCycle"]).lower(),
        owner_tenant=PARTNER,
        ends_at=_term_end(context, line) if line.get("customTermEndDate") else None,
    )


def _order_line(line: Mapping[str, Any], item: Subscription) -> OrderLine:
    return OrderLine(
        subscription_id=item.id,
        offer_id=line["catalogItemId"],
        quantity=line["quantity"],
        term=item.term,
        billing_cycle=item.billing_cycle,
    )


def _show(context: PartnerContext, cart: Cart) -> dict[str, Any]:
    life = parse_span(context.entry.cart_life)
    return {
        "id": cart.id,
        "creationTimestamp": iso(cart.created_at),
        "lastModifiedTimestamp": iso(cart.created_at),
        "expirationTimestamp": iso(life.after(cart.created_at)),
        "status": "Ordered" if cart.is_checked_out else "Active",
        "lineItems": cart.lines,
    }
