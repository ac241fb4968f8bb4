"""Say no the way Azure Resource Manager says it."""

from __future__ import annotations

from runner.simulator.errors import GraphError
from runner.simulator.messages import Answer

CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "AuthorizationFailed",
    404: "ResourceNotFound",
    409: "Conflict",
    429: "TooManyRequests",
}


def wrong_request(message: str, *, code: str = "BadRequest") -> GraphError:
    """Return the error for a call that makes no sense or breaks a rule of billing."""
    return GraphError(400, code, message=message)


def unauthorized(message: str, *, code: str = "InvalidAuthenticationToken") -> GraphError:
    """Return the error for a token that is missing or not for Azure."""
    return GraphError(401, code, message=message)


def forbidden(action: str, scope: str) -> GraphError:
    """Return the error for a caller without a billing role that allows the action."""
    text = (
        "The client does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid."
    )
    return GraphError(403, "AuthorizationFailed", message=text)


def not_found(path: str) -> GraphError:
    """Return the error for what is not in the billing account."""
    return GraphError(404, "ResourceNotFound", message=f"The resource '{path}' was not found.")


def conflict(message: str, *, code: str = "Conflict") -> GraphError:
    """Return the error for a write that something under way forbids."""
    return GraphError(409, code, message=message)


def put_into_envelope(answer: Answer, *, graph_codes: frozenset[str]) -> None:
    """Give a refusal the form of Azure: code and message, without Graph's inner error.

    Source: Azure/azure-rest-api-specs, common-types v5 ErrorResponse, read 2026-11-23.
    """
    if answer.status < 400 or not isinstance(answer.body, dict):
        return
    error = answer.body["error"]
    code = error["code"]
    if code in graph_codes:
        code = CODES.get(answer.status, code)
    answer.body = {"error": {"code": code, "message": error["message"]}}
