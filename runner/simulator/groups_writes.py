"""Answer what is changed in groups, and the reprocessing of what users inherit."""

from __future__ import annotations

from runner.simulator.errors import bad_request
from runner.simulator.groups_views import DEFAULT, GroupView, show_group
from runner.simulator.inheritance import reprocess
from runner.simulator.memberships import (
    assign_group_license,
    check_editable,
    delete_group,
    join,
    leave,
)
from runner.simulator.messages import Answer, Context, read_json
from runner.simulator.queries import context_url, project
from runner.simulator.users_views import DEFAULT as USER_DEFAULT
from runner.simulator.users_views import View, show_user


def post_group_license(context: Context) -> Answer:
    """Take on the licenses of a group; the answer says nothing about its members.

    Source: Microsoft Graph v1.0, `group: assignLicense`, read 2026-11-22.
    """
    tenant, request = context.tenant, context.request
    group = tenant.group(request.segments[1])
    assign_group_license(tenant, group, body=read_json(context), now=context.now)
    shown = project(show_group(GroupView(tenant, group, context.now)), DEFAULT)
    place = f"{request.root}/directoryObjects/{group.id}/Microsoft.DirectoryServices.Group"
    head = {"@odata.context": context_url(request, "groups") + "/$entity"}
    return Answer(status=202, body=head | dict(shown), headers={"location": place})


def delete_one_group(context: Context) -> Answer:
    """Delete a group that gives no licenses."""
    delete_group(context.tenant, context.tenant.group(context.request.segments[1]))
    return Answer(status=204)


def post_member(context: Context) -> Answer:
    """Put a user into a group."""
    group = context.tenant.group(context.request.segments[1])
    place = read_json(context).get("@odata.id")
    if not isinstance(place, str):
        raise bad_request("Property '@odata.id' is required on the request.")
    user = context.tenant.user(place.rstrip("/").rpartition("/")[2])
    check_editable(group)
    join(context.tenant, group, user=user, now=context.now)
    return Answer(status=204)


def delete_member(context: Context) -> Answer:
    """Take a user out of a group."""
    group = context.tenant.group(context.request.segments[1])
    user = context.tenant.user(context.request.segments[3])
    check_editable(group)
    leave(context.tenant, group, user=user, now=context.now)
    return Answer(status=204)


def post_reprocess(context: Context) -> Answer:
    """Try again at once what a user is to have from groups.

    Raises: GraphError 400 with what really stands against it.
    Source: Microsoft Graph v1.0, `user: reprocessLicenseAssignment`, read 2026-11-22.
    """
    user = context.tenant.user(context.request.segments[1])
    found = reprocess(context.tenant, user, now=context.now)
    if found:
        raise bad_request(found[0].message)
    head = {"@odata.context": context_url(context.request, "users") + "/$entity"}
    view = View(context.tenant, user, user.state, context.now)
    return Answer(body=head | show_user(view, USER_DEFAULT))
