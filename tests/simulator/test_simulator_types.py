"""Check every answer against Microsoft Graph's own type definitions."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.simulator.served import E4, E5, contoso

CSDL = Path(__file__).parents[3] / "shared" / "data" / "graph-v1.0.csdl.xml"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
CHECKS = {
    "Edm.String": lambda value: isinstance(value, str),
    "Edm.Guid": lambda value: isinstance(value, str) and GUID.fullmatch(value),
    "Edm.Boolean": lambda value: isinstance(value, bool),
    "Edm.Int32": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Edm.DateTimeOffset": lambda value: isinstance(value, str) and MOMENT.fullmatch(value),
}
WORDS = {
    ("subscribedSku", "capabilityStatus"): {
        "Enabled", "Warning", "Suspended", "Deleted", "LockedOut",
    },
    ("subscribedSku", "appliesTo"): {"User", "Company"},
    ("servicePlanInfo", "appliesTo"): {"User", "Company"},
    ("servicePlanInfo", "provisioningStatus"): {
        "Success", "Disabled", "Error", "PendingInput", "PendingActivation", "PendingProvisioning",
    },
    ("companySubscription", "status"): {
        "Enabled", "Warning", "Suspended", "Deleted", "LockedOut",
    },
    ("licenseAssignmentState", "state"): {"Active", "ActiveWithError", "Disabled", "Error"},
    ("licenseProcessingState", "state"): {
        "QueuedForProcessing", "ProcessingInProgress", "ProcessingComplete",
    },
    ("assignedPlan", "capabilityStatus"): {
        "Enabled", "Warning", "Suspended", "Deleted", "LockedOut",
    },
    ("licenseAssignmentState", "error"): {
        "None", "CountViolation", "MutuallyExclusiveViolation", "DependencyViolation",
        "ProhibitedInUsageLocationViolation", "UniquenessViolation", "Other",
    },
    ("group", "membershipRuleProcessingState"): {None, "On", "Paused"},
    ("user", "userType"): {"Member", "Guest"},
}  # fmt: skip
EVERYTHING = (
    "id,userPrincipalName,displayName,givenName,surname,mail,accountEnabled,usageLocation,userType,"
    "department,createdDateTime,deletedDateTime,onPremisesSyncEnabled,businessPhones,proxyAddresses,"
    "assignedLicenses,licenseAssignmentStates,assignedPlans,provisionedPlans,city,country,ageGroup"
)

pytestmark = pytest.mark.skipif(not CSDL.exists(), reason=f"{CSDL.name} is not to be had here")


@cache
def types():
    """Return every type of the definitions by name."""
    root = ElementTree.parse(CSDL).getroot()
    kinds = ("EntityType", "ComplexType", "EnumType")
    schemas = root.iter(f"{EDM}Schema")
    graph = next(one for one in schemas if one.get("Namespace") == "microsoft.graph")
    return {node.get("Name"): node for kind in kinds for node in graph.iter(EDM + kind)}


def properties(name):
    """Return the properties of a type and of those it is made from."""
    node = types()[name]
    base = (node.get("BaseType") or "").rpartition(".")[2]
    inherited = properties(base) if base else {}
    return inherited | {one.get("Name"): one for one in node.iter(f"{EDM}Property")}


def check(value, name):
    """Check an object against a type of the definitions."""
    known = properties(name)
    for key, content in value.items():
        if key.startswith("@odata."):
            continue
        assert key in known, f"{name} has no property {key}"
        node = known[key]
        check_property(content, node, f"{name}.{key}")
        allowed = WORDS.get((name, key))
        assert allowed is None or content in allowed, f"{name}.{key} is {content!r}"


def check_property(content, node, where):
    """Check one property: whether it may be null, its type, and what it holds."""
    kind = node.get("Type")
    if content is None:
        assert node.get("Nullable") != "false", f"{where} is null"
        return
    many = re.fullmatch(r"Collection\((.*)\)", kind)
    for item in content if many else [content]:
        single = many[1] if many else kind
        if single in CHECKS:
            assert CHECKS[single](item), f"{where} is {item!r}, which is no {single}"
            continue
        name = single.rpartition(".")[2]
        if types()[name].tag == f"{EDM}EnumType":
            assert item in {one.get("Name") for one in types()[name]}, f"{where} is {item!r}"
        else:
            check(item, name)


@pytest.fixture
def graph(serve):
    """Serve a tenant that shows every kind of object in many states."""
    served = serve(
        contoso(
            subscriptions=[
                {"sku": E4, "seats": 9},
                {"sku": E5, "seats": 9, "status": "Warning"},
                {"sku": "SPE_E5", "seats": 9, "status": "Suspended"},
                {"sku": "SPE_E3", "seats": 9, "status": "LockedOut", "trial": True},
            ],
            groups=[
                {"name": "Sales", "licenses": [E5]},
                {"name": "All", "kind": "m365", "nested": ["Moving"]},
                {"name": "Moving", "kind": "dynamic", "licenses": [E4]},
                {"name": "Synced", "synced": True},
            ],
            users=[
                {"count": 2, "licenses": [{"sku": E4, "disabled": ["SWAY"]}], "groups": ["Sales"]},
                {"user_type": "Guest", "groups": ["All"], "department": "Sales"},
            ],
            purchase={"credit_check": "2 business days"},
        )
    )
    served.world.admin().buy("VISIOCLIENT", seats=3)
    return served


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/organization", "organization"),
        ("/subscribedSkus", "subscribedSku"),
        ("/directory/subscriptions", "companySubscription"),
        ("/users", "user"),
        (f"/users?$select={EVERYTHING}", "user"),
        ("/groups", "group"),
        ("/groups?$select=id,assignedLicenses,licenseProcessingState", "group"),
    ],
)
def test_every_list_fits_its_type(graph, path, name):
    rows = graph.get(path).json()["value"]
    assert rows
    for row in rows:
        check(row, name)


def test_every_single_object_fits_its_type(graph):
    group_id = next(iter(graph.tenant.groups))
    user = f"/users/{graph.user_id(0)}"
    for row in graph.get(f"{user}/licenseDetails").json()["value"]:
        check(row, "licenseDetails")
    for row in graph.get(f"/groups/{group_id}/members").json()["value"]:
        check(row, "user")
    check(graph.get(f"{user}?$select={EVERYTHING}").json(), "user")
    check(graph.get(f"/groups/{group_id}").json(), "group")
    check(graph.get(f"/organization/{graph.tenant.id}").json(), "organization")
    check(graph.assign(0, remove=[E4]).json(), "user")


def test_a_group_at_work_and_its_members_in_error_fit_their_types(serve):
    served = serve(
        contoso(
            groups=[{"name": "Sales", "licenses": [E4]}],
            users=[{"count": 3, "groups": ["Sales"]}],
            group_licensing={"delay": "10s", "rate": 1},
        )
    )
    group = f"/groups/{next(iter(served.tenant.groups))}"
    body = {"addLicenses": [{"skuId": E5, "disabledPlans": []}], "removeLicenses": [E4]}
    check(served.post(f"{group}/assignLicense", body).json(), "group")
    seen = []
    for span in ("0s", "11s", "1h"):
        served.world.advance(span)
        row = served.get(f"{group}?$select=id,assignedLicenses,licenseProcessingState").json()
        check(row, "group")
        seen.append(row["licenseProcessingState"]["state"])
    assert seen == ["QueuedForProcessing", "ProcessingInProgress", "ProcessingComplete"]
    wanted = "?$select=id,licenseAssignmentStates,assignedLicenses"
    rows = served.get(f"{group}/membersWithLicenseErrors{wanted}").json()["value"]
    assert len(rows) == 1
    check(rows[0], "user")
    response = served.post(f"/users/{served.user_id(0)}/reprocessLicenseAssignment", None)
    check(response.json(), "user")


def test_members_that_are_groups_fit_their_type(graph):
    group_id = graph.tenant.group_called("All").id
    rows = graph.get(f"/groups/{group_id}/members").json()["value"]
    for row in rows:
        check(row, row["@odata.type"].rpartition(".")[2])
    assert {row["@odata.type"] for row in rows} == {
        "#microsoft.graph.user", "#microsoft.graph.group",
    }  # fmt: skip


def test_mailbox_settings_fit_their_type(graph):
    answer = graph.get(f"/users/{graph.user_id(0)}/mailboxSettings").json()
    check(answer, "mailboxSettings")


def test_the_check_itself_finds_what_is_wrong():
    for wrong in (
        {"skuId": "no guid"},
        {"consumedUnits": "3"},
        {"capabilityStatus": "Fine"},
        {"shoe": 1},
        {"servicePlans": None},
        {"servicePlans": [{"servicePlanId": 1}]},
    ):
        with pytest.raises(AssertionError):
            check(wrong, "subscribedSku")
