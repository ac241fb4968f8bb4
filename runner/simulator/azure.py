"""Answer one call to Azure billing: whose it is, whether it may, then the work itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runner.simulator import azure_conversions, azure_purchases, azure_reads, azure_writes
from runner.simulator.azure_accounts import EA, MCA, MODERN, MOSP, MPA, Account, accounts_of
from runner.simulator.azure_context import API_VERSION, BillingContext
from runner.simulator.azure_errors import (
    forbidden,
    not_found,
    put_into_envelope,
    unauthorized,
    wrong_request,
)
from runner.simulator.azure_operations import get_operation
from runner.simulator.azure_scenario import Agreement
from runner.simulator.errors import GraphError
from runner.simulator.faults import ERRORS, Fault
from runner.simulator.graph import error_answer, lag_s, new_id, respond
from runner.simulator.inheritance import catch_up
from runner.simulator.messages import Answer, Request
from runner.simulator.tenant import Tenant
from runner.simulator.tokens import GRAPH, identify, read_claims
from runner.simulator.world import World

START = ("azure", "providers", "microsoft.billing")
GRAPH_CODES = frozenset(code for code, _ in ERRORS.values()) | {"BadRequest"}
FAILED = "The operation could not be completed."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    answer: Callable[[BillingContext], Answer]
    agreements: Sequence[Agreement] = (MCA, MOSP, EA, MPA)


_ACCOUNT = ("billingaccounts", "*")
_ONE = (*_ACCOUNT, "billingsubscriptions", "*")
_ALIASES = (*_ACCOUNT, "billingsubscriptionaliases")
_PROFILES = (*_ACCOUNT, "billingprofiles")

# Source: Azure/azure-rest-api-specs, Microsoft.Billing 2024-04-01, the descriptions of the
# operations, read 2026-11-23: which agreements each is for.
ROUTES: Mapping[tuple[str, ...], _Route] = {
    ("GET", "billingaccounts"): _Route(answer=azure_reads.list_accounts),
    ("GET", *_ACCOUNT): _Route(answer=azure_reads.get_account),
    ("GET", *_PROFILES): _Route(answer=azure_reads.list_profiles, agreements=(MCA, MPA, EA)),
    ("GET", *_PROFILES, "*", "invoicesections"): _Route(
        answer=azure_reads.list_sections, agreements=(MCA,)
    ),
    ("GET", *_PROFILES, "*", "billingsubscriptions"): _Route(
        answer=azure_reads.list_subscriptions, agreements=MODERN
    ),
    ("GET", *_ACCOUNT, "billingsubscriptions"): _Route(answer=azure_reads.list_subscriptions),
    ("GET", *_ONE): _Route(answer=azure_reads.get_subscription, agreements=(*MODERN, EA)),
    ("PATCH", *_ONE): _Route(answer=azure_writes.patch_subscription, agreements=MODERN),
    ("DELETE", *_ONE): _Route(answer=azure_writes.delete_subscription, agreements=MODERN),
    ("POST", *_ONE, "cancel"): _Route(answer=azure_writes.refuse_cancel, agreements=(MPA,)),
    ("POST", *_ONE, "split"): _Route(
        answer=azure_conversions.split_subscription, agreements=MODERN
    ),
    ("POST", *_ONE, "merge"): _Route(
        answer=azure_conversions.merge_subscription, agreements=MODERN
    ),
    ("GET", *_ALIASES): _Route(answer=azure_reads.list_aliases, agreements=MODERN),
    ("GET", *_ALIASES, "*"): _Route(answer=azure_reads.get_alias, agreements=MODERN),
    ("PUT", *_ALIASES, "*"): _Route(answer=azure_purchases.put_alias, agreements=(MCA,)),
    ("GET", *_ACCOUNT, "operationresults", "*"): _Route(answer=get_operation),
}


def respond_billing(world: World, request: Request) -> Answer:
    """Answer one call whose path begins with `/azure`, and remember it."""
    try:
        tenant, account = _identify(world, request)
    except GraphError as refusal:
        answer = error_answer(request, refusal)
    else:

        def work(faults: Sequence[Fault]) -> Answer:
            return _work(tenant, request, account=account, faults=faults)

        answer = respond(tenant, request, work=work)
    put_into_envelope(answer, graph_codes=GRAPH_CODES)
    answer.headers["x-ms-request-id"] = new_id(world)
    return answer


def _identify(world: World, request: Request) -> tuple[Tenant, Account | None]:
    authorization = request.headers.get("authorization", "")
    if not authorization:
        text = "Authentication failed. The 'Authorization' header is missing."
        raise unauthorized(text, code="AuthenticationFailed")
    audience = read_claims(authorization.partition(" ")[2]).get("aud", "")
    if str(audience).startswith(GRAPH):
        text = f"The access token has been obtained for wrong audience '{audience}'."
        raise unauthorized(text, code="InvalidAuthenticationTokenAudience")
    name = request.segments[4].lower() if len(request.segments) > 4 else ""
    for tenant in world.tenants.values():
        for account in accounts_of(tenant):
            if account.name.lower() == name:
                _, request.app = identify(world, authorization, prefix=tenant.name)
                return tenant, account
    tenant, request.app = identify(world, authorization, prefix=None)
    return tenant, None


def _work(
    tenant: Tenant, request: Request, *, account: Account | None, faults: Sequence[Fault]
) -> Answer:
    _check_version(request)
    rest = request.segments[len(START) :]
    shape = tuple("*" if place % 2 else part.lower() for place, part in enumerate(rest))
    route = _find(request, shape)
    now = request.world.clock.now()
    catch_up(tenant, now)
    context = BillingContext(
        tenant=tenant,
        request=request,
        now=now,
        as_of=now - lag_s(tenant, request, faults=faults),
        gives_empty_page=any(fault.kind == "empty_page" for fault in faults),
        account=account,
        names=rest[1::2],
        failing=_failing(faults),
    )
    if len(rest) > 1:
        _check_account(context, route)
    return route.answer(context)


def _check_version(request: Request) -> None:
    version = request.query.get("api-version")
    if version is None:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        raise wrong_request(text, code="MissingApiVersionParameter")
    if version != API_VERSION:
        text = (
            "The resource type could not be found in the namespace 'Microsoft.Billing' "
            f"for api version '{version}'. The supported api-versions are '{API_VERSION}'."
        )
        raise wrong_request(text, code="InvalidResourceType")


def _find(request: Request, shape: tuple[str, ...]) -> _Route:
    start = tuple(part.lower() for part in request.segments[: len(START)])
    route = ROUTES.get((request.method, *shape)) if start == START else None
    if route is not None:
        return route
    if start == START and any(key[1:] == shape for key in ROUTES):
        text = f"The requested resource does not support http method '{request.method}'."
        raise GraphError(405, "UnsupportedHttpVerb", message=text)
    raise not_found(request.path)


def _check_account(context: BillingContext, route: _Route) -> None:
    account, role = context.billing, context.entry.role
    is_read = context.request.method == "GET"
    if role == "none" or (role == "reader" and not is_read):
        action = "Microsoft.Billing/billingAccounts/" + ("read" if is_read else "write")
        raise forbidden(action, account.id)
    if account.agreement not in route.agreements:
        text = f"The operation is not supported for the agreement type '{account.agreement}'."
        raise wrong_request(text, code="OperationNotSupported")


def _failing(faults: Sequence[Fault]) -> GraphError | None:
    for fault in faults:
        if fault.kind == "operation_failed":
            entry = fault.entry
            return GraphError(
                409, str(entry.code or "OperationFailed"), message=entry.message or FAILED
            )
    return None
