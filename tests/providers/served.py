"""Open the Graph directory of a tenant on a loopback server."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from runner.model.findings import Origin
from runner.model.ids import GroupId, SkuId, UserId, service_plan_id, tenant_id
from runner.model.spec import Auth, Channel, SecretRef, Tenant
from runner.model.state import Group, License, User
from runner.ports import (
    Answer,
    Directory,
    GroupChange,
    Listener,
    Reprocess,
    SetLicenses,
    SetLocation,
    UserChange,
)
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.graph.directory import GraphDirectory
from runner.simulator import World, running

E1 = SkuId("18181a46-0d4e-45cd-891e-60aabd171b4e")
E4 = SkuId("1392051d-0cb9-4b7a-88d5-621fee5e8711")
E5 = SkuId("c7df2760-2c81-4ef7-b578-5b5392b571df")
SWAY = service_plan_id("a23b959c-7ce8-4e57-9140-b90eb88a9e97")
TOKEN_VARIABLE = "SERVED_TOKEN"


def tenant(endpoint: str | None, **changes: Any) -> Tenant:
    """Return a tenant that is reached at an endpoint with a ready token."""
    fields: dict[str, Any] = {
        "name": "contoso",
        "tenant_id": None,
        "cloud": "global",
        "auth": Auth(method="token", token=SecretRef(env=TOKEN_VARIABLE)),
        "graph_endpoint": endpoint,
        "timezone": "UTC",
        "channel": Channel.AUTO,
        "groups": (),
        "where": Origin(file="inventory.yaml", line=3),
    }
    if "tenant_id" in changes:
        changes["tenant_id"] = tenant_id(changes["tenant_id"])
    return Tenant(**(fields | changes))


class HastyClock(TenantClock):
    """A clock that says it has waited and did not."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_s = 0.0

    def monotonic_s(self) -> float:
        """Return seconds with the waits counted in."""
        return super().monotonic_s() + self.waited_s

    async def sleep(self, seconds: float) -> None:
        """Let others begin to wait as well, and count what they wait together once."""
        until_s = self.waited_s + seconds
        await asyncio.sleep(0)
        self.waited_s = max(self.waited_s, until_s)


@asynccontextmanager
async def opened(
    endpoint: str,
    *,
    clock: TenantClock | None = None,
    tell: Listener | None = None,
    **changes: Any,
) -> AsyncIterator[GraphDirectory]:
    """Open the directory behind an endpoint and close it afterwards."""
    directory = GraphDirectory(
        tenant(endpoint, **changes),
        clock=clock or HastyClock(),
        application=Application(),
        **({"tell": tell} if tell else {}),
    )
    try:
        yield directory
    finally:
        await directory.close()


def scene(**changes: Any) -> dict[str, Any]:
    """Return a world of forty users on E4 with seats of E5, whose clock stands still."""
    contoso: dict[str, Any] = {
        "country": "IT",
        "subscriptions": [
            {"sku": "ENTERPRISEWITHSCAL", "seats": 60},
            {"sku": "ENTERPRISEPREMIUM", "seats": 60},
        ],
        "users": [{"count": 40, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"}],
    }
    clock = {"start": "2026-11-20T09:00:00Z", "rate": 0}
    return {"clock": clock, "quota": "off", "tenants": {"contoso": contoso | changes}}


@contextmanager
def world_at(**changes: Any) -> Iterator[tuple[World, str]]:
    """Serve a world of one tenant; yield it with the tenant's endpoint."""
    world = World.from_mapping(scene(**changes))
    with running(world) as url:
        yield world, f"{url}/contoso/v1.0"


def swap(user: str, *, add: SkuId | License = E5, remove: SkuId = E4) -> UserChange:
    """Return the change that gives a user one SKU and takes another."""
    given = add if isinstance(add, License) else License(sku=add)

    def skus(seen: User) -> set[SkuId]:
        return {holding.license.sku for holding in seen.holdings}

    return UserChange(
        user=UserId(user),
        step="contoso/move_users/1",
        request=SetLicenses(add=(given,), remove=(remove,)),
        is_settled=lambda seen: given.sku in skus(seen) and remove not in skus(seen),
        misfit=lambda seen: "" if remove in skus(seen) else "no longer holds it",
    )


def relocation(user: str, country: str = "IT") -> UserChange:
    """Return the change that writes a user's location."""
    return UserChange(
        user=UserId(user),
        step="contoso/set_usage_location/1",
        request=SetLocation(country=country),
        is_settled=lambda seen: seen.usage_location == country,
        misfit=lambda seen: "",
    )


def reprocessing(user: str, *, sku: SkuId = E5) -> UserChange:
    """Return the change that has a user's groups tried again."""
    return UserChange(
        user=UserId(user),
        step="contoso/move_group/1",
        request=Reprocess(),
        is_settled=lambda seen: any(
            each.license.sku == sku and each.status == "Active" for each in seen.holdings
        ),
        misfit=lambda seen: "",
    )


def group_swap(group: str, *, add: SkuId = E5, remove: SkuId = E4) -> GroupChange:
    """Return the change that has a group carry one SKU instead of another."""

    def skus(seen: Group) -> set[SkuId]:
        return {each.sku for each in seen.licenses}

    return GroupChange(
        group=GroupId(group),
        step="contoso/move_group/1",
        request=SetLicenses(add=(License(sku=add),), remove=(remove,)),
        is_settled=lambda seen: add in skus(seen) and remove not in skus(seen),
        misfit=lambda seen: "" if remove in skus(seen) else "no longer carries it",
    )


async def groups_changed(
    directory: Directory, changes: Sequence[GroupChange]
) -> list[Answer[GroupChange]]:
    """Carry the changes of groups out and return every answer in the order they came."""
    return [answer async for answers in directory.change_groups(changes) for answer in answers]


async def changed(directory: Directory, changes: Sequence[UserChange]) -> list[Answer[UserChange]]:
    """Carry the changes out and return every answer in the order they came."""
    return [answer async for answers in directory.change_users(changes) for answer in answers]


def results(answers: Iterable[Answer[Any]]) -> dict[str, int]:
    """Return how many answers had which result."""
    counted: dict[str, int] = {}
    for answer in answers:
        counted[answer.result.value] = counted.get(answer.result.value, 0) + 1
    return counted
