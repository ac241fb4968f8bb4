"""Speak to the Azure billing of a small served world as its client would."""

from __future__ import annotations

from typing import Any

import httpx

from tests.simulator.served import E3, Served

ROOT = "/azure/providers/Microsoft.Billing/billingAccounts"
VERSION = {"api-version": "2024-04-01"}
ALIAS = "c356b7c7-7545-4686-b843-c1a49cf853fc"
E3_ON_MCA = {"sku": E3, "seats": 5, "channel": "direct_mca"}
E5_ORDER = {
    "displayName": "Office 365 E5",
    "productTypeId": "CFQ7TTC0LF8S",
    "skuId": "0002",
    "quantity": 120,
    "termDuration": "P1Y",
    "billingFrequency": "P1M",
}


class Billing:
    """Hold a served world and speak to one of its billing accounts."""

    def __init__(self, served: Served, *, agreement: str = "MicrosoftCustomerAgreement") -> None:
        self.served = served
        rows = self.call("GET", "").json()["value"]
        found = [row for row in rows if row["properties"]["agreementType"] == agreement]
        self.account = found[0]["name"] if found else ""

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one call to a path below the list of accounts."""
        params = VERSION | options.pop("params", {})
        return self.served.http.request(method, ROOT + path, params=params, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Read a path below the account."""
        return self.call("GET", f"/{self.account}{path}", **options)

    def post(self, path: str, body: Any) -> httpx.Response:
        """Send a body to a path below the account."""
        return self.call("POST", f"/{self.account}{path}", json=body)

    def buy(self, *, alias: str = ALIAS, **changes: Any) -> httpx.Response:
        """Order E5 under an alias, with changes."""
        body = {"properties": E5_ORDER | changes}
        path = f"/{self.account}/billingSubscriptionAliases/{alias}"
        return self.call("PUT", path, json=body)

    def patch(self, name: str, **properties: Any) -> httpx.Response:
        """Change a subscription."""
        path = f"/{self.account}/billingSubscriptions/{name}"
        return self.call("PATCH", path, json={"properties": properties})

    def delete(self, name: str) -> httpx.Response:
        """Cancel a subscription."""
        return self.call("DELETE", f"/{self.account}/billingSubscriptions/{name}")

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """Ask once how far an accepted write is, where its answer says."""
        assert answer.status_code == 202, answer.text
        assert int(answer.headers["Retry-After"]) >= 0
        return self.served.http.get(answer.headers["Location"])

    def subscriptions(self, **params: str) -> list[dict[str, Any]]:
        """Return the subscriptions of the account."""
        return self.get("/billingSubscriptions", params=params).json()["value"]

    def subscription(self, name: str) -> dict[str, Any]:
        """Return the properties of one subscription."""
        return self.get(f"/billingSubscriptions/{name}").json()["properties"]

    def only_of(self, product: str) -> str:
        """Return the name of the only subscription of a product."""
        rows = self.subscriptions()
        (name,) = [row["name"] for row in rows if row["properties"]["productType"] == product]
        return name

    def only(self) -> str:
        """Return the name of the only subscription."""
        (row,) = self.subscriptions()
        return row["name"]


def code(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal, which has Azure's envelope."""
    error = answer.json()["error"]
    assert sorted(error) == ["code", "message"], error
    return answer.status_code, error["code"]
