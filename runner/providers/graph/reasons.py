"""Tell why Graph refused a change; its messages are the only thing that differs."""

from enum import StrEnum

from runner.providers.graph.reply import Reply


class Reason(StrEnum):
    """Why a change was refused or stays open, in codes of ours."""

    NO_SEATS = "no-seats"
    USAGE_LOCATION = "usage-location"
    INVALID_LOCATION = "invalid-location"
    LOCATION_LAG = "usage-location-lag"
    READS_LAG = "reads-lag"
    PROHIBITED = "prohibited-in-location"
    NOT_HELD = "not-held"
    INHERITED = "inherited"
    DEPENDENCY = "dependency"
    CONFLICT = "conflict"
    NOT_IN_TENANT = "sku-not-in-tenant"
    NOT_ASSIGNABLE = "sku-not-assignable"
    ADDRESS = "proxy-address"
    NOT_ALLOWED = "not-allowed"
    SIGN_IN = "sign-in-refused"
    SYNCED = "synced-from-on-premises"
    NOT_SECURITY = "group-not-security-enabled"
    GONE = "user-gone"
    GROUP_GONE = "group-gone"
    NO_ANSWER = "no-answer"
    UNKNOWN = "unknown"


_TEXTS = (
    ("does not have any available licenses", Reason.NO_SEATS),
    ("prohibited in usage location", Reason.PROHIBITED),
    ("property usagelocation is invalid", Reason.INVALID_LOCATION),
    ("prohibitedinusagelocation", Reason.PROHIBITED),
    ("usage location", Reason.USAGE_LOCATION),
    ("does not have a corresponding license", Reason.NOT_HELD),
    ("inherited from a group", Reason.INHERITED),
    ("depends on the service plan", Reason.DEPENDENCY),
    ("mutually exclusive", Reason.CONFLICT),
    ("does not correspond to a valid company license", Reason.NOT_IN_TENANT),
    ("cannot be assigned to a user", Reason.NOT_ASSIGNABLE),
    ("proxyaddresses", Reason.ADDRESS),
    ("proxy address", Reason.ADDRESS),
    ("uniquenessviolation", Reason.ADDRESS),
    ("countviolation", Reason.NO_SEATS),
    ("mutuallyexclusiveviolation", Reason.CONFLICT),
    ("dependencyviolation", Reason.DEPENDENCY),
    ("not security-enabled", Reason.NOT_SECURITY),
    ("on-premises mastered", Reason.SYNCED),
)
"""Source: graph.md 3.2 (words of an error), 4.4 (every business failure is a 400
`Request_BadRequest`), read 2026-11-22; Okta Help, "Office365 provisioning error" about objects
mastered on premises, read 2026-11-23.
"""


def reason_of(reply: Reply) -> Reason:
    """Return the reason of a refusal; what is not known is `unknown`, never guessed."""
    if reply.status == 401:
        return Reason.SIGN_IN
    if reply.status == 403:
        return Reason.NOT_ALLOWED
    if reply.status == 404:
        return Reason.GONE
    return reason_in(reply.message)


def reason_in(message: str) -> Reason:
    """Return the reason that a message of Graph's, or the word of an error, gives."""
    said = message.lower()
    return next((reason for text, reason in _TEXTS if text in said), Reason.UNKNOWN)
