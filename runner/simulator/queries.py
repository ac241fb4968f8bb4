"""Choose properties and cut lists into pages as Graph does."""

from __future__ import annotations

import base64
from array import array
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from runner.simulator.errors import GraphError, bad_request, unsupported_query
from runner.simulator.messages import Answer, Context, Request

Properties = Mapping[str, Any]

PAGE = 100
PAGE_MAX = 999
CURSORS_MAX = 500


def selected(request: Request, properties: Properties, *, type_name: str) -> list[str] | None:
    """Return the property names that `$select` asks for, or None when it is absent.

    Raises: GraphError 400 for a property the type does not have.
    """
    text = request.query.get("$select")
    if not text:
        return None
    names = {name.lower(): name for name in properties}
    chosen = []
    for word in text.split(","):
        name = names.get(word.strip().lower())
        if name is None:
            raise GraphError(
                400,
                "BadRequest",
                message="Parsing OData Select and Expand failed: Could not find a property named "
                f"'{word.strip()}' on type 'microsoft.graph.{type_name}'.",
            )
        chosen.append(name)
    return chosen


def context_url(request: Request, kind: str, *, names: Sequence[str] | None = None) -> str:
    """Return the address that says what an answer contains."""
    return f"{request.root}/$metadata#{kind}" + (f"({','.join(names)})" if names else "")


def page_size(request: Request, *, default: int = PAGE) -> int:
    """Return how many objects a page of this list holds.

    Raises: GraphError 400 when `$top` is out of range.
    """
    text = request.query.get("$top")
    if text is None:
        return default
    if not text.isdigit() or not 1 <= int(text) <= PAGE_MAX:
        raise unsupported_query(
            f"Invalid page size specified: '{text}'. Must be between 1 and {PAGE_MAX} inclusive."
        )
    return int(text)


def refuse_unserved(request: Request) -> None:
    """Refuse the query options that directory lists do not serve.

    Raises: GraphError 400 naming the option.
    """
    for option in ("$skip", "$orderby"):
        if option in request.query:
            raise unsupported_query(f"'{option}' is not supported by the service.")
    if "$search" in request.query:
        text = "Request with $search query parameter only works through MSGraph with a special "
        raise unsupported_query(f"{text}request header: 'ConsistencyLevel: eventual'")
    if "$expand" in request.query:
        raise bad_request("Parsing OData Select and Expand failed: $expand is not supported.")


def is_advanced(request: Request) -> bool:
    """Return whether a list is served from the eventually consistent index."""
    counts = request.query.get("$count", "").lower() == "true"
    return request.is_eventual and counts


def read_place(request: Request) -> tuple[str | None, int]:
    """Return the key of the kept result and the place in it that the skip token names.

    Raises: GraphError 400 when the token is not one of ours.
    """
    token = request.query.get("$skiptoken")
    if token is None:
        return None, 0
    try:
        key, offset = base64.urlsafe_b64decode(token).decode().split(".")[:2]
        return key, int(offset)
    except ValueError:
        raise _expired() from None


def kept_result(context: Context, key: str) -> Sequence[int]:
    """Return the result set that was kept under a key.

    Raises: GraphError 400 when it was kept too long ago.
    """
    kept = context.request.world.cursors.get(key)
    if kept is None:
        raise _expired()
    return kept


def _expired() -> GraphError:
    text = "The specified page token value has expired or is not valid."
    return GraphError(400, "Directory_ExpiredPageToken", message=text)


def keep_result(context: Context, found: Sequence[int]) -> str:
    """Keep a result set for the pages that follow and return its key."""
    cursors = context.request.world.cursors
    while len(cursors) >= CURSORS_MAX:
        del cursors[next(iter(cursors))]
    key = f"{context.request.world.random.getrandbits(64):016x}"
    cursors[key] = array("I", found)
    return key


def next_link(request: Request, key: str, *, offset: int) -> str:
    """Return the address of the page that begins at an offset, on the host the caller used."""
    token = base64.urlsafe_b64encode(f"{key}.{offset}.{'0' * 24}".encode()).decode()
    query = {name: value for name, value in request.query.items() if name != "$skiptoken"}
    text = urlencode({**query, "$skiptoken": token}, quote_via=quote, safe="$,'/:()")
    return f"{request.root}{request.path}?{text}"


def plain_list(context: Context, kind: str, *, items: Sequence[Any]) -> Answer:
    """Return a list that fits one page."""
    return Answer(body={"@odata.context": context_url(context.request, kind), "value": items})


def project(item: Mapping[str, Any], names: Sequence[str] | None) -> Mapping[str, Any]:
    """Return only the chosen properties of an object."""
    return item if names is None else {name: item[name] for name in names}
