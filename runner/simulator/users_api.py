"""Answer the calls on users."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from runner.simulator.countries import COUNTRIES
from runner.simulator.errors import GraphError, bad_request, not_found, unsupported_query
from runner.simulator.filters import Filter, parse_filter
from runner.simulator.licensing import assign_license
from runner.simulator.messages import Answer, Context, read_json
from runner.simulator.products import load_products
from runner.simulator.queries import (
    context_url,
    is_advanced,
    keep_result,
    kept_result,
    next_link,
    page_size,
    plain_list,
    project,
    read_place,
    refuse_unserved,
    selected,
)
from runner.simulator.skus_api import plan_rows
from runner.simulator.users_views import (
    DEFAULT,
    PROPERTIES,
    SCHEMA,
    UNLISTABLE,
    View,
    mailbox_settings,
    show_user,
)

EVERYONE = "all"
_parse = lru_cache(maxsize=256)(parse_filter)


def list_users(context: Context) -> Answer:
    """Answer one page of the users that a query selects."""
    request = context.request
    refuse_unserved(request)
    names = _listed_names(context)
    size = page_size(request)
    wanted = _filter(context)
    key, offset = read_place(request)
    found = _found(context, wanted, key=key)
    page = () if context.gives_empty_page else found[offset : offset + size]
    body: dict[str, Any] = {"@odata.context": context_url(request, "users", names=names)}
    if key is None and is_advanced(request):
        body["@odata.count"] = _count(context, wanted, found=found)
    after = offset + len(page)
    if after < len(found):
        next_key = EVERYONE if wanted is None else key or keep_result(context, found)
        body["@odata.nextLink"] = next_link(request, next_key, offset=after)
    views = (_view(context, index) for index in page)
    body["value"] = [
        show_user(view, names or DEFAULT) for view in views if _is_wanted(view, wanted)
    ]
    return Answer(body=body)


def count_users(context: Context) -> Answer:
    """Answer how many users a query selects, as plain text."""
    if not context.request.is_eventual:
        raise bad_request("$count is not currently supported.")
    wanted = _filter(context, counted=True)
    return Answer(text=str(_count(context, wanted, found=_found(context, wanted))))


def get_user(context: Context) -> Answer:
    """Answer one user."""
    request = context.request
    names = selected(request, PROPERTIES, type_name="user")
    view = _known(context)
    body = {"@odata.context": context_url(request, "users", names=names) + "/$entity"}
    return Answer(body=body | show_user(view, names or DEFAULT))


def patch_user(context: Context) -> Answer:
    """Change the properties of a user that licensing depends on."""
    body = read_json(context)
    user = context.tenant.user(context.request.segments[1])
    known = {"usageLocation": "usage_location", "accountEnabled": "account_enabled"}
    unknown = set(body) - known.keys()
    if unknown:
        raise bad_request(f"Property '{min(unknown)}' cannot be changed in this simulator.")
    location = body.get("usageLocation")
    if location is not None and location not in COUNTRIES:
        raise bad_request("Property usageLocation is invalid.")
    if not isinstance(body.get("accountEnabled", True), bool):
        raise bad_request("Property accountEnabled is invalid.")
    changes = {known[name]: value for name, value in body.items()}
    context.tenant.change(user, user.state.with_changes(**changes), now=context.now)
    return Answer(status=204)


def delete_user(context: Context) -> Answer:
    """Delete a user softly; the seats are free at once.

    Source: Microsoft 365 admin, "Delete a user from your organization", read 2026-11-22.
    """
    user = context.tenant.user(context.request.segments[1])
    context.tenant.change(user, user.state.with_changes(deleted_at=context.now), now=context.now)
    return Answer(status=204)


def post_assign_license(context: Context) -> Answer:
    """Give and take licenses of one user."""
    tenant, request = context.tenant, context.request
    user = tenant.user(request.segments[1])
    assign_license(tenant, user, body=read_json(context), now=context.now)
    view = View(tenant, user, user.state, context.now)
    names: tuple[str, ...] = DEFAULT
    if tenant.entry.answers.assign_license == "with_licenses":
        names = (*DEFAULT, "assignedLicenses")
    body = {"@odata.context": context_url(request, "users") + "/$entity"}
    return Answer(body=body | show_user(view, names))


def list_license_details(context: Context) -> Answer:
    """Answer what a user effectively holds, with the state of each service plan."""
    view = _known(context)
    items = []
    for sku_id, off in view.state.disabled.items():
        product = load_products().by_id[sku_id]
        rows = plan_rows(context, product)
        for row in rows:
            if row["servicePlanId"] in off:
                row["provisioningStatus"] = "Disabled"
        items.append(
            {
                "id": f"{view.user.id}_{sku_id}",
                "skuId": sku_id,
                "skuPartNumber": product.part_number,
                "servicePlans": rows,
            }
        )
    chosen = dict.fromkeys(("id", "skuId", "skuPartNumber", "servicePlans"))
    names = selected(context.request, chosen, type_name="licenseDetails")
    kind = f"users('{view.user.id}')/licenseDetails"
    return plain_list(context, kind, items=[project(item, names) for item in items])


def get_mailbox_settings(context: Context) -> Answer:
    """Answer what a mailbox is for, which tells a shared one from a person's."""
    view = _known(context)
    head = context_url(context.request, f"users('{view.user.id}')/mailboxSettings")
    return Answer(body={"@odata.context": head, **mailbox_settings(view)})


def list_deleted_users(context: Context) -> Answer:
    """Answer one page of the users that are deleted and can still be restored."""
    request = context.request
    names = selected(request, PROPERTIES, type_name="user") or DEFAULT
    views = (_view(context, user.index) for user in context.tenant.users)
    found = [view for view in views if view.state.deleted_at is not None]
    offset, size = read_place(request)[1], page_size(request)
    kind = "directory/deletedItems/microsoft.graph.user"
    body: dict[str, Any] = {"@odata.context": context_url(request, kind, names=names)}
    if offset + size < len(found):
        body["@odata.nextLink"] = next_link(request, EVERYONE, offset=offset + size)
    body["value"] = [show_user(view, names) for view in found[offset : offset + size]]
    return Answer(body=body)


def _listed_names(context: Context) -> list[str] | None:
    chosen = context.request.query.get("$select", "")
    unlistable = set(UNLISTABLE) & {word.strip() for word in chosen.split(",")}
    if unlistable:
        text = f"The property '{min(unlistable)}' can only be read of a single user."
        raise GraphError(501, "NotImplemented", message=text)
    return selected(context.request, PROPERTIES, type_name="user")


def _filter(context: Context, *, counted: bool = False) -> Filter | None:
    text = context.request.query.get("$filter")
    if not text:
        return None
    wanted: Filter = _parse(text, SCHEMA)
    if wanted.is_advanced and not counted and not is_advanced(context.request):
        raise unsupported_query(
            "Unsupported or invalid query filter clause: it needs the header "
            "'ConsistencyLevel: eventual' and $count=true."
        )
    return wanted


def _found(context: Context, wanted: Filter | None, *, key: str | None = None) -> Sequence[int]:
    users = context.tenant.users
    if wanted is None:
        return range(len(users))
    if key is not None:
        return kept_result(context, key)
    candidates: Sequence[int] = range(len(users))
    if wanted.skus is not None:
        holders = (context.tenant.holders(sku_id) for sku_id in wanted.skus)
        late = context.tenant.changed_since(context.as_of) if _is_late(context) else ()
        candidates = sorted(frozenset(late).union(*holders))
    return [index for index in candidates if _is_wanted(_view(context, index), wanted)]


def _is_late(context: Context) -> bool:
    return context.as_of < context.now


def _count(context: Context, wanted: Filter | None, *, found: Sequence[int]) -> int:
    return context.tenant.count_users() if wanted is None else len(found)


def _is_wanted(view: View, wanted: Filter | None) -> bool:
    return view.state.deleted_at is None and (wanted is None or wanted.test(view))


def _view(context: Context, index: int) -> View:
    user = context.tenant.users[index]
    state = user.at(context.as_of) if user.past and _is_late(context) else user.state
    return View(context.tenant, user, state, context.now)


def _known(context: Context) -> View:
    key = context.request.segments[1]
    view = _view(context, context.tenant.index_of(key))
    if view.state.deleted_at is not None:
        raise not_found(key)
    return view
