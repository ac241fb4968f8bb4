"""Put a change into the call that makes it."""

from typing import Any

from runner.ports import GroupChange, SetLicenses, SetLocation, UserChange
from runner.providers.graph.batch import Call


def call_of(change: UserChange) -> Call:
    """Return the call that makes the change of one user.

    Source: graph.md 4.1, 5.1 (`assignLicense`, `reprocessLicenseAssignment`), read 2026-11-22.
    """
    request, path = change.request, f"/users/{change.user}"
    if isinstance(request, SetLicenses):
        return Call(method="POST", path=f"{path}/assignLicense", body=_licenses(request))
    if isinstance(request, SetLocation):
        return Call(method="PATCH", path=path, body={"usageLocation": request.country})
    return Call(method="POST", path=f"{path}/reprocessLicenseAssignment")


def group_call_of(change: GroupChange) -> Call:
    """Return the call that makes the change of one group.

    Source: graph.md 5.1 (answered 202, the members follow), read 2026-11-22.
    """
    path = f"/groups/{change.group}/assignLicense"
    return Call(method="POST", path=path, body=_licenses(change.request))


def _licenses(request: SetLicenses) -> dict[str, Any]:
    """Return the body; Graph wants both keys, also where one is empty."""
    return {
        "addLicenses": [
            {"skuId": each.sku, "disabledPlans": list(each.disabled_plans)} for each in request.add
        ],
        "removeLicenses": list(request.remove),
    }
