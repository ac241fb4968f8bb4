"""The implementations of the directory port, each with ten users on Office 365 E4."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from runner.model.ids import UserId, group_id, sku_id
from runner.model.spec import Reference, ReferenceKind
from runner.model.state import Group, License, Selection
from runner.ports import Directory
from tests.builders import holding, subscription, tenant_state, user, users
from tests.fakes import FakeDirectory, World
from tests.providers.served import E4, E5, SWAY, opened, world_at

VISIO = sku_id("c5928f49-12ba-48f7-ada3-0d743a3601d5")
USERS, SEATS = 10, 8
SALES = Reference(kind=ReferenceKind.GROUP, text="Sales")
GUESTS = Reference(kind=ReferenceKind.FILTER, text="userType eq 'Guest'")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A directory, the users in it in a fixed order, and a way to delete one behind its back."""

    directory: Directory
    users: tuple[UserId, ...]
    delete: Callable[[UserId], None]


def reference(user: str) -> Reference:
    """Return what names a user by id."""
    return Reference(kind=ReferenceKind.USER, text=user)


def _tenant(**changes: Any) -> dict[str, Any]:
    return {
        "display_name": "Contoso S.p.A.",
        "subscriptions": [
            {"sku": "ENTERPRISEWITHSCAL", "seats": 20},
            {"sku": "ENTERPRISEPREMIUM", "seats": SEATS},
            {"sku": "VISIOCLIENT", "seats": 5},
        ],
        "group_licensing": {"rate": "instant"},
        "groups": [{"name": "Sales", "licenses": ["VISIOCLIENT"]}],
        "users": [
            {"count": USERS - 1, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"},
            {
                "licenses": [{"sku": "ENTERPRISEWITHSCAL", "disabled": ["SWAY"]}],
                "usage_location": "DE",
                "user_type": "Guest",
                "account_enabled": False,
                "groups": ["Sales"],
            },
            {"count": 3, "licenses": ["VISIOCLIENT"], "usage_location": "IT"},
        ],
        **changes,
    }


@asynccontextmanager
async def _graph(**changes: Any) -> AsyncIterator[Opened]:
    with world_at(**_tenant(**changes)) as (world, endpoint):
        async with opened(endpoint) as directory:
            yield Opened(
                directory=directory,
                users=tuple(UserId(user.id) for user in world.tenant().users),
                delete=world.admin().delete_user,
            )


@asynccontextmanager
async def _memory() -> AsyncIterator[Opened]:
    guest = user(
        "guest",
        License(sku=E4, disabled_plans=(SWAY,)),
        holding(VISIO, by_group="sales"),
        location="DE",
        is_enabled=False,
        is_guest=True,
    )
    everybody = (*users(USERS - 1, E4), guest, *users(3, VISIO, prefix="drawer"))
    sales = Group(
        id=group_id("sales"),
        name="Sales",
        licenses=(License(sku=VISIO),),
        members=frozenset([guest.id]),
    )
    visio = replace(subscription(E4, 5, id="visio"), sku=VISIO, part_number="VISIOCLIENT")
    seats = (subscription(E4, 20), subscription(E5, SEATS), visio)
    state = tenant_state(*seats, users=everybody, groups=(sales,))
    world = World(replace(state, name="Contoso S.p.A."))

    def delete(gone: UserId) -> None:
        world.change(
            lambda now: replace(now, users={k: v for k, v in now.users.items() if k != gone})
        )

    directory = FakeDirectory(world)
    directory.selections = {
        SALES: Selection(users=frozenset([guest.id])),
        reference(everybody[0].id): Selection(users=frozenset([everybody[0].id])),
        GUESTS: Selection(users=frozenset([guest.id])),
    }
    yield Opened(directory=directory, users=tuple(each.id for each in everybody), delete=delete)


DIRECTORIES: Mapping[str, Callable[[], AbstractAsyncContextManager[Opened]]] = {
    "memory": _memory,
    "graph": _graph,
    "graph that says null for no error": partial(
        _graph, answers={"no_error": "null", "assign_license": "with_licenses"}
    ),
    "graph that answers batches in order": partial(_graph, answers={"shuffle_batch": False}),
    "graph that loses answers": partial(
        _graph, faults=[{"kind": "missing_answer", "rate": 0.3, "on": "inner"}]
    ),
    "graph that fails now and then": partial(
        _graph,
        faults=[
            {"kind": 503, "rate": 0.1},
            {"kind": "drop", "rate": 0.1},
            {"kind": 409, "every": 9},
        ],
    ),
}
