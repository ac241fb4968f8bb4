"""The alternative on Graph: msgraph-sdk's typed calls, as its documentation shows them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import UUID

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphServiceClient
from msgraph.generated.models.assigned_license import AssignedLicense
from msgraph.generated.models.user import User
from msgraph.generated.users.item.assign_license.assign_license_post_request_body import (
    AssignLicensePostRequestBody,
)
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core.tasks.page_iterator import PageIterator

from runner.model.ids import SkuId
from runner.providers.graph.reading import PAGE
from runner.providers.graph.rows import USER_FIELDS
from runner.providers.graph.signin import ReadyToken
from tests.benchmarks.simulated import TOKEN

IN_FLIGHT = 16


@asynccontextmanager
async def client(endpoint: str) -> AsyncIterator[GraphServiceClient]:
    """Open the SDK's client on an endpoint."""
    host = urlsplit(endpoint).hostname or ""
    provider = AzureIdentityAuthenticationProvider(
        ReadyToken(TOKEN), scopes=[f"https://{host}/.default"], allowed_hosts=[host]
    )
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = endpoint
    try:
        yield GraphServiceClient(request_adapter=adapter)
    finally:
        await adapter._http_client.aclose()
        await adapter._http_client._transport.transport.aclose()


async def read_typed(graph: GraphServiceClient, sku: SkuId) -> list[User]:
    """Read everybody who holds a SKU, page by page."""
    configuration = RequestConfiguration(
        query_parameters=UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            filter=f"assignedLicenses/any(a:a/skuId eq {sku})",
            select=USER_FIELDS.split(","),
            count=True,
            top=PAGE,
        )
    )
    configuration.headers.add("ConsistencyLevel", "eventual")
    first = await graph.users.get(request_configuration=configuration)
    pages = PageIterator(first, graph.request_adapter)
    pages.headers.add("ConsistencyLevel", "eventual")
    found: list[User] = []

    def keep(user: User) -> bool:
        found.append(user)
        return True

    await pages.iterate(keep)
    return found


async def move_typed(
    graph: GraphServiceClient, users: Iterable[str], *, add: SkuId, remove: SkuId
) -> None:
    """Give every user a SKU and take another, one call each, several calls in flight."""
    room = asyncio.Semaphore(IN_FLIGHT)
    body = AssignLicensePostRequestBody(
        add_licenses=[AssignedLicense(sku_id=UUID(add), disabled_plans=[])],
        remove_licenses=[UUID(remove)],
    )

    async def move(user: str) -> None:
        async with room:
            await graph.users.by_user_id(user).assign_license.post(body)

    await asyncio.gather(*(move(user) for user in users))
