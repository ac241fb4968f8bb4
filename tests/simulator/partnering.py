"""Speak to the Partner Center of a small served world as its client would."""

from __future__ import annotations

from typing import Any

import httpx

from tests.simulator.served import E3, E5, Served

NEW = "2026-11-18T09:00:00Z"
E3_ON_CSP = {"sku": E3, "seats": 5, "channel": "csp"}
CATALOG = {E3: ("CFQ7TTC0LF8R", "0001"), E5: ("CFQ7TTC0LF8S", "0002")}


class Partnering:
    """Hold a served world and speak to Partner Center for one customer."""

    def __init__(self, served: Served, *, token: str = "anyone") -> None:
        self.served = served
        self.headers = {"Authorization": f"Bearer {token}"}
        self.root = f"/partner/v1/customers/{served.tenant.id}"

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one call to a path below the version."""
        headers = self.headers | options.pop("headers", {})
        return self.served.http.request(method, f"/partner/v1{path}", headers=headers, **options)

    def own(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one call to a path below the customer."""
        return self.call(method, f"/customers/{self.served.tenant.id}{path}", **options)

    def items(self, path: str, **options: Any) -> list[dict[str, Any]]:
        """Return what a list below the customer holds."""
        return self.own("GET", path, **options).json()["items"]

    def item_id(self, sku_id: str = E5) -> str:
        """Return the catalog item id of a product at this moment."""
        product, sku = CATALOG[sku_id]
        rows = self.call("GET", f"/products/{product}/skus/{sku}/availabilities").json()["items"]
        return rows[0]["catalogItemId"]

    def cart(self, **changes: Any) -> httpx.Response:
        """Put E5 into a cart, with changes."""
        line = {"id": 0, "quantity": 120, "termDuration": "P1Y", "billingCycle": "monthly"}
        if "catalogItemId" not in changes:
            line["catalogItemId"] = self.item_id()
        return self.own("POST", "/carts", json={"lineItems": [line | changes]})

    def check_out(self, cart: httpx.Response, **headers: str) -> httpx.Response:
        """Buy what is in a cart."""
        return self.own("POST", f"/carts/{cart.json()['id']}/checkout", headers=headers)

    def only(self) -> dict[str, Any]:
        """Return the only subscription."""
        (row,) = self.items("/subscriptions")
        return row

    def patch(self, row: dict[str, Any], *, headers: Any = None, **changes: Any) -> httpx.Response:
        """Send a subscription back with changes."""
        path = f"/subscriptions/{row['id']}"
        return self.own("PATCH", path, json=row | changes, headers=headers or {})

    def transit(self, row: dict[str, Any], **changes: Any) -> httpx.Response:
        """Begin to move a subscription into E5."""
        body = {
            "toCatalogItemId": self.item_id(),
            "quantity": row["quantity"],
            "transitionType": "transition_with_license_transfer",
        }
        return self.own("POST", f"/subscriptions/{row['id']}/transitions", json=body | changes)

    def events(self, row: dict[str, Any]) -> dict[str, str]:
        """Return how far the events of the only transition are."""
        (one,) = self.items(f"/subscriptions/{row['id']}/transitions")
        return {event["name"]: event["status"] for event in one["events"]}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal, which has Partner Center's envelope."""
    body = answer.json()
    assert sorted(body) == ["code", "data", "description", "source"], body
    return answer.status_code, body["code"]
