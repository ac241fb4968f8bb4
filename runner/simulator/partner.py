"""Answer one call to Partner Center: whose it is, whether it may, then the work itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runner.simulator import (
    partner_carts,
    partner_catalog,
    partner_reads,
    partner_transitions,
    partner_upgrades,
    partner_writes,
)
from runner.simulator.errors import GraphError
from runner.simulator.faults import Fault
from runner.simulator.graph import error_answer, graph_error, lag_s, new_id, respond
from runner.simulator.inheritance import catch_up
from runner.simulator.messages import Answer, Request
from runner.simulator.partner_context import PartnerContext
from runner.simulator.partner_errors import put_into_envelope, refused
from runner.simulator.partner_state import Remembered
from runner.simulator.tenant import Tenant
from runner.simulator.tokens import read_claims
from runner.simulator.world import World

START = ("partner", "v1")
AUDIENCES = ("https://api.partnercenter.microsoft.com", "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    answer: Callable[[PartnerContext], Answer]
    scope: str
    needs_user: bool = False


_OWN = ("customers", "*")
_ONE = (*_OWN, "subscriptions", "*")
_ORDER = (*_OWN, "orders", "*")
_PRODUCT = ("products", "*")
_SKU = (*_PRODUCT, "skus", "*")
_AVAILABILITY = (*_SKU, "availabilities", "*")

# Source: commerce fact sheet, section 3.4, read 2026-11-23: provisioning status is for app and
# user only.
ROUTES: Mapping[tuple[str, ...], _Route] = {
    ("GET", "customers"): _Route(answer=partner_reads.list_customers, scope="customers"),
    ("GET", *_OWN): _Route(answer=partner_reads.get_customer, scope="customers"),
    ("GET", "products"): _Route(answer=partner_catalog.list_products, scope="catalog"),
    ("GET", *_PRODUCT): _Route(answer=partner_catalog.get_product, scope="catalog"),
    ("GET", *_PRODUCT, "skus"): _Route(answer=partner_catalog.list_skus, scope="catalog"),
    ("GET", *_SKU): _Route(answer=partner_catalog.get_sku, scope="catalog"),
    ("GET", *_SKU, "availabilities"): _Route(
        answer=partner_catalog.list_availabilities, scope="catalog"
    ),
    ("GET", *_AVAILABILITY): _Route(answer=partner_catalog.get_availability, scope="catalog"),
    ("POST", *_OWN, "carts"): _Route(answer=partner_carts.create_cart, scope="cart"),
    ("GET", *_OWN, "carts", "*"): _Route(answer=partner_carts.get_cart, scope="cart"),
    ("POST", *_OWN, "carts", "*", "checkout"): _Route(
        answer=partner_carts.check_out, scope="checkout"
    ),
    ("GET", *_OWN, "orders"): _Route(answer=partner_reads.list_orders, scope="orders"),
    ("GET", *_ORDER): _Route(answer=partner_reads.get_order, scope="orders"),
    ("GET", *_ORDER, "provisioningstatus"): _Route(
        answer=partner_reads.get_order_provisioning, scope="provisioning", needs_user=True
    ),
    ("GET", *_OWN, "subscriptions"): _Route(
        answer=partner_reads.list_subscriptions, scope="subscriptions"
    ),
    ("GET", *_ONE): _Route(answer=partner_reads.get_subscription, scope="subscription"),
    ("PATCH", *_ONE): _Route(answer=partner_writes.patch_subscription, scope="subscription"),
    ("GET", *_ONE, "provisioningstatus"): _Route(
        answer=partner_reads.get_provisioning, scope="provisioning", needs_user=True
    ),
    ("GET", *_ONE, "addons"): _Route(answer=partner_reads.list_add_ons, scope="subscription"),
    ("GET", *_ONE, "transitioneligibilities"): _Route(
        answer=partner_transitions.list_eligibilities, scope="transitions"
    ),
    ("GET", *_ONE, "transitions"): _Route(
        answer=partner_transitions.list_transitions, scope="transitions"
    ),
    ("POST", *_ONE, "transitions"): _Route(
        answer=partner_transitions.begin_transition, scope="transitions"
    ),
    ("GET", *_ONE, "upgrades"): _Route(answer=partner_upgrades.list_upgrades, scope="upgrades"),
    ("POST", *_ONE, "upgrades"): _Route(answer=partner_upgrades.upgrade, scope="upgrades"),
}


def respond_partner(world: World, request: Request) -> Answer:
    """Answer one call whose path begins with `/partner`, and remember it."""
    rest = request.segments[len(START) :]
    shape = tuple("*" if place % 2 else part.lower() for place, part in enumerate(rest))
    route = ROUTES.get((request.method, *shape)) if request.segments[:2] == START else None
    request.scopes = frozenset({"partner", *([route.scope] if route else ())})
    try:
        is_app_only = _sign_in(world, request)
        tenant = _customer(world, rest)
    except GraphError as refusal:
        answer = error_answer(request, refusal)
    else:

        def work(faults: Sequence[Fault]) -> Answer:
            if route is None:
                raise refused(1000, request.path)
            if route.needs_user and is_app_only:
                raise refused(900329)
            wait = world.quotas.charge_partner(tenant.id)
            if wait:
                return _throttled(request, wait)
            return _work(tenant, request, route=route, faults=faults)

        answer = respond(tenant, request, work=work)
    put_into_envelope(answer, as_numbers=world.partner.codes == "number")
    for name in ("MS-RequestId", "MS-CorrelationId"):
        answer.headers[name] = request.headers.get(name.lower()) or new_id(world)
    return answer


def _sign_in(world: World, request: Request) -> bool:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise refused(800001)
    claims = read_claims(token)
    if claims and not str(claims.get("aud", "")).startswith(AUDIENCES):
        raise refused(800001, f"The token is for '{claims.get('aud')}'.")
    request.app = str(claims.get("appid", token[:40]))
    if token in world.partner.refused:
        raise refused(900150)
    return token in world.partner.app_only or claims.get("idtyp") == "app"


def _customer(world: World, rest: Sequence[str]) -> Tenant:
    if tuple(rest[:1]) != ("customers",) or len(rest) < 2:
        return next(iter(world.tenants.values()))
    for tenant in world.tenants.values():
        if tenant.id == rest[1].lower():
            if not tenant.entry.partner.customer:
                raise refused(20002)
            return tenant
    raise refused(1000, f"Customer '{rest[1]}'.")


def _throttled(request: Request, wait: int) -> Answer:
    answer = error_answer(request, graph_error(429))
    answer.headers["Retry-After"] = str(wait)
    return answer


def _work(tenant: Tenant, request: Request, *, route: _Route, faults: Sequence[Fault]) -> Answer:
    injected = [fault.entry for fault in faults if fault.kind == "partner_error"]
    line_error = None
    for entry in injected:
        code = int(entry.code or 0)
        if entry.answer != "line":
            raise refused(code)
        line_error = code
    now = request.world.clock.now()
    catch_up(tenant, now)
    rest = request.segments[len(START) :]
    context = PartnerContext(
        tenant=tenant,
        request=request,
        now=now,
        as_of=now - lag_s(tenant, request, faults=faults),
        gives_empty_page=any(fault.kind == "empty_page" for fault in faults),
        names=rest[3::2] if rest[0] == "customers" else rest[1::2],
        line_error=line_error,
    )
    return _once(context, route)


def _once(context: PartnerContext, route: _Route) -> Answer:
    request, answers = context.request, context.state.answers
    key = (context.key.lower(), request.method, request.path, request.content)
    if request.method == "GET" or not context.key:
        return route.answer(context)
    if key not in answers:
        try:
            done = route.answer(context)
        except GraphError as refusal:
            answers[key] = Remembered(refusal=refusal)
        else:
            answers[key] = Remembered(status=done.status, body=done.body, headers=done.headers)
    known = answers[key]
    if known.refusal is not None:
        raise known.refusal
    return Answer(status=known.status, body=known.body, headers=dict(known.headers))
