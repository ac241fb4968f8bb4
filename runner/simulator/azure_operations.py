"""Accept writes that take time, and answer how far they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner.simulator.azure_context import API_VERSION, PREFIX, BillingContext
from runner.simulator.azure_errors import not_found
from runner.simulator.azure_state import Operation
from runner.simulator.clock import parse_span
from runner.simulator.graph import new_id
from runner.simulator.messages import Answer

Show = Callable[[BillingContext], Any]


def begin(
    context: BillingContext,
    *,
    verb: str,
    subject: str,
    act: Callable[[float], None],
    show: Show,
) -> Operation:
    """Begin a write; without a length of time it is done at once, seen or not.

    Order: what was allowed when it began is asked again when it is done.
    """
    entry = context.entry
    span = 0 if entry.answers == "at_once" else entry.operation
    operation = Operation(
        name=f"{verb}_{subject}:{new_id(context.request.world)}",
        subject=subject,
        due_at=parse_span(span).after(context.now, context.tenant.entry.timezone),
        act=act,
        show=show,
        refusal=context.failing,
    )
    context.state.operations[operation.name.lower()] = operation
    return operation


def answer_begun(context: BillingContext, operation: Operation, *, status: int = 200) -> Answer:
    """Answer a write: 202 and where to ask, or what came of it where nothing takes time.

    Source: Azure/azure-rest-api-specs, examples of `BillingSubscriptions_Split` and others,
    read 2026-11-23: `Location` and `Retry-After` of 10 seconds.
    """
    context.state.catch_up(context.now)
    if context.entry.answers == "at_once":
        return _outcome(context, operation, status=status)
    where = f"{context.request.root}{PREFIX}{context.billing.id}/operationResults/{operation.name}"
    headers = {
        "Location": f"{where}?api-version={API_VERSION}",
        "Retry-After": str(context.entry.retry_after),
    }
    return Answer(status=202, headers=headers)


def get_operation(context: BillingContext) -> Answer:
    """Answer how far an operation is: 202 until it is done, then its result or its error.

    Order: the result is never that of a late replica.
    """
    context.as_of = context.now
    operation = context.state.operations.get(context.names[-1].lower())
    if operation is None:
        raise not_found(context.request.path)
    if not operation.is_done:
        return answer_begun(context, operation)
    return _outcome(context, operation, status=200)


def _outcome(context: BillingContext, operation: Operation, *, status: int) -> Answer:
    if operation.refusal is not None:
        raise operation.refusal
    body = operation.show(context)
    return Answer(status=204 if body is None else status, body=body)
