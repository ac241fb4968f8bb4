"""Speak to a small served world as a client of Graph would."""

from __future__ import annotations

from typing import Any

import httpx

from runner.simulator import World
from runner.simulator.tenant import Tenant

E1 = "18181a46-0d4e-45cd-891e-60aabd171b4e"
E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"
E5 = "c7df2760-2c81-4ef7-b578-5b5392b571df"
SWAY = "a23b959c-7ce8-4e57-9140-b90eb88a9e97"
YAMMER = "7547a3fe-08ee-4ccb-b430-5077c5041653"


class Served:
    """Hold a served world and speak to one tenant of it."""

    def __init__(self, world: World, url: str, http: httpx.Client) -> None:
        self.world = world
        self.url = url
        self.http = http

    @property
    def tenant(self) -> Tenant:
        """Return the tenant spoken to."""
        return self.world.tenant("contoso")

    def user_id(self, index: int) -> str:
        """Return the id of a user by position."""
        return self.tenant.users[index].id

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Read a path below the version."""
        return self.http.get(f"/contoso/v1.0{path}", **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        """Send a body to a path below the version."""
        return self.http.post(f"/contoso/v1.0{path}", json=body, **options)

    def assign(
        self, index: int, *, add: Any = (), remove: Any = (), disabled: Any = ()
    ) -> httpx.Response:
        """Give and take licenses of a user by position."""
        body = license_body(add=add, remove=remove, disabled=disabled)
        return self.post(f"/users/{self.user_id(index)}/assignLicense", body)

    def held(self, index: int) -> dict[str, list[str]]:
        """Return per SKU the plans that are off for a user, as Graph shows them."""
        answer = self.get(f"/users/{self.user_id(index)}?$select=assignedLicenses").json()
        return {row["skuId"]: row["disabledPlans"] for row in answer["assignedLicenses"]}

    def sku(self, sku_id: str) -> dict[str, Any]:
        """Return one SKU as Graph shows it."""
        rows = self.get("/subscribedSkus").json()["value"]
        return next(row for row in rows if row["skuId"] == sku_id)

    def batch(self, requests: list[dict[str, Any]]) -> httpx.Response:
        """Send a batch."""
        return self.post("/$batch", {"requests": requests})


def license_body(*, add: Any = (), remove: Any = (), disabled: Any = ()) -> dict[str, Any]:
    """Return the body of an assignLicense call."""
    adds = [{"skuId": sku_id, "disabledPlans": list(disabled)} for sku_id in add]
    return {"addLicenses": adds, "removeLicenses": list(remove)}


def contoso(**changes: Any) -> dict[str, Any]:
    """Return a world of three E4 users, one unlicensed and one without location."""
    tenant: dict[str, Any] = {
        "display_name": "Contoso S.p.A.",
        "country": "IT",
        "subscriptions": [
            {"sku": "ENTERPRISEWITHSCAL", "seats": 5},
            {"sku": "ENTERPRISEPREMIUM", "seats": 2},
        ],
        "users": [
            {"count": 3, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"},
            {"count": 1, "usage_location": "IT"},
            {"count": 1},
        ],
        "lag": {"usage_location": 0},
    }
    return {
        "clock": {"start": "2026-11-20T09:00:00Z", "rate": 0},
        "quota": "off",
        "tenants": {"contoso": tenant | changes},
    }
