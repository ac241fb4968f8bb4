"""A fleet of simulated tenants: forbidden, unreachable, flaky and waiting ones among them."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.builders import E4 as E4_ID
from tests.builders import E5 as E5_ID
from tests.journeys.stage import E4, E5, Stage, buying, moving, play, world_of

USERS = 4
TROUBLE: Mapping[str, list[dict[str, Any]]] = {
    "forbidden": [{"kind": 403, "on": "read"}],
    "unreachable": [{"kind": "drop"}],
    "flaky": [
        {"kind": 503, "rate": 0.4, "count": 3},
        {"kind": "drop", "rate": 0.2, "count": 2},
        {"kind": "applied_unanswered", "rate": 0.5, "count": 2},
    ],
}
"""Flaky ones fail seven times at most: whoever tries a call eight times always gets through."""

LOTS = {"forbidden": (50,), "unreachable": (60,), "flaky": (7, 27, 47, 67, 87)}


def lot_of(number: int) -> str:
    """Return what is the matter with a tenant: of a hundred, 1, 1, 5 and 10 are in trouble."""
    place = number % 100
    found = (lot for lot, places in LOTS.items() if place in places)
    return next(found, "waiting" if place % 10 == 1 else "fine")


def fleet(tenants: int) -> dict[str, Any]:
    """Return a world of so many tenants, in which only some have seats of the target."""
    return world_of({name(number): _tenant(lot_of(number)) for number in range(tenants)})


def name(number: int) -> str:
    """Return the name of a tenant."""
    return f"tenant-{number:04}"


def names(tenants: int, lot: str) -> list[str]:
    """Return the tenants with this lot."""
    return [name(number) for number in range(tenants) if lot_of(number) == lot]


def _tenant(lot: str) -> dict[str, Any]:
    skus = (E4,) if lot == "waiting" else (E4, E5)
    return {
        "country": "IT",
        "subscriptions": [{"sku": sku, "seats": USERS} for sku in skus],
        "users": [
            {"count": USERS - 1, "licenses": [E4], "usage_location": "IT"},
            {"licenses": [{"sku": E4, "disabled": ["SWAY"]}], "usage_location": "IT"},
        ],
        "faults": TROUBLE.get(lot, []),
    }


def write_upgrade(stage: Stage) -> None:
    """Write the playbook that moves everybody from E4 to E5."""
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))


def not_moved(stage: Stage) -> Iterator[str]:
    """Yield the tenants in which anybody is not as the playbook wants them."""
    for each, tenant in stage.world.tenants.items():
        people = (user.state.rows for user in tenant.users)
        held = [{row.sku_id: len(row.disabled) for row in rows} for rows in people]
        is_moved = all(E4_ID not in each and E5_ID in each for each in held)
        if not is_moved or sum(each[E5_ID] for each in held) != 1:
            yield each
