"""What a tenant owns is read with two calls, and nobody's name."""

from typing import Any

import pytest

from runner.model.customers import Owned, TenantFacts
from runner.model.findings import NotAllowed, ReadIncomplete
from runner.model.ids import sku_id
from runner.providers.graph.application import Application
from runner.providers.graph.owned import read_facts
from tests.providers.scripted import TENANT_ID, Answer, Asked, scripted
from tests.providers.served import E4, E5, HastyClock, tenant, world_at

USERS = [{"count": 4, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"}]


async def _facts(endpoint: str, **more: Any) -> TenantFacts:
    return await read_facts(
        tenant(endpoint, **more),
        clock=HastyClock(),
        application=Application(),
        tell=lambda pause_s, refusals: None,
    )


async def test_seats_are_read_without_looking_at_users() -> None:
    with world_at(users=USERS) as (world, endpoint):
        found = await _facts(endpoint)
        assert {call.path for call in world.log} == {"/subscribedSkus", "/directory/subscriptions"}
    e4 = Owned(sku=sku_id(E4), part_number="ENTERPRISEWITHSCAL", seats=60, used=4)
    e5 = Owned(sku=sku_id(E5), part_number="ENTERPRISEPREMIUM", seats=60, used=0)
    assert set(found.owned) == {e4, e5}


@pytest.mark.parametrize(
    ("owners", "channel"),
    [
        ([None], "direct"),
        ([TENANT_ID], "direct"),
        (["f0"], "partner"),
        (["f0", None], "mixed"),
        ([], "none"),
    ],
)
async def test_who_sold_it_follows_from_the_owners(owners: list[Any], channel: str) -> None:
    rows = [
        {"id": str(place), "skuId": E4, "status": "Enabled", "ownerTenantId": owner}
        for place, owner in enumerate(owners)
    ]
    rows.append({"id": "gone", "skuId": E4, "status": "Deleted", "ownerTenantId": "f1"})

    def script(asked: Asked) -> Answer:
        return Answer(body={"value": rows if "subscriptions" in asked.path else []})

    with scripted(script) as server:
        found = await _facts(f"{server.url}/v1.0", tenant_id=TENANT_ID)
    assert found == TenantFacts(owned=(), channel=channel)


async def test_a_tenant_that_may_not_be_read_has_no_facts() -> None:
    with (
        world_at(users=USERS, granted=["User.Read.All"]) as (_, endpoint),
        pytest.raises(NotAllowed, match="subscribedSkus: 403") as caught,
    ):
        await _facts(endpoint)
    assert "LicenseAssignment.Read.All" in caught.value.hint


async def test_pages_that_lead_elsewhere_are_no_end() -> None:
    def script(asked: Asked) -> Answer:
        return Answer(body={"value": [], "@odata.nextLink": "https://elsewhere.test/v1.0/more"})

    with scripted(script) as server, pytest.raises(ReadIncomplete):
        await _facts(f"{server.url}/v1.0")
