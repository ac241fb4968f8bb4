"""Check that a world's one partner has the same customers in Partner Center and in Graph."""

from __future__ import annotations

import httpx
import pytest

from runner.simulator import World, running
from runner.simulator.scenario import ScenarioError

TENANTS = {"reseller": {}, "contoso": {}, "fabrikam": {}, "acme": {"partner": {"customer": False}}}
ANYONE = {"Authorization": "Bearer anyone"}


@pytest.fixture
def served():
    """Yield a client of a world with a partner, two customers and a stranger."""
    world = World.from_mapping({"tenants": TENANTS, "partner": {"tenant": "reseller"}})
    with running(world) as url, httpx.Client(base_url=url, headers=ANYONE) as http:
        yield world, http


def test_contracts_are_those_of_the_partner_page_by_page(served):
    world, http = served
    first = http.get("/reseller/v1.0/contracts?$top=1").json()
    second = http.get(first["@odata.nextLink"]).json()
    assert "@odata.nextLink" not in second
    (contoso,), (fabrikam,) = first["value"], second["value"]
    assert fabrikam["defaultDomainName"] == "fabrikam.onmicrosoft.com"
    assert contoso == {
        "id": contoso["id"],
        "deletedDateTime": None,
        "contractType": "ResellerPartner",
        "customerId": world.tenant("contoso").id,
        "defaultDomainName": "contoso.onmicrosoft.com",
        "displayName": "Contoso",
    }


def test_a_tenant_that_is_no_partner_has_no_contracts(served):
    assert served[1].get("/contoso/v1.0/contracts").json()["value"] == []


def test_contracts_need_their_permission():
    reseller = {"granted": ["User.Read.All", "Organization.Read.All"]}
    tenants = TENANTS | {"reseller": reseller}
    world = World.from_mapping({"tenants": tenants, "partner": {"tenant": "reseller"}})
    with running(world) as url:
        assert httpx.get(f"{url}/reseller/v1.0/contracts", headers=ANYONE).status_code == 403


def test_customers_are_listed_page_by_page_without_the_partner_itself(served):
    world, http = served
    first = http.get("/partner/v1/customers?size=1").json()
    link = first["links"]["next"]
    token = {each["key"]: each["value"] for each in link["headers"]}
    second = http.get(f"/partner/v1{link['uri']}", headers=token).json()
    assert "links" not in second
    ids = [each["companyProfile"]["tenantId"] for each in first["items"] + second["items"]]
    assert ids == [world.tenant("contoso").id, world.tenant("fabrikam").id]
    assert first["items"][0]["relationshipToPartner"] == "reseller"


def test_the_partners_own_tenant_must_be_one_of_the_world():
    with pytest.raises(ScenarioError, match="there is no tenant 'nobody'"):
        World.from_mapping({"tenants": TENANTS, "partner": {"tenant": "nobody"}})
