"""Reserved variables of the inventory to `Tenant`: identity, sign-in, endpoint, channel."""

from runner.model.ids import tenant_id
from runner.model.spec import Auth, Channel, Tenant
from runner.playbook.channels import azure_billing_of, partner_center_of, unconfigured_channel
from runner.playbook.complaints import schema_problems
from runner.playbook.endpoints import graph_endpoint_problems
from runner.playbook.inventory import Place
from runner.playbook.names import Names
from runner.playbook.problems import Problems
from runner.playbook.schemas import validator
from runner.playbook.scope import Scope, Unrendered
from runner.playbook.signing import auth_of
from runner.playbook.timezones import timezone_problem
from runner.playbook.tree import MarkedMap

RESERVED = (
    "tenant_id",
    "cloud",
    "auth",
    "channel",
    "timezone",
    "graph_endpoint",
    "partner_center",
    "azure_billing",
    "wave",
)


def read_reserved(variables: MarkedMap, scope: Scope) -> MarkedMap:
    """Return the reserved variables, rendered.

    Raises: Unrendered when one of them has no value; the problem is told.
    """
    reserved = MarkedMap(variables.at)
    reserved.take(variables, [name for name in RESERVED if name in variables])
    rendered = scope.render(reserved, reserved.at)
    if not isinstance(rendered, MarkedMap):
        raise Unrendered
    return rendered


def make_tenant(
    place: Place, *, reserved: MarkedMap, groups: tuple[str, ...], names: Names
) -> Tenant | None:
    """Return the tenant of rendered reserved variables, or None where a problem was added."""
    problems, told = names.problems, len(names.problems)
    check = validator("inventory", part="variables", is_rendered=True)
    wrongs = tuple(schema_problems(reserved, check))
    for wrong in wrongs:
        problems.add(wrong)
    if wrongs:
        return None
    directory = reserved.get("tenant_id")
    auth = auth_of(reserved["auth"], reserved.values_at["auth"]) if "auth" in reserved else Auth()
    tenant = Tenant(
        name=place.name,
        tenant_id=tenant_id(directory) if directory else None,
        cloud=reserved.get("cloud", "global"),
        auth=auth,
        graph_endpoint=_graph_endpoint(reserved, problems),
        timezone=_timezone(reserved, problems),
        channel=Channel(reserved.get("channel", "auto")),
        partner_center=partner_center_of(reserved, auth=auth, names=names),
        azure_billing=azure_billing_of(reserved, auth=auth, names=names),
        groups=groups,
        where=place.at,
    )
    for wrong in unconfigured_channel(tenant.channel, tenant=tenant, stated_in=reserved):
        problems.add(wrong)
    return None if len(problems) > told else tenant


def _graph_endpoint(reserved: MarkedMap, problems: Problems) -> str | None:
    if "graph_endpoint" not in reserved:
        return None
    endpoint = str(reserved["graph_endpoint"]).rstrip("/")
    for wrong in graph_endpoint_problems(endpoint, reserved.values_at["graph_endpoint"]):
        problems.add(wrong)
    return endpoint


def _timezone(reserved: MarkedMap, problems: Problems) -> str:
    if "timezone" not in reserved:
        return "UTC"
    timezone = str(reserved["timezone"])
    for wrong in timezone_problem(timezone, reserved.values_at["timezone"]):
        problems.add(wrong)
    return timezone
