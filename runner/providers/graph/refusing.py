"""Say why a sign-in came to nothing, and what to do about it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from runner.model.findings import NotAllowed, Unreachable
from runner.model.spec import Auth

LONGEST = 200
"""Characters of what a sign-in service says; the rest is for its own support."""

_NOISE = re.compile(
    r"\s*(Trace ID:|See the troubleshooting guide|To mitigate this issue|Visit https?:).*",
    re.DOTALL,
)
_CHAIN = "retrieve a token from the included credentials"

_HINTS: Mapping[str, str] = {
    "default": "give the tenant an `auth`, set the AZURE_ variables, or run `az login`",
    "client_secret": "check `client_id`, the value of the secret (not its id), and `tenant_id`",
    "certificate": "check `client_id`, the certificate, and `tenant_id`",
    "managed_identity": "run it where Azure gives the machine an identity, or name another method",
    "workload_identity": "run it where AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are set, "
    "or in a job of GitHub with `id-token: write`, or give `client_id` and `token_file`",
    "azure_cli": "run `az login`, or name another method",
    "device_code": "run it again, and enter the code in time",
}


@contextmanager
def signing_in(auth: Auth, *, to: str = "", where: str) -> Iterator[None]:
    """Put what azure-identity raises into our words; `to` names a service that is not Graph.

    Raises: NotAllowed when there is nothing to sign in with or it was refused, Unreachable when
    the sign-in service gave no answer.
    """
    from azure.core.exceptions import AzureError, ServiceRequestError
    from azure.identity import CredentialUnavailableError

    what = f"the sign-in to {to}" if to else "the sign-in"
    try:
        yield
    except ServiceRequestError as error:
        raise Unreachable(
            f"{what} had no answer: {said_by(error)}",
            hint="check the network, its proxy, and `cloud`",
            where=where,
        ) from error
    except AzureError as error:
        is_bare = isinstance(error, CredentialUnavailableError) or _CHAIN in str(error)
        raise NotAllowed(
            f"{what} has nothing to sign in with: {_lacking(error)}"
            if is_bare
            else f"{what} was refused: {said_by(error)}",
            hint=_hint(auth),
            where=where,
        ) from error


def cannot_begin(auth: Auth, error: ValueError, *, where: str) -> NotAllowed:
    """Return that a method lacks something it needs before it asks anybody."""
    needs = re.findall(r"'(\w+)'", str(error))
    said = f"it needs {' and '.join(needs)}" if needs else said_by(error)
    return NotAllowed(
        f"`auth.method: {auth.method}` cannot be used: {said}", hint=_hint(auth), where=where
    )


def said_by(error: BaseException) -> str:
    """Return the first line of an error, without what only its maker can use."""
    text = _NOISE.sub("", str(error)).strip()
    first = text.splitlines()[0][:LONGEST].rstrip(".:,; ") if text else ""
    return first or type(error).__name__


def _lacking(error: BaseException) -> str:
    """Return what is not there; of a chain what each of its links lacks is left out."""
    if _CHAIN in str(error):
        tried = re.findall(r"^\s*(\w+)Credential:", str(error), re.MULTILINE)
        return f"none of {', '.join(tried)} has anything" if tried else "no credential is set up"
    return said_by(error)


def _hint(auth: Auth) -> str:
    return _HINTS.get(auth.method, f"check `auth` ({auth.method}) and the tenant id")
