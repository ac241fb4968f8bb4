"""Say no the way Microsoft Graph says it."""

from __future__ import annotations


class GraphError(Exception):
    """Carry the status, the code and the text of a refusal.

    Source: Microsoft Graph, "Microsoft Graph error responses and resource types", read 2026-11-22.
    """

    def __init__(self, status: int, code: str, *, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Refusal(Exception):
    """Carry why an administrator's act was not done."""


def bad_request(message: str) -> GraphError:
    """Return the error Graph gives for every business failure: 400 with the reason as text."""
    return GraphError(400, "Request_BadRequest", message=message)


def unsupported_query(message: str) -> GraphError:
    """Return the error for a query that the directory does not serve."""
    return GraphError(400, "Request_UnsupportedQuery", message=message)


def not_found(key: str) -> GraphError:
    """Return the error for an object that is not in the tenant."""
    text = (
        f"Resource '{key}' does not exist or one of its queried "
        "reference-property objects are not present."
    )
    return GraphError(404, "Request_ResourceNotFound", message=text)


def forbidden() -> GraphError:
    """Return the error for a missing permission."""
    text = "Insufficient privileges to complete the operation."
    return GraphError(403, "Authorization_RequestDenied", message=text)


def unauthorized(message: str) -> GraphError:
    """Return the error for a token that is missing or not for this tenant."""
    return GraphError(401, "InvalidAuthenticationToken", message=message)
