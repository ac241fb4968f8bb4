"""Tell why Graph refused a license change; its messages are the only thing that differs."""

from enum import StrEnum

from runner.providers.graph.reply import Reply


class Reason(StrEnum):
    """Why a license change was refused, in codes of ours."""

    NO_SEATS = "no-seats"
    USAGE_LOCATION = "usage-location"
    PROHIBITED = "prohibited-in-location"
    NOT_HELD = "not-held"
    INHERITED = "inherited"
    DEPENDENCY = "dependency"
    CONFLICT = "conflict"
    NOT_IN_TENANT = "sku-not-in-tenant"
    NOT_ASSIGNABLE = "sku-not-assignable"
    ADDRESS = "proxy-address"
    NOT_ALLOWED = "not-allowed"
    GONE = "user-gone"
    UNKNOWN = "unknown"


_TEXTS = (
    ("does not have any available licenses", Reason.NO_SEATS),
    ("prohibited in usage location", Reason.PROHIBITED),
    ("usage location", Reason.USAGE_LOCATION),
    ("does not have a corresponding license", Reason.NOT_HELD),
    ("inherited from a group", Reason.INHERITED),
    ("depends on the service plan", Reason.DEPENDENCY),
    ("mutually exclusive", Reason.CONFLICT),
    ("does not correspond to a valid company license", Reason.NOT_IN_TENANT),
    ("cannot be assigned to a user", Reason.NOT_ASSIGNABLE),
    ("proxyaddresses", Reason.ADDRESS),
    ("proxy address", Reason.ADDRESS),
)
"""Source: graph.md 4.4 (every business failure is a 400 `Request_BadRequest`), read 2026-11-22."""


def reason_of(reply: Reply) -> Reason:
    """Return the reason of a refusal; what is not known is `unknown`, never guessed."""
    if reply.status in (401, 403):
        return Reason.NOT_ALLOWED
    if reply.status == 404:
        return Reason.GONE
    message = reply.message.lower()
    for text, reason in _TEXTS:
        if text in message:
            return reason
    return Reason.UNKNOWN
